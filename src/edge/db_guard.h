/*
 * What is asked of a database connection before anything else.  Knows not what
 * that is.
 */
#ifndef TENANTRY_EDGE_DB_GUARD_H
#define TENANTRY_EDGE_DB_GUARD_H

#include "edge/db.h"

/* Runs statements of its own on the handle; they are not counted. */
typedef enum err (*db_guard)(void *context);

enum { DB_GUARD_SECONDS = 5 };

/*
 * The guard is asked before the first statement of each connection, and again
 * outside of transactions when its last good answer is DB_GUARD_SECONDS old.
 * Its error is the answer to the statement that was to run, and it is asked
 * again before the next.
 */
void db_set_guard(struct db *db, db_guard guard, void *context);

#endif
