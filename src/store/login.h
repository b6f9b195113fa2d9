/*
 * Password logins: the stored hash, and the memory of failures that slows
 * guessing down by login and address.
 */
#ifndef TENANTRY_STORE_LOGIN_H
#define TENANTRY_STORE_LOGIN_H

#include "edge/password.h"
#include "store/statement.h"

struct login {
	char password_hash[PASSWORD_HASH_SIZE]; /* empty: unknown */
	bool is_disabled;  /* which only the right password may find out */
	int64_t failures;  /* lately, from this address */
	int64_t failed_at; /* ms, 0 = never */
};

/* Reads what is known of a folded login and the failures from an address. */
enum err login_find(
    struct store *st, const char *key, const char *address, struct login *out);

/* Seconds that this login must wait from this address; 0 = none. */
int login_wait(const struct login *login, int64_t now);

/* Remembers a failure, and purges old ones; the table stays capped. */
enum err login_failed(struct store *st, const char *key, const char *address);

/* Forgets the failures of a login from an address. */
enum err login_succeeded(
    struct store *st, const char *key, const char *address);

extern const struct statement *const login_statements[];

#endif
