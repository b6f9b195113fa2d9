/*
 * Prints the program's own reading statements as JSON, so that the peers run
 * the same SQL: text, and the columns of the result from left to right.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/organization.h"
#include "whole_list.h"

struct wanted {
	const char *name;
	const char *list;                   /* its path, or */
	const struct statement *const *set; /* … */
	size_t place;                       /* in the set */
};

static const struct wanted wanted[] = {
	{ "caller_self", NULL, caller_statements, 0 },
	{ "caller_named", NULL, caller_statements, 1 },
	{ "organization_list", "/v1/organizations", NULL, 0 },
	{ "organization_verify", NULL, organization_statements, 1 },
	{ "organization_tree", NULL, organization_statements, 0 },
	{ "project_list", "/v1/organizations/accounts", NULL, 0 },
};

/* SQL of the program has neither quotes of this kind nor backslashes. */
static void print_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			abort();
		putchar(*text);
	}
	putchar('"');
}

static void print_columns(
    const char *name, const struct field_table *table[], size_t count)
{
	bool is_first = true;

	printf(", \"%s\": [", name);
	for (size_t t = 0; t < count && table[t] != NULL; t++) {
		for (size_t i = 0; i < table[t]->count; i++) {
			const char *column = table[t]->rows[i].column;

			if (column == NULL)
				continue;
			printf("%s", is_first ? "" : ", ");
			print_text(column);
			is_first = false;
		}
	}
	putchar(']');
}

static const struct statement *find(struct store *st, const struct wanted *w)
{
	return w->list != NULL ? list_at(st, w->list) : w->set[w->place];
}

int main(void)
{
	const size_t count = sizeof(wanted) / sizeof(wanted[0]);
	struct arena mem;
	struct store st;

	arena_init(&mem);
	store_init(&st, NULL, &mem);
	puts("{");
	for (size_t i = 0; i < count; i++) {
		const struct statement *statement = find(&st, &wanted[i]);
		const struct field_table *caller[1];
		const struct field_table *own[STATEMENT_TABLES_MAX];

		caller[0] = caller_table(statement->scope, CREDENTIAL_KEY);
		for (size_t t = 0; t < STATEMENT_TABLES_MAX; t++)
			own[t] = statement->tables[t];
		printf("\"%s\": {\"text\": ", wanted[i].name);
		print_text(whole_list(&st, statement));
		print_columns("caller", caller, 1);
		print_columns("columns", own, STATEMENT_TABLES_MAX);
		puts(i + 1 < count ? "}," : "}");
	}
	puts("}");
	store_release(&st);
	arena_release(&mem);
	return EXIT_SUCCESS;
}
