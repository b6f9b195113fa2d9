/*
 * The schema that this program knows: its migrations, and what a database has.
 */
#ifndef TENANTRY_STORE_SCHEMA_H
#define TENANTRY_STORE_SCHEMA_H

#include <stddef.h>

#include "store/statement.h"

struct schema_file {
	int version; /* of a migration */
	int oldest;  /* a program that knows this schema can go on with it */
	const char *name;
	const char *text;
	size_t length;
};

/* Generated from schema/ at build time, ascending. */
extern const struct schema_file schema_files[];
extern const size_t schema_file_count;

/* The version that this program speaks. */
int schema_version_known(void);

/* What a database says of its schema. */
struct schema_state {
	int version; /* 0: no tables of ours, or to be migrated by all means */
	int oldest;  /* schema of the oldest program that can work with it */
};
enum err schema_find(struct store *st, struct schema_state *state);

/*
 * ERR_NONE where this program can serve a database in that state: its schema
 * is the one that the program knows, or a newer one that says that it can.
 * Else ERR_SCHEMA, and the fault says the remedy.
 */
enum err schema_fits(const struct schema_state *state, struct fault *fault);

/*
 * Both, as the guard of the store's connection.  The log tells once that the
 * schema does not fit, the fault each time.
 */
struct schema_watch {
	struct store *store;
	struct fault *fault; /* of the request in hand */
	bool is_refusing;    /* zeroed at start */
};
enum err schema_guard(void *watch);

/*
 * Prepares every statement (the list ends with NULL) on the real schema and
 * compares it with its description; `report` is called with a line for each
 * difference.  The number of differences, or -1 where the database cannot be
 * reached.
 */
int schema_check(struct store *st, const struct statement *const *statements,
    void (*report)(const char *line));

/* ERR_INTERNAL and the text of one that has more values than fit. */
enum err schema_fits_callers(
    const struct statement *const *statements, struct fault *fault);

/* The store's own sets of statements; ends with NULL. */
extern const struct statement *const *const schema_sets[];

extern const struct statement *const schema_statements[];

#endif
