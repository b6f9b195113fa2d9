/*
 * Sessions of people: a token in a cookie, of which the database has the
 * SHA-256.  The database's clock says when one ends.
 */
#ifndef TENANTRY_STORE_SESSION_H
#define TENANTRY_STORE_SESSION_H

#include "edge/crypto.h"
#include "edge/password.h"
#include "store/statement.h"

enum {
	SESSION_TOKEN_BYTES = 20,
	SESSION_TOKEN_SIZE = 28,
	SESSION_MOST = 20 /* live ones a user */
};

#define SESSIONS_LIVE " AND " SESSION_IS_LIVE("ss")
#define SESSION_IS_LIVE(alias_) \
	alias_ ".idle_ends_at > UTC_TIMESTAMP(3) AND " alias_ \
	       ".ends_at > UTC_TIMESTAMP(3)"

/* A session that begins, or whose password is given again. */
struct session {
	char id[ULID_SIZE];
	const char *token;                        /* in the arena; shown once */
	unsigned char digest[CRYPTO_SHA256_SIZE]; /* of the token */
	/* as they were when the password was verified */
	const char *user_id, *password_hash;
	int64_t epoch;
	int idle, life; /* seconds */
};

/* Makes the token. */
void session_make_token(struct store *st, struct session *session);

/*
 * Begins one; of more than SESSION_MOST live ones the oldest end.
 * ERR_UNAUTHENTICATED if the user has changed since the password was verified.
 */
enum err session_begin(struct store *st, struct session *session);

/*
 * The same session with the new token.  ERR_UNAUTHENTICATED also if
 * it has ended.
 */
enum err session_confirm(struct store *st, struct session *session);

/* Whether a session of this digest is live. */
enum err session_is_live(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *is_live);

/* Ends one of the user's; `*found` false: there is none of that id. */
enum err session_end(
    struct store *st, const char *user_id, const char *id, bool *found);

/* Ends all of the user's. */
enum err session_end_all(struct store *st, const char *user_id);

/* A password that is changed by its person. */
struct password_change {
	/* as it was verified */
	const char *user_id, *password_hash;
	int64_t epoch;
	const char *session_id; /* that goes on; empty: none */
	char new_hash[PASSWORD_HASH_SIZE];
};

/*
 * Changes it and ends the other sessions.  ERR_UNAUTHENTICATED if the user has
 * changed since the password was verified.
 */
enum err session_change_password(
    struct store *st, struct password_change *change);

/* It was used now, at the end of `idle` seconds it ends. */
enum err session_use(struct store *st, const char *id, int idle);

extern const struct statement *const session_statements[];

#endif
