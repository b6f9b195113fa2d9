/*
 * Brings a database to the schema that this program knows, statement by
 * statement, and goes on where an earlier run was cut off.
 */
#ifndef TENANTRY_STORE_MIGRATE_H
#define TENANTRY_STORE_MIGRATE_H

#include "store/schema.h"

/*
 * Applies the migrations that are missing, in order, under a lock that two
 * migrations cannot hold at once; `applied` counts them.  Every statement is
 * recorded in schema_steps when it is done; one that is not recorded is looked
 * for in the schema before it runs.  Where another program's table has the name
 * of one that is to be made, the fault names it and nothing is changed.  Else
 * the fault says which file and statement failed.  Before a migration that a
 * program of before must not serve beside it waits some seconds (announce.h).
 */
enum err migrate_run(struct store *st, int *applied, struct fault *fault);

/*
 * The same for where a request may not take long: after `until` no further
 * migration begins.  What is left is for the next call.
 */
struct migrate_part {
	int64_t until; /* a tick; 0: no end */
	int applied;
	bool is_done; /* nothing is left */
};
enum err migrate_some(
    struct store *st, struct migrate_part *part, struct fault *fault);

/* The schema of a database, 0 also where it has no tables yet. */
enum err migrate_version(struct store *st, int *version);

#endif
