/*
 * The text of a statement for those who bind the caller's values only: its own
 * are written into it, for the whole list without a filter.
 */
#ifndef TENANTRY_BENCH_WHOLE_LIST_H
#define TENANTRY_BENCH_WHOLE_LIST_H

#include "resource/module.h"
#include "store/caller.h"

static inline const char *whole_list_value(const struct value *value)
{
	switch (value->from) {
	case FROM_AFTER:
	case FROM_PATH:
		return "'" NO_ID "'";
	case FROM_QUERY:
		return "NULL";
	default: /* FROM_LIMIT: as many as there are */
		break;
	}
	return "9223372036854775807";
}

static inline const char *whole_list(
    struct store *st, const struct statement *statement)
{
	const char *at = statement_text(st, statement, CREDENTIAL_KEY, false);
	const char *text = "";
	size_t values = caller_value_count(CREDENTIAL_KEY, statement->scope);

	if (statement->in == NULL)
		return at;
	for (size_t i = 0;; i++) {
		size_t length = strcspn(at, "?");

		text = arena_print(st->mem, "%s%.*s", text, (int)length, at);
		at += length;
		if (*at == '\0')
			return text;
		text = arena_print(st->mem, "%s%s", text,
		    i < values ? "?"
			       : whole_list_value(&statement->in[i - values]));
		at++;
	}
}

/* The list at a path. */
static inline const struct statement *list_at(
    struct store *st, const char *pattern)
{
	struct route_table table = modules_routes(st->mem);

	for (size_t i = 0; i < table.count; i++)
		if (table.rows[i]->does != NULL &&
		    table.rows[i]->does->kind == OPERATION_LIST &&
		    strcmp(table.rows[i]->pattern, pattern) == 0)
			return table.rows[i]->does->read;
	return NULL;
}

#endif
