/*
 * Memberships as the command-line tool changes them: of users in organizations
 * and projects.  Every write leaves an audit row in its transaction.
 */
#ifndef TENANTRY_STORE_MEMBER_H
#define TENANTRY_STORE_MEMBER_H

#include "store/statement.h"

struct membership {
	const char *user_id;
	const char *organization_id;
	const char *project_id; /* NULL: of the organization */
	const char *role;       /* admin or user; in a project viewer too */
	bool is_forced;         /* past the last usable admin */
	struct fault *fault;
};

struct member_roles {
	char organization[ROLE_SIZE];
	char project[ROLE_SIZE]; /* empty: none */
};

/* `*found` false: the user is no member of the organization. */
enum err member_find(struct store *st, const struct membership *place,
    struct member_roles *roles, bool *found);

/*
 * Adds the user; to a project a user who is no member of its organization
 * becomes one, with the role user.  ERR_DUPLICATE: there already; ERR_LIMIT
 * and ERR_LICENCE_EXPIRED: the licence does not allow it; with the fault.
 */
enum err member_add(struct store *st, const struct membership *membership);

/* Changes the role.  ERR_NO_RESOURCE: no member; ERR_LAST_ADMIN. */
enum err member_change(struct store *st, const struct membership *membership);

/*
 * Removes the user from the project, or from the organization with all its
 * projects and with the API keys that are bound to it.  Errors as above.
 */
enum err member_remove(struct store *st, const struct membership *membership);

extern const struct statement *const member_statements[];

#endif
