/*
 * Prints what the routes of the program say, for the comparison with the
 * description (tests/api/openapi.bats), a line each:
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

static void begin(const char *what, const struct route *row)
{
	printf("%s ", what);
	for (const char *at = request_method_name(row->method); *at; at++)
		putchar(tolower((unsigned char)*at));
	printf(" %s", row->pattern);
}

static void print_body(const struct route *row)
{
	for (size_t i = 0; row->body != NULL && i < row->body->count; i++) {
		const struct field *field = &row->body->rows[i];

		begin("member", row);
		printf(" %s%s\n", field->member,
		    field->flags & FIELD_REQUIRED ? " required" : "");
		if (field->alias == NULL)
			continue;
		begin("member", row);
		printf(" %s alias\n", field->alias);
	}
}

static const char *part_name(enum field_part part)
{
	switch (part) {
	case PART_NONE:
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
static void print_resource(const struct route *row)
{
	static const char before[] = "\"kind\":\"";
	const struct resource *resource;
	const char *kind;
	int length;

	if (row->does == NULL)
		return;
	resource = row->does->shape->resource;
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

int main(void)
{
	struct arena mem;
	struct route_table table;

	arena_init(&mem);
	table = modules_routes(&mem);
	for (size_t i = 0; i < table.count; i++) {
		const struct route *row = table.rows[i];

		begin("route", row);
		printf(" %s %s\n",
		    row->scope == SCOPE_PUBLIC ? "public" : "caller",
		    row->body != NULL ? "body" : "-");
		print_body(row);
		print_resource(row);
		for (size_t p = 0; row->query && p < row->query->count; p++) {
			begin("parameter", row);
			printf(" %s\n", row->query->rows[p].name);
		}
	}
	arena_release(&mem);
	return EXIT_SUCCESS;
}
