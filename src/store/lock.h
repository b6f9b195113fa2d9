/*
 * The lock that every write in an organization takes first: its row.  It is
 * taken together with the question whether what was read of the caller is still
 * so, since all that was judged stands on it.
 */
#ifndef TENANTRY_STORE_LOCK_H
#define TENANTRY_STORE_LOCK_H

#include "store/caller.h"

/* How a statement begins that locks an organization's row: it changes it. */
#define LOCK_ORGANIZATION \
	"UPDATE organizations SET write_count = write_count + 1"

/*
 * Locks the organization of the scope, or where there is none (an API key that
 * is bound to no organization) the caller's own row.  `*is_current` false: the
 * caller's credential, user, roles or the version that is asked for are not as
 * they were read, and have to be read again; the organization is locked all the
 * same.  ERR_NO_RESOURCE: it is gone.
 */
enum err lock_take(
    struct store *st, const struct asker *asker, bool *is_current);

/*
 * The same for writes that do not read again: ERR_PRECONDITION where the
 * organization is not at the version that is asked for, ERR_FORBIDDEN or
 * ERR_NO_RESOURCE where the caller has not the same rights any more.
 */
enum err lock_organization(struct store *st, const struct asker *asker);

extern const struct statement *const lock_statements[];

#endif
