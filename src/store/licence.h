/*
 * The licence in force, its use against the limits, and the claims of keys.
 */
#ifndef TENANTRY_STORE_LICENCE_H
#define TENANTRY_STORE_LICENCE_H

#include "model/licence.h"
#include "store/caller.h"

/* What an organization uses of its licence; read under its lock. */
struct licence_use {
	int64_t projects, users;
	int64_t limit_projects, limit_users; /* 0 = none */
	int64_t expires_at;                  /* ms, 0 = never */
};

/*
 * Reads the use under a lock on the organization's row, taken by the first
 * statement of the transaction: ERR_NO_RESOURCE where the organization, or
 * the caller's right to it, went away meanwhile.
 */
enum err licence_lock(
    struct store *st, const struct asker *asker, struct licence_use *use);

/*
 * Puts a licence into its organization, inside the caller's transaction, and
 * claims its jti: ERR_BAD_LICENCE where another organization holds that.
 */
enum err licence_put(
    struct store *st, const struct licence *licence, struct fault *fault);

/*
 * Installs a licence in the organization of the scope, in a transaction.
 * ERR_LIMIT, and `use` filled, where it allows less than there is.
 */
enum err licence_install(struct store *st, struct asker *asker,
    struct licence *licence, struct licence_use *use);

extern const struct statement *const licence_statements[];

#endif
