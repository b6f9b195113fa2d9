/*
 * A statement as data: its text, what goes in and what comes out; and how one
 * is run.  Every statement has its row in a set, so that `tenantryctl check`
 * can prepare each on the real schema.
 */
#ifndef TENANTRY_STORE_STATEMENT_H
#define TENANTRY_STORE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "base/ulid.h"
#include "edge/db.h"
#include "model/caller.h"

enum statement_id {
	STATEMENT_CALLER_SELF,
	STATEMENT_CALLER_TARGET,
	STATEMENT_CALLER_CONTEXT,
	STATEMENT_ORGANIZATION_LIST,
	STATEMENT_ORGANIZATION_GET,
	STATEMENT_ORGANIZATION_VERIFY,
	STATEMENT_ORGANIZATION_TREE,
	STATEMENT_ORGANIZATION_INSERT,
	STATEMENT_ORGANIZATION_NAME_TAKEN,
	STATEMENT_ORGANIZATION_BIND,
	STATEMENT_ORGANIZATION_LOCK,
	STATEMENT_ORGANIZATION_RENAME,
	STATEMENT_ORGANIZATION_DELETE,
	STATEMENT_PROJECT_LIST,
	STATEMENT_PROJECT_INSERT,
	STATEMENT_PROJECT_NAME_TAKEN,
	STATEMENT_PROJECT_BIND,
	STATEMENT_USER_LIST,
	STATEMENT_USER_ACTIVATE,
	STATEMENT_LICENCE_USE,
	STATEMENT_LICENCE_REPLACE,
	STATEMENT_LICENCE_CLAIM,
	STATEMENT_LICENCE_CLAIMED_BY,
	STATEMENT_AUDIT_INSERT,
	STATEMENT_LOGIN_FIND,
	STATEMENT_LOGIN_FAILED,
	STATEMENT_LOGIN_SUCCEEDED,
	STATEMENT_LOGIN_COUNT,
	STATEMENT_LOGIN_PURGE,
	STATEMENT_LOGIN_TRIM,
	STATEMENT_SCHEMA_VERSION,
	STATEMENT_DOCTOR_VARIABLES,
	/* of the command-line tool */
	STATEMENT_ADMIN_USER_COUNT,
	STATEMENT_ADMIN_USER_FIND,
	STATEMENT_ADMIN_USER_INSERT,
	STATEMENT_ADMIN_USER_PASSWORD,
	STATEMENT_ADMIN_USER_DISABLE,
	STATEMENT_ADMIN_KEY_INSERT,
	STATEMENT_ADMIN_PROJECT_FIND,
	STATEMENT_ADMIN_ORGANIZATION_FIND,
	STATEMENT_COUNT
};

enum { STATEMENT_TABLES_MAX = 2 };

struct statement {
	enum statement_id id;
	/* SCOPE_PUBLIC: `text` is all of it; else the caller comes before */
	enum scope scope;
	const char *columns; /* behind the caller's; NULL = none */
	const char *text;    /* the whole, or what follows the caller's FROM */
	size_t values;       /* its own parameters, before the caller's none */
	const struct field_table *tables[STATEMENT_TABLES_MAX]; /* results */
};

/* How the caller proves who he is; two kinds, two texts of a statement. */
enum credential_kind { CREDENTIAL_KEY, CREDENTIAL_LOGIN, CREDENTIAL_KINDS };

struct store {
	struct db *db;
	struct arena *mem;    /* of the request */
	struct arena lasting; /* texts, as long as the process */
	const char *texts[STATEMENT_COUNT][CREDENTIAL_KINDS];
	struct ulid_clock ids;
	int64_t now;            /* of the request, ms since 1970 */
	const char *request_id; /* for the audit trail */
};

/* The store begins over one database handle and the requests' arena. */
void store_init(struct store *st, struct db *db, struct arena *mem);
void store_release(struct store *st);

/* Runs a SCOPE_PUBLIC statement; `affected` may be NULL. */
enum err store_run(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *affected);

/* Reads its one row into `row` (of its first table). */
enum err store_find(struct store *st, const struct statement *statement,
    const struct db_value *values, void *row, bool *found);

/* Runs one that only asks whether there is a row (SELECT 1 AS found …). */
extern const struct field_table statement_found_table;
enum err store_exists(struct store *st, const struct statement *statement,
    const struct db_value *values, bool *found);

/*
 * Runs `body` in a transaction and commits; a deadlock or a connection lost
 * before COMMIT runs the whole of it again, a few times.  Any error rolls
 * back.  ERR_CONFLICT and ERR_LOST become ERR_BUSY and ERR_UNAVAILABLE.
 */
enum err store_transact(struct store *st,
    enum err (*body)(struct store *st, void *context), void *context);

/* The text of a statement for a kind of credential. */
const char *statement_text(struct store *st, const struct statement *statement,
    enum credential_kind kind);

#endif
