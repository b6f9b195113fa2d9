/*
 * What the command-line tool does in the database with users.  It knows no
 * caller and asks for no permission: whoever may run the tool may do all of
 * it.  Every write leaves an audit row in its transaction.
 */
#ifndef TENANTRY_STORE_ADMIN_H
#define TENANTRY_STORE_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/name.h"
#include "store/api_key.h"
#include "store/statement.h"
#include "store/usable_admin.h"

struct admin_user {
	char id[ULID_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	bool is_system_admin;
	int64_t disabled_at; /* 0 = not disabled */
};

struct admin_new_user {
	const struct name *login;  /* of name_make_login() */
	const char *display_name;  /* of name_make() */
	const char *password_hash; /* NULL: no login with a password */
	bool is_system_admin;      /* needs the account that migrates */
};

/* A project in its organization, or an organization (empty project). */
struct admin_place {
	char project_id[ULID_SIZE];
	char organization_id[ULID_SIZE];
};

enum err admin_user_count(struct store *st, int64_t *count);

/* By the comparison key of the login. */
enum err admin_user_find(struct store *st, const char *login_key,
    struct admin_user *user, bool *found);

/*
 * Inserts a user and the first API key, of which only `text` and `handover`
 * are read; NULL: none.  `id` is set before the handover.  ERR_NAME_IN_USE: the
 * login is taken.
 */
enum err admin_user_insert(struct store *st, const struct admin_new_user *user,
    const struct api_key *key, char id[ULID_SIZE]);

/* ERR_NO_RESOURCE if there is no such user. */
enum err admin_user_password(
    struct store *st, const char *user_id, const char *password_hash);

/* The same, and ERR_NAME_IN_USE if the address is taken. */
enum err admin_user_email(
    struct store *st, const char *user_id, const struct name *email);

/*
 * Every credential of the user is refused from now on.  `guard` says whose it
 * is and what may happen; ERR_LAST_ADMIN as usable_admin.h says.
 */
enum err admin_user_disable(struct store *st, struct admin_guard *guard);

/* The end of that. */
enum err admin_user_enable(struct store *st, const char *user_id);

enum err admin_project_find(
    struct store *st, const char *id, struct admin_place *place, bool *found);

/* By slug, else by id: one that is there, or one that is deleted. */
enum err admin_organization_find(
    struct store *st, const char *text, struct admin_place *place, bool *found);
enum err admin_deleted_find(
    struct store *st, const char *text, struct admin_place *place, bool *found);

extern const struct statement *const admin_statements[];

#endif
