/*
 * The rows of deleted organizations go in slices, each a transaction of its
 * own: by the tool, and by ordinary writes, one slice after a write.
 */
#ifndef TENANTRY_STORE_PURGE_H
#define TENANTRY_STORE_PURGE_H

#include "base/ulid.h"
#include "store/statement.h"

/* An organization whose rows may go now; empty: there is none. */
enum err purge_find(struct store *st, char id[ULID_SIZE]);

/* One that is deleted, due or not, behind an id; empty: there is none. */
enum err purge_find_deleted(
    struct store *st, const char *after, char id[ULID_SIZE]);

/*
 * Removes some of its rows, and the organization when none is left.  From the
 * first slice on it cannot be restored.  `is_early`: also before its time.
 * `*is_done`: there is nothing left of it, or it is not for purging.
 */
enum err purge_slice(struct store *st, const char *organization_id,
    bool is_early, bool *is_done);

/* Whether there was an organization of that id, and all of it is purged. */
enum err purge_is_done(
    struct store *st, const char *organization_id, bool *is_done);

/*
 * A slice, if there is something to purge; for after the answer to a write.
 * Each process looks once in 10 s, and after each of its writes while there is
 * more.  Now and then it looks for what has ended, too (store/ended.h).
 */
void purge_after_write(struct store *st);

extern const struct statement *const purge_statements[];

#endif
