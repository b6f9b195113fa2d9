/*
 * The people and their organizations, projects and keys as rows in the
 * instance's database, and the callers with their credentials.
 */
#ifndef TENANTRY_TESTS_WALK_WORLD_H
#define TENANTRY_TESTS_WALK_WORLD_H

#include "base/arena.h"
#include "client.h"
#include "edge/config.h"
#include "edge/db.h"
#include "people.h"

/* Every person with every key and the password, and the service keys. */
enum {
	ROLES = 4,
	KEYS = ROLES * PLACES,
	CALLERS = PEOPLE * (KEYS + 1) + ROBOTS
};

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
	char project_slug[64]; /* of the first one */
	char keys[PATH_KEYS][ULID_SIZE];
	char invitations[PATH_INVITATIONS][ULID_SIZE];
	const char *licence;      /* a key that may be installed */
	const char *home_licence; /* that home alone may install */
	struct person robots[ROBOTS];
	struct visitor callers[CALLERS];
	unsigned stride; /* the walk takes every so many of them */
	bool has_rules;  /* mod_security stands before the program */
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

/* The service key of that role, bound there. */
struct visitor world_robot(
    struct world *world, enum rank role, enum place place, bool can_manage);

/* The caller's key, as the header has it. */
const char *visitor_key(
    const struct world *world, const struct visitor *caller);

/* Whether the caller has a credential that is good. */
bool is_known(const struct visitor *caller);

/* A method that those rules refuse: it goes as a POST that overrides it. */
bool world_holds_back(const struct world *world, const char *method);

/* By its admin and by request. */
void world_delete_home(struct world *world);

/* Runs SQL, as the account that may do all; ends the walk where it fails. */
void world_script(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One text from the database. */
void world_text(struct world *world, char *out, size_t size, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* A text that changes with any row of any table but that of bad passwords. */
const char *world_sums(struct world *world);

#endif
