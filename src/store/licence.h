/*
 * The licence in force, its use against the limits, and the claims of keys.
 */
#ifndef TENANTRY_STORE_LICENCE_H
#define TENANTRY_STORE_LICENCE_H

#include "model/licence.h"
#include "store/caller.h"

/*
 * A member more or less (`change`: "+ 1" or "- 1") is counted, by the id of the
 * organization, in the transaction that has its lock.
 */
#define COUNT_MEMBER(change) \
	"UPDATE organizations SET member_count = member_count " change \
	" WHERE id = ?"

/* What an organization uses of its licence; read under its lock. */
struct licence_use {
	int64_t projects, users;
	int64_t invited; /* pending invitations: each holds a seat */
	int64_t limit_projects, limit_users; /* 0 = none */
	int64_t expires_at;                  /* ms, 0 = never */
	int64_t installed_at;                /* ms */
	char type[LICENCE_TYPE_SIZE];        /* of the licence in force */
	char jti[LICENCE_JTI_SIZE];
	bool is_revoked; /* that licence */
};

/*
 * Reads the use under a lock on the organization's row, taken by the first
 * statement of the transaction: ERR_NO_RESOURCE where the organization, or
 * the caller's right to it, went away meanwhile.
 */
enum err licence_lock(
    struct store *st, const struct asker *asker, struct licence_use *use);

/*
 * ERR_SEAT_LIMIT with the numbers, for a caller who may know them: members and
 * pending invitations.
 */
enum err licence_refuse_seat(
    struct fault *fault, int64_t allowed, int64_t users, int64_t invited);

/* The same as licence_lock() without a lock and without a caller. */
enum err licence_use_find(
    struct store *st, const char *organization_id, struct licence_use *use);

/* {"projects":1,"users":0}, for the trail.  In the arena. */
const char *licence_limits_text(
    struct arena *mem, const struct licence_limits *limits);

/* What the trail says of one that is installed; in the arena. */
const char *licence_change(struct store *st, const struct licence *licence);

/*
 * Puts a licence into its organization, inside the caller's transaction, and
 * claims its jti.  ERR_BAD_LICENCE where another organization holds the jti,
 * or where it is revoked and the caller is no system administrator.
 */
enum err licence_put(
    struct store *st, const struct asker *asker, const struct licence *licence);

/*
 * Installs a licence in the organization of the scope, in a transaction.
 * The key that is in force already changes nothing.  A system administrator
 * who names the organization in the path revokes the licence that is replaced.
 * That one must be of the time `use->installed_at`; 0: whatever it is; else
 * ERR_PRECONDITION.  ERR_LIMIT, and `use` filled, where it allows less than
 * there is.  `is_dry`: nothing is kept, but it is refused for the same reasons.
 */
enum err licence_install(struct store *st, struct asker *asker,
    struct licence *licence, struct licence_use *use, bool is_dry);

/*
 * --- claims of keys, for the administrator's tool and for the above ---
 *
 * A claim says which organization has installed a key.  It outlives the
 * organization.
 */
struct licence_claim {
	char organization_id[ULID_SIZE]; /* empty: nobody has installed it */
	char licence_id[ULID_SIZE];      /* set: it is in force there now */
	int64_t revoked_at;              /* ms, 0 = not revoked */
};

/*
 * Claims the jti of a licence, or frees it where it is revoked and the caller
 * is a system administrator; inside a transaction.  Errors of licence_put().
 */
enum err licence_claim(
    struct store *st, const struct asker *asker, const struct licence *licence);

/* Enters that a claimed jti is revoked; inside a transaction. */
enum err licence_claim_revoke(struct store *st, const char *jti);

/*
 * Revokes a key, in a transaction with its audit row; one that nobody has
 * installed yet as well.  `*was` is the claim before: where it was revoked
 * already, nothing is written.
 */
enum err licence_revoke(
    struct store *st, const char *jti, struct licence_claim *was);

/*
 * Forgets the claim of a key and its revocation, in a transaction with its
 * audit row, so that any organization may install it.  `*was` is the claim
 * before.  ERR_NO_RESOURCE where there is none; ERR_REFERENCE, and nothing is
 * written, where the licence is in force in `was->organization_id`.
 */
enum err licence_release(
    struct store *st, const char *jti, struct licence_claim *was);

extern const struct statement *const licence_statements[];
extern const struct statement *const licence_claim_statements[];

#endif
