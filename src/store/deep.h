/*
 * What must be true of the rows, whatever happened to the program or the
 * database: asked for by `tenantryctl check --deep`.
 */
#ifndef TENANTRY_STORE_DEEP_H
#define TENANTRY_STORE_DEEP_H

#include "store/statement.h"

/* How many invariants there are. */
extern const int deep_count;

/*
 * Asks each invariant, which reads whole tables, in a statement of its own, so
 * that writes may go on meanwhile.  `report` gets a line for each that does not
 * hold: what is wrong, how often, and the first ids.  The number of those, or
 * -1 where the database failed.
 */
int deep_check(struct store *st, void (*report)(const char *line));

extern const struct statement *const deep_statements[];

#endif
