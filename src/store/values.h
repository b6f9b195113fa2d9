/*
 * The values of a statement, found by their descriptions.  Knows no request:
 * what it says is handed down as texts with names.
 */
#ifndef TENANTRY_STORE_VALUES_H
#define TENANTRY_STORE_VALUES_H

#include "store/statement.h"
#include "store/value.h"

#define NO_ID "-" /* less than every id, and nobody's */
#define VALUES_NO_END "9999-12-31 23:59:59.999999"

struct given_text {
	enum value_from from; /* FROM_PATH or FROM_QUERY */
	const char *name;     /* to its end, or to a `}` */
	const char *value;    /* NULL: absent */
};

/* What the values of a statement can be taken from. */
struct given {
	const struct given_text *texts;
	size_t text_count;
	const char *after;    /* rows behind this id; NO_ID: from the first */
	const char *after_of; /* the organization of that; NULL: not known */
	const char *after_in; /* its project; NULL: the same */
	const char *after_at; /* the time of that; NULL: there is none */
	int64_t limit;        /* so many rows at most */
	/* of a write; else NULL */
	const void *row, *old, *body;
	const struct caller *caller;
	int64_t now, over_until;
};

/*
 * Whether a text can be an id or a slug.  The database is asked for no other:
 * its ASCII columns refuse it, and overlook spaces at the end.
 */
bool values_is_name(const char *text);

/*
 * Fills `out` in the order of the statement's `in`; the texts must live while
 * the statement runs.  A path parameter that no id or slug can be is bound as
 * NO_ID.
 */
void values_fill(const struct statement *statement, const struct given *given,
    struct db_value *out);

/* The text of a value of FROM_ROW, FROM_OLD, FROM_BODY or FROM_CALLER. */
const char *values_text(const struct given *given, const struct value *value);

#endif
