/*
 * The people, organizations, projects and keys of the walk as facts, which the
 * right answers are computed from.
 */
#ifndef TENANTRY_TESTS_WALK_PEOPLE_H
#define TENANTRY_TESTS_WALK_PEOPLE_H

#include <stdbool.h>

#include "base/ulid.h"

enum rank { NOTHING, VIEWER, USER, ADMIN };

/* Most people belong to HOME alone. */
enum tenant { HOME, AWAY, ORGANIZATIONS, NO_ORGANIZATION = -1 };
enum account { FIRST, SECOND, FOREIGN, PROJECTS, NO_PROJECT = -1 };

extern const enum tenant organization_of[PROJECTS];

struct person {
	const char *name;
	enum rank in[ORGANIZATIONS];
	enum rank of[PROJECTS]; /* by a binding to the project itself */
	bool is_system_admin;
	bool is_disabled;
	bool is_service, can_manage; /* a service key: it is no person */
	enum account active;
};

enum {
	ADMIN_OF_HOME,
	ADMIN_OF_AWAY,
	SYSTEM_ADMIN,
	PLAIN_USER,
	PROJECT_ADMIN,
	PROJECT_USER,
	ADMIN_OF_BOTH = 9,
	PEOPLE = 14
};
extern const struct person people[PEOPLE];

/* Service keys: of each role in each place but nowhere, with and without manage.
 */
enum { ROBOTS = 3 * 4 * 2 };

/* Where a key is bound. */
enum place { ANYWHERE, AT_HOME, AT_FIRST, AT_SECOND, AT_AWAY, PLACES };

enum credential {
	BY_KEY,
	BY_PASSWORD,
	BY_NOTHING,
	BY_WRONG_KEY,
	BY_EXPIRED_KEY,
	BY_WRONG_PASSWORD,
	BY_NO_PAIR /* Basic, but no base64 */
};

/* What a key is bound to. */
extern const enum tenant organization_at[PLACES];
extern const enum account project_at[PLACES];

/* API keys that a path names: the first has made the second. */
enum path_key { OF_ADMIN, MADE_BY_ADMIN, PATH_KEYS = 12, NO_KEY = -1 };
enum { OF_SERVICE = -3 }; /* in place of an owner */
extern const struct path_key_facts {
	int owner;
	enum rank role;
	enum place place;
} path_keys[PATH_KEYS];

/* Invitations that a path names: to an organization, and to a project. */
enum path_invitation {
	TO_HOME,
	TO_FIRST,
	TO_AWAY,
	PATH_INVITATIONS,
	NO_INVITATION = -1
};

extern const char *const role_names[]; /* by rank, of a key */
extern const char good_password[];     /* everybody's */

/* Someone who asks; `role` of the key, 0: it has none. */
struct visitor {
	const struct person *person; /* NULL: nobody */
	enum credential by;
	enum rank role;
	enum place place;
	char label[80];
	char key_id[ULID_SIZE]; /* "": no key */
	char header[256];       /* with CR and LF; "" where there is none */
};

#endif
