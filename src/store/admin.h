/*
 * What the command-line tool does in the database: users, passwords and API
 * keys.  Knows no caller and asks for no permission: who may run the tool may
 * do all of it.  Every write leaves an audit row in its transaction.
 */
#ifndef TENANTRY_STORE_ADMIN_H
#define TENANTRY_STORE_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/name.h"
#include "store/statement.h"

enum { ADMIN_KEY_SIZE = 37 }; /* tny_, base64url of 24 bytes, and the NUL */

struct admin_user {
	char id[ULID_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	bool is_system_admin;
	int64_t disabled_at; /* 0 = not disabled */
};

struct admin_new_user {
	const struct name *email;  /* of name_make_email() */
	const char *display_name;  /* of name_make() */
	const char *password_hash; /* NULL: no login with a password */
	bool is_system_admin;
};

/* An API key and what it is confined to; texts may be NULL. */
struct admin_key {
	char text[ADMIN_KEY_SIZE]; /* admin_key_make() */
	const char *user_id;
	const char *organization_id; /* set wherever project_id is */
	const char *project_id;
	const char *role;   /* at most: admin, user or viewer */
	int64_t expires_at; /* ms, 0 = never */
};

/* A project in its organization, or an organization (empty project). */
struct admin_place {
	char project_id[ULID_SIZE];
	char organization_id[ULID_SIZE];
};

enum err admin_user_count(struct store *st, int64_t *count);

/* By the comparison key of the e-mail address. */
enum err admin_user_find(struct store *st, const char *email_key,
    struct admin_user *user, bool *found);

/*
 * Inserts a user and his first API key, of which only `text` is read.
 * ERR_NAME_IN_USE: the e-mail address is taken.
 */
enum err admin_user_insert(struct store *st, const struct admin_new_user *user,
    const struct admin_key *key, char id[ULID_SIZE]);

/* ERR_NO_RESOURCE where there is no such user. */
enum err admin_user_password(
    struct store *st, const char *user_id, const char *password_hash);

/* Every credential of the user is refused from now on.  As above. */
enum err admin_user_disable(struct store *st, const char *user_id);

/* Fills `text` from 192 random bits. */
void admin_key_make(struct admin_key *key);

/* ERR_NO_RESOURCE where user, organization or project are not there. */
enum err admin_key_insert(struct store *st, const struct admin_key *key);

enum err admin_project_find(
    struct store *st, const char *id, struct admin_place *place, bool *found);
enum err admin_organization_find(
    struct store *st, const char *id, struct admin_place *place, bool *found);

extern const struct statement *const admin_statements[];

#endif
