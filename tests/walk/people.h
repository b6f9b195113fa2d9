/*
 * The people, organizations, projects and keys of the walk: as facts, which the
 * right answers are computed from, and as rows in the instance's database.
 */
#ifndef TENANTRY_TESTS_WALK_PEOPLE_H
#define TENANTRY_TESTS_WALK_PEOPLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/ulid.h"
#include "client.h"
#include "edge/config.h"
#include "edge/db.h"

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
	enum account active;
};

enum { PEOPLE = 14, ADMIN_OF_HOME = 0, ADMIN_OF_AWAY = 1, SYSTEM_ADMIN = 2 };
extern const struct person people[PEOPLE];

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

extern const char *const role_names[]; /* by rank, of a key */
extern const char good_password[];     /* everybody's */

/* Someone who asks; `role` of the key, 0: it has none. */
struct visitor {
	const struct person *person; /* NULL: nobody */
	enum credential by;
	enum rank role;
	enum place place;
	char label[80];
	char header[160]; /* with CR and LF; "" where there is none */
};

/* Every person with every key and the password. */
enum { ROLES = 4, KEYS = ROLES * PLACES, CALLERS = PEOPLE * (KEYS + 1) };

struct world {
	struct config config;
	struct arena *mem;
	struct db *db; /* of the account that may do all */
	struct client client;
	char mark[ULID_SIZE]; /* stands in every name, no other test has it */
	char users[PEOPLE][ULID_SIZE];
	char organizations[ORGANIZATIONS][ULID_SIZE];
	char slugs[ORGANIZATIONS][64];
	char projects[PROJECTS][ULID_SIZE];
	char secrets[PROJECTS][ULID_SIZE];
	const char *licence;      /* a key that may be installed */
	const char *home_licence; /* that home alone may install */
	struct visitor callers[CALLERS];
	unsigned stride; /* the walk takes every so many of them */
};

/* False, after TAP's Bail out!, if it cannot be made. */
bool world_make(struct world *world);
void world_remove(struct world *world);

/* A caller with a credential of another kind, for one of `people`. */
struct visitor world_caller(
    const struct world *world, int person, enum credential by);

/* The same with a key of that role, bound there. */
struct visitor world_caller_by_key(
    const struct world *world, int person, enum rank role, enum place place);

/* The caller's key, as the header has it. */
const char *visitor_key(
    const struct world *world, const struct visitor *caller);

/* Whether the caller has a credential that is good. */
bool is_known(const struct visitor *caller);

/* Runs SQL, as the account that may do all; ends the walk where it fails. */
void world_script(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One text from the database. */
void world_text(struct world *world, char *out, size_t size, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* A text that changes with any row of any table but that of bad passwords. */
const char *world_sums(struct world *world);

#endif
