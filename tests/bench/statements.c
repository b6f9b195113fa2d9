/*
 * Prints the program's own reading statements as JSON, so that the peers run
 * the same SQL: text, and the columns of the result from left to right.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/organization.h"
#include "store/project.h"

struct wanted {
	const char *name;
	const struct statement *const *set;
	enum statement_id id;
};

static const struct wanted wanted[] = {
	{ "caller_self", caller_statements, STATEMENT_CALLER_SELF },
	{ "caller_named", caller_statements, STATEMENT_CALLER_NAMED },
	{ "organization_list", organization_statements,
	    STATEMENT_ORGANIZATION_LIST },
	{ "organization_verify", organization_statements,
	    STATEMENT_ORGANIZATION_VERIFY },
	{ "organization_tree", organization_statements,
	    STATEMENT_ORGANIZATION_TREE },
	{ "project_list", project_statements, STATEMENT_PROJECT_LIST },
};

static const struct statement *find(const struct wanted *w)
{
	for (size_t i = 0; w->set[i] != NULL; i++) {
		if (w->set[i]->id == w->id)
			return w->set[i];
	}
	return NULL;
}

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

int main(void)
{
	const size_t count = sizeof(wanted) / sizeof(wanted[0]);
	struct arena mem;
	struct store st;

	arena_init(&mem);
	store_init(&st, NULL, &mem);
	puts("{");
	for (size_t i = 0; i < count; i++) {
		const struct statement *statement = find(&wanted[i]);
		const struct field_table *caller[1];
		const struct field_table *own[STATEMENT_TABLES_MAX];

		if (statement == NULL)
			return EXIT_FAILURE;
		caller[0] = &caller_tables[statement->scope];
		for (size_t t = 0; t < STATEMENT_TABLES_MAX; t++)
			own[t] = statement->tables[t];
		printf("\"%s\": {\"text\": ", wanted[i].name);
		print_text(statement_text(&st, statement, CREDENTIAL_KEY));
		print_columns("caller", caller, 1);
		print_columns("columns", own, STATEMENT_TABLES_MAX);
		puts(i + 1 < count ? "}," : "}");
	}
	puts("}");
	store_release(&st);
	arena_release(&mem);
	return EXIT_SUCCESS;
}
