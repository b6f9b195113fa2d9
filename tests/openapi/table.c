/*
 * Prints the description of the API, without a server that answers (`table
 * document`); or what the routes of the program say, for the comparison with
 * the description (tests/api/openapi.bats), a line each:
 *
 *   route METHOD PATH public|caller body|-
 *   member METHOD PATH NAME [required|alias]
 *   parameter METHOD PATH NAME
 *   resource KIND metadata|spec|status NAME
 *
 * The same resource comes from each of its routes.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resource/module.h"
#include "serve/openapi.h"

static void begin(const char *what, const struct route *row)
{
	printf("%s ", what);
	for (const char *at = request_method_name(row->method); *at; at++)
		putchar(tolower((unsigned char)*at));
	printf(" %s", row->pattern);
}

static void print_members(
    const struct route *row, const struct field_table *table)
{
	for (size_t i = 0; table != NULL && i < table->count; i++) {
		const struct field *field = &table->rows[i];

		begin("member", row);
		printf(" %s%s\n", field->member,
		    field->flags & FIELD_REQUIRED ? " required" : "");
		if (field->alias == NULL)
			continue;
		begin("member", row);
		/* one within another is no older name */
		if (strchr(field->alias, '.') == NULL)
			printf(" %s alias\n", field->alias);
		else
			printf(" %.*s\n", (int)strcspn(field->alias, "."),
			    field->alias);
	}
}

static const char *part_name(enum field_part part)
{
	switch (part) {
	case PART_NONE:
	case PART_FLAT:
		break;
	case PART_METADATA:
		return "metadata";
	case PART_SPEC:
		return "spec";
	case PART_STATUS:
		return "status";
	}
	return NULL;
}

/* Of what an operation answers; a function does not say. */
static void print_resource(
    const struct route *row, const struct operation *does)
{
	static const char before[] = "\"kind\":\"";
	const struct resource *resource;
	const char *kind;
	int length;

	if (row->scope == SCOPE_PUBLIC || does == NULL ||
	    does->shape->resource->begin == NULL)
		return;
	resource = does->shape->resource;
	kind = strstr(resource->begin, before) + strlen(before);
	length = (int)strcspn(kind, "\"");
	for (size_t i = 0; i < resource->table.count; i++) {
		const struct field *field = &resource->table.rows[i];
		const char *part = part_name(field->part);

		if (field->member != NULL && part != NULL)
			printf("resource %.*s %s %s\n", length, kind, part,
			    field->member);
	}
}

static int print_document(struct arena *mem)
{
	size_t length = 0;
	const char *text = openapi_text(mem, "/", &length);

	return text != NULL && fwrite(text, 1, length, stdout) == length;
}

static void print_rows(struct arena *mem)
{
	struct route_table table = modules_routes(mem);

	for (size_t i = 0; i < table.count; i++) {
		const struct route *row = table.rows[i];

		begin("route", row);
		printf(" %s %s\n",
		    row->scope == SCOPE_PUBLIC ? "public" : "caller",
		    row->body != NULL ? "body" : "-");
		print_members(row, row->body);
		if (row->describe != NULL)
			print_members(row, row->describe->more);
		print_resource(row, row->does);
		if (row->describe != NULL)
			print_resource(row, row->describe->other);
		for (size_t p = 0; row->query && p < row->query->count; p++) {
			begin("parameter", row);
			printf(" %s\n", row->query->rows[p].name);
		}
	}
}

int main(int argc, char **argv)
{
	struct arena mem;
	int is_done = 1;

	arena_init(&mem);
	if (argc > 1 && strcmp(argv[1], "document") == 0)
		is_done = print_document(&mem);
	else
		print_rows(&mem);
	arena_release(&mem);
	return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
