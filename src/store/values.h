/*
 * The values of a statement, described like columns: where each comes from.
 * Knows no request: what it says is handed down as texts with names.
 */
#ifndef TENANTRY_STORE_VALUES_H
#define TENANTRY_STORE_VALUES_H

#include "store/statement.h"

/* Where a value of a statement comes from. */
enum value_from {
	FROM_PATH,  /* a parameter of the path, by its name */
	FROM_QUERY, /* a parameter of the query, by its name; absent: NULL */
	FROM_AFTER, /* the id behind which a page begins */
	FROM_LIMIT  /* how many rows at most */
};
struct value {
	enum value_from from;
	const char *name;
};
#define PATH(name_) \
	{ \
		FROM_PATH, name_ \
	}
#define QUERY(name_) \
	{ \
		FROM_QUERY, name_ \
	}
#define AFTER \
	{ \
		FROM_AFTER, NULL \
	}
#define LIMIT \
	{ \
		FROM_LIMIT, NULL \
	}
#define IN(...) \
	.in = (const struct value[]){ __VA_ARGS__ }, \
	.values = sizeof((const struct value[]){ __VA_ARGS__ }) / \
	    sizeof(struct value)

enum { GIVEN_TEXTS_MAX = 12 };

/* Less than every id, and nobody's. */
#define NO_ID "-"

/* A parameter of the path or of the query. */
struct given_text {
	enum value_from from; /* FROM_PATH or FROM_QUERY */
	const char *name;     /* to its end, or to a `}` */
	const char *value;    /* NULL: absent */
};

/* What the values of a statement can be taken from. */
struct given {
	struct given_text texts[GIVEN_TEXTS_MAX];
	size_t text_count;
	const char *after; /* rows behind this id; NO_ID: from the first */
	int64_t limit;     /* so many rows at most */
};

/*
 * Fills `out` in the order of the statement's `in`; the texts must live while
 * the statement runs.  A path parameter that no id or slug can be is bound as
 * NO_ID.
 */
void values_fill(const struct statement *statement, const struct given *given,
    struct db_value *out);

#endif
