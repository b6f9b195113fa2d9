/*
 * The statements of a migration file, and the trace that each leaves in the
 * schema.  The trace tells whether a statement was carried out if no record
 * does.
 */
#ifndef TENANTRY_STORE_STEP_H
#define TENANTRY_STORE_STEP_H

#include "store/schema.h"

struct step {
	const char *text; /* not NUL-terminated */
	size_t length;
	int version, number; /* of the migration; of the statement, from 1 */
	const char *rest;    /* what follows in the file */
};

/* A statement that stands alone. */
struct step step_of(const char *text);

/* Before the first statement of a file; step_next() goes to each in turn. */
struct step step_first(const struct schema_file *file);
bool step_next(struct step *step);

/* Whether the server commits it by itself: it defines, and writes no rows. */
bool step_is_definition(const struct step *step);

/*
 * Whether a definition was carried out: all that it adds is there, and nothing
 * of what it drops.  One that does neither (MODIFY) is never done: it must do
 * no harm when it runs again.
 */
enum err step_is_done(struct store *st, const struct step *step, bool *is_done);

/* The table that a CREATE TABLE makes, in the arena; NULL: it is none. */
const char *step_table(struct store *st, const struct step *step);

/*
 * The table that a CREATE TABLE would make, where the database has one of that
 * name without our comment; else NULL.  In the arena of the request.
 */
enum err step_find_foreign(
    struct store *st, const struct step *step, const char **name);

/* Runs a query that asks for one number AS value. */
enum err step_number(
    struct store *st, const struct db_query *query, int64_t *number);

#endif
