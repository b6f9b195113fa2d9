/*
 * The audit trail: one row for every write, in the transaction of the write.
 * The rows of an organization are a chain: each has the next number and a hash
 * over itself and the hash before.  The newest number, time and hash stand in
 * the organization's row, which every write locks; only audit_insert() raises
 * them.  Rows without an organization are a chain of the installation.
 */
#ifndef TENANTRY_STORE_AUDIT_H
#define TENANTRY_STORE_AUDIT_H

#include "store/statement.h"

/* The chain of the installation. */
#define AUDIT_INSTALLATION "00000000000000000000000000"

/* The first line of the bytes that are hashed (docs/audit.md). */
#define AUDIT_FORMAT "tenantry-audit-1"

struct audit_entry {
	const char *user_id; /* who; NULL: a service key or the command line */
	const char *organization_id; /* NULL = none */
	const char *action;          /* e.g. "organization.create" */
	const char *resource_kind;
	const char *resource_id;
	const char *detail; /* for people, never a secret; cut at 500 bytes */
	const char *key_id; /* the API key that has done it; NULL: none */
	/* more of it; NULL: none */
	const char *project_id; /* that it was about */
	const char *session_id; /* of a person who has signed in */
	/* an object with sorted members; NULL: of `detail` alone */
	const char *change;
};

/* Who did it: a person, by which key or session; a service key. */
#define AUDIT_BY(caller_) \
	.user_id = (caller_)->user_id, .key_id = (caller_)->key_id, \
	.session_id = (caller_)->session_id

/*
 * Appends; call it inside the transaction of the write.  The first row of a
 * transaction has the id of the write.  An organization that was there before
 * its chain gets the row `audit.genesis` first.
 */
enum err audit_insert(struct store *st, const struct audit_entry *entry);

/*
 * The row `audit.genesis` of an organization that was there before its chain,
 * inside a transaction.  `*is_there` false: the chain has begun meanwhile, or
 * the organization is gone.
 */
enum err audit_begin(
    struct store *st, const char *organization_id, bool *is_there);

/*
 * The same in one round trip with the statement that the row tells of, and only
 * if that has changed a row.
 */
enum err audit_insert_behind(struct store *st, struct store_change *first,
    const struct audit_entry *entry);

/*
 * The first row of a new organization's chain, whose INSERT makes the hash.
 * That takes the two texts, sets 1, UTC_TIMESTAMP(6) and the hash; `enter`
 * stands behind it (store_run_together).
 */
#define AUDIT_FIRST_HASH \
	"UNHEX(SHA2(CONCAT(?, 1, '\\n', " MICROSECONDS( \
	    "UTC_TIMESTAMP(6)") ", '\\n', REPEAT('0', 64), '\\n', ?), 256))"
enum { AUDIT_VALUES = 14 }; /* of the row */
struct audit_first {
	const char *begin, *text; /* in the arena */
	struct db_value values[AUDIT_VALUES];
	struct store_change enter; /* with these values */
};
void audit_first(struct store *st, const struct audit_entry *entry,
    struct audit_first *first);

/* The id of the write under way, made where there is none yet. */
const char *audit_id(struct store *st);

/* Whether a row of that id is there, committed. */
enum err audit_find(struct store *st, const char *id, bool *found);

/* What is entered as the request: its id, or that of the command line. */
const char *audit_request(const struct store *st);

extern const struct statement *const audit_statements[];

#endif
