/*
 * Credential, permission and data in one statement: the common beginning of
 * every statement that is run for a caller, and the one place that decides
 * whether its answer is for him.
 */
#ifndef TENANTRY_STORE_CALLER_H
#define TENANTRY_STORE_CALLER_H

#include "edge/crypto.h"
#include "model/licence.h"
#include "store/statement.h"

struct credential {
	enum credential_kind kind;
	unsigned char digest[CRYPTO_SHA256_SIZE]; /* of API key or session */
	const char *login_key;                    /* folded login */
	const char *password_hash; /* stored hash that the password fitted */
	const char *token;         /* of the session */
};

/* One text for every reason, so that nothing is told of what exists. */
#define CREDENTIAL_REFUSED \
	"this API key, or this login and password, is wrong, expired or" \
	" disabled"

#define SESSION_REFUSED "this session has ended: sign in again"

/* Of the caller and of the statement that is run for the caller. */
enum { CALLER_VALUES_MAX = 20 };

/* What a write asks of the version of the organization that it changes. */
enum { VERSION_ANY = 0, VERSION_NONE = -1 };

/* The caller's side of a request; `caller` is filled. */
struct asker {
	struct credential credential;
	struct caller_ask ask;
	struct caller caller;
	bool is_known;            /* the credential is somebody's */
	int64_t expected_version; /* of the organization, or one of these */
	struct fault *fault;
	/* a write: what its answer says of the organization's licence */
	bool wants_licence, has_licence;
	struct licence_facts licence;
};

/*
 * Runs a caller's statement, reads its first row into the caller and `rows`
 * (one struct for each of its tables), and permits: ERR_UNAUTHENTICATED where
 * there is no row, or what caller_permit() says.  On success the other rows
 * are to be read with db_next().
 */
enum err caller_select(struct store *st, struct asker *asker,
    const struct statement *statement, const struct db_value *values,
    void *const rows[STATEMENT_TABLES_MAX]);

/* Whether a caller's statement has room for its values; checked at start. */
bool caller_fits(const struct statement *statement);

/* Only finds and permits the caller, in one statement. */
enum err caller_find(struct store *st, struct asker *asker);

/*
 * The licence of that organization, by keys alone: its columns and its tables,
 * and where the columns go in an asker.
 */
#define CALLER_LICENCE_COLUMNS \
	", cl.organization_id IS NOT NULL AS has_licence," \
	" cl.expires_at AS licence_expires_at," \
	" cl.limit_projects AS licence_projects," \
	" cl.limit_users AS licence_users," \
	" o.project_count AS used_projects, o.member_count AS used_users," \
	" cc.revoked_at IS NOT NULL AS is_licence_revoked"
#define CALLER_LICENCE_FROM \
	" LEFT JOIN licences cl ON cl.organization_id = o.id" \
	" LEFT JOIN licence_claims cc ON cc.jti = cl.jti"
extern const struct field_table caller_licence_table;

/* Its parts of a statement's text (used by statement_text()). */
const char *caller_columns(enum credential_kind kind, enum scope scope);
const char *caller_from(enum credential_kind kind, enum scope scope);
size_t caller_value_count(enum credential_kind kind, enum scope scope);
/* Fills their values; how many there are. */
size_t caller_values(const struct asker *asker, struct db_value *values);

extern const struct statement *const caller_statements[];

#endif
