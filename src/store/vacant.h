/*
 * Whether a database is free for a new installation.
 */
#ifndef TENANTRY_STORE_VACANT_H
#define TENANTRY_STORE_VACANT_H

#include "store/statement.h"

/*
 * ERR_NONE where it has no table, or tables of ours alone and no user: those
 * of an installation that was begun.  ERR_NAME_IN_USE, and the fault names
 * them: tables of another program, or users.  Writes nothing.
 */
enum err vacant_check(struct store *st, struct fault *fault);

/* How many users there are; 0 also where there is no table of them yet. */
enum err vacant_count_users(struct store *st, int64_t *count);

#endif
