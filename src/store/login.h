/*
 * Password logins: the stored hash, and the memory of failures that slows
 * guessing down by login and address.
 */
#ifndef TENANTRY_STORE_LOGIN_H
#define TENANTRY_STORE_LOGIN_H

#include "edge/password.h"
#include "store/statement.h"

struct login {
	char user_id[ULID_SIZE];
	int64_t session_epoch;
	char password_hash[PASSWORD_HASH_SIZE]; /* empty: unknown */
	bool is_disabled;  /* which only the right password may find out */
	int64_t failures;  /* lately, from this address */
	int64_t failed_at; /* ms, 0 = never */
	int64_t address_failures;  /* of all logins from this address */
	int64_t address_failed_at; /* ms, 0 = never */
};

/*
 * Reads what is known of a folded login, and the failures of a quarter of an
 * hour from an address (address_group()).
 */
enum err login_find(
    struct store *st, const char *key, const char *address, struct login *out);

/*
 * Seconds that this login must wait from this address; 0 = none, and always
 * where it has no failure from there.
 */
int login_wait(const struct login *login, int64_t now);

/* From 10 failures on: the address has one place for hashing, and no queue. */
bool login_is_guessing(const struct login *login);

/* From 50 on: one attempt in two seconds; this one is too early. */
bool login_pauses(const struct login *login, int64_t now);

/* Remembers a failure, and purges old ones; the table stays capped. */
enum err login_failed(struct store *st, const char *key, const char *address);

/* Forgets the failures of a login from an address. */
enum err login_succeeded(
    struct store *st, const char *key, const char *address);

extern const struct statement *const login_statements[];

#endif
