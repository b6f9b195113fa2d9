/*
 * What must be true of the rows, whatever happened to the program or the
 * database: asked for by `tenantryctl check --deep`.  The statements are the
 * files of schema/invariants.
 */
#ifndef TENANTRY_STORE_DEEP_H
#define TENANTRY_STORE_DEEP_H

#include "store/statement.h"

struct name;

/* Makes a name of a text and gives NULL, or else what is wrong with it. */
typedef const char *deep_make_name(
    const char *text, size_t length, struct name *out);

struct invariant {
	struct statement statement; /* gives a row for each break of it … */
	deep_make_name *make; /* … or each row, whose name this would make */
	const char *broken;   /* what is wrong with the rows that break it */
};

/* The columns of a statement: `id`, and with a name `display`, `name_key`. */
extern const struct field_table deep_id_table, deep_name_table;

#define DEEP_INVARIANT(text_, table_, make_, broken_) \
	{ \
		{ .bounded = "asked by the tool only", \
			.scope = SCOPE_PUBLIC, \
			.text = (text_), \
			.tables = { &(table_) } }, \
		    (make_), (broken_) \
	}

/* Generated from schema/invariants at build time. */
extern const struct invariant deep_invariants[];
extern const struct statement *const deep_statements[];
extern const int deep_count;

/*
 * Asks each invariant, which reads whole tables, in a statement of its own, so
 * that writes may go on meanwhile.  `report` gets a line for each that does not
 * hold: what is wrong, how often, and the first ids.  The number of those, or
 * -1 where the database failed.
 */
int deep_check(struct store *st, void (*report)(const char *line));

#endif
