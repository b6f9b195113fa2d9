/*
 * Prints what the routes of the program say, for the comparison with the
 * description (tests/api/openapi.bats), a line each:
 *
 *   route METHOD PATH public|caller body|-
 *   member METHOD PATH NAME [required|alias]
 *   parameter METHOD PATH NAME
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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
		for (size_t p = 0; row->query && p < row->query->count; p++) {
			begin("parameter", row);
			printf(" %s\n", row->query->rows[p].name);
		}
	}
	arena_release(&mem);
	return EXIT_SUCCESS;
}
