/*
 * Whether a database is free for a new installation.
 */
#ifndef TENANTRY_STORE_VACANT_H
#define TENANTRY_STORE_VACANT_H

#include "store/statement.h"

/*
 * ERR_NONE: the database has no table, or only tables of ours and no user, as
 * an installation that was begun leaves them.  ERR_NAME_IN_USE: it has users,
 * or tables of another program; the fault names them.  Writes nothing.
 */
enum err vacant_check(struct store *st, struct fault *fault);

/* How many users there are; 0 also where there is no table of them yet. */
enum err vacant_count_users(struct store *st, int64_t *count);

#endif
