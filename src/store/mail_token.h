/*
 * What the token of a mail lets its reader do: choose a new password, or agree
 * to a change of address.  The outbox has the digests; a token is good while
 * address and password are as they were when it was made.
 */
#ifndef TENANTRY_STORE_MAIL_TOKEN_H
#define TENANTRY_STORE_MAIL_TOKEN_H

#include "edge/crypto.h"
#include "edge/password.h"
#include "model/name.h"
#include "store/statement.h"

enum {
	MAIL_RESETS = 3, /* an hour and account; more are dropped, silently */
	MAIL_CHANGES = 3 /* the same; more are ERR_THROTTLED */
};

/*
 * Enters a mail by which the user of that folded address chooses a password.
 * An address that nobody has, or that has had its mails of the hour, takes the
 * same statements, so that the time of an answer tells nothing.
 */
enum err mail_token_ask_reset(struct store *st, const char *email_key);

/* Whether the token of a reset is good. */
enum err mail_token_find_reset(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *found);

/*
 * The password of its user is changed and the sessions end; if nobody had
 * proved the address it is proved now, and personal API keys end.
 * ERR_TOKEN_DEAD.
 */
enum err mail_token_reset(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE],
    const char password_hash[PASSWORD_HASH_SIZE]);

/* An address that a person wants to have. */
struct address_change {
	/* as they were when the password was verified */
	const char *user_id, *password_hash;
	int64_t epoch;
	const struct name *email;
	const char *session_id; /* NULL: none */
};

/*
 * Enters it in place of another one that waits, and the mails to the old
 * address (if there is one) and the new one.  ERR_UNAUTHENTICATED: the user has
 * changed meanwhile; ERR_THROTTLED: there were MAIL_CHANGES in an hour;
 * ERR_NAME_IN_USE: it is the user's own address.
 */
enum err mail_token_ask_change(
    struct store *st, const struct address_change *change);

/*
 * The reader of one of its mails agrees.  `*is_changed`: all have, and the user
 * has the address now.  ERR_TOKEN_DEAD; ERR_NAME_IN_USE: it is another user's.
 */
enum err mail_token_agree(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *is_changed);

extern const struct statement *const mail_token_statements[];

#endif
