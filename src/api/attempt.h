/*
 * An attempt to give a password: throttled by login and address, hashed in one
 * of few places, counted if it is wrong.  The same for Basic, for signing in
 * and wherever else a password is asked.
 */
#ifndef TENANTRY_API_ATTEMPT_H
#define TENANTRY_API_ATTEMPT_H

#include "api/call.h"
#include "base/address.h"
#include "edge/name.h"
#include "store/login.h"

struct attempt {
	char key[NAME_KEY_SIZE]; /* folded login */
	const char *password;
	char address[ADDRESS_SIZE]; /* that failures are counted by */
	bool is_shared; /* it stands for many clients: no rule of its own */
};

/* False: it can be nobody's login, or nobody's password. */
bool attempt_make(struct call *call, const char *login, const char *password,
    struct attempt *out);

/*
 * ERR_NONE: the password is that of the login, whose row is in `login`, and
 * the user is not disabled.  ERR_UNAUTHENTICATED with one text for every
 * reason, ERR_THROTTLED, ERR_BUSY, or a store error.
 */
enum err attempt_verify(
    struct call *call, const struct attempt *attempt, struct login *login);

/* A wrong password or login: the fault, for the client and for the log. */
enum err attempt_refuse(struct call *call, enum cause cause);

/*
 * Checks and hashes a new password of 8 to 256 bytes, in one of the places
 * that are shared by all who have a password hashed.
 */
enum err attempt_hash(
    struct call *call, const char *password, char hash[PASSWORD_HASH_SIZE]);

#endif
