#include "world.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "edge/crypto.h"
#include "model/key_text.h"

const char good_password[] = "walk along the table";

const enum tenant organization_of[PROJECTS] = { HOME, HOME, AWAY };

const enum tenant organization_at[PLACES] = { NO_ORGANIZATION, HOME, HOME, HOME,
	AWAY };
const enum account project_at[PLACES] = { NO_PROJECT, NO_PROJECT, FIRST, SECOND,
	NO_PROJECT };

const struct path_key_facts path_keys[PATH_KEYS] = {
	{ ADMIN_OF_HOME, NOTHING, ANYWHERE },
	{ ADMIN_OF_HOME, NOTHING, AT_HOME }, /* not a caller's: it was made */
	{ ADMIN_OF_HOME, USER, AT_HOME },
	{ PLAIN_USER, NOTHING, AT_HOME },
	{ PLAIN_USER, NOTHING, ANYWHERE },
	{ PROJECT_ADMIN, NOTHING, AT_FIRST },
	{ ADMIN_OF_AWAY, NOTHING, AT_AWAY },
	{ ADMIN_OF_AWAY, NOTHING, ANYWHERE },
	{ ADMIN_OF_BOTH, ADMIN, AT_AWAY },
	{ SYSTEM_ADMIN, NOTHING, AT_HOME },
	{ OF_SERVICE, ADMIN, AT_HOME },
	{ OF_SERVICE, VIEWER, AT_FIRST },
};

#define ORGANIZATION_ROLES(home_, away_) .in = { home_, away_ }
#define PROJECT_ROLES(first_, second_) .of = { first_, second_, NOTHING }

/* The first three make the world. */
const struct person people[PEOPLE] = {
	{ "admin", ORGANIZATION_ROLES(ADMIN, NOTHING), .active = NO_PROJECT },
	{ "stranger", ORGANIZATION_ROLES(NOTHING, ADMIN),
	    .active = NO_PROJECT },
	{ "system", .is_system_admin = true, .active = NO_PROJECT },
	{ "user", ORGANIZATION_ROLES(USER, NOTHING), .active = NO_PROJECT },
	{ "project-admin", ORGANIZATION_ROLES(USER, NOTHING),
	    PROJECT_ROLES(ADMIN, NOTHING), .active = NO_PROJECT },
	{ "project-user", ORGANIZATION_ROLES(USER, NOTHING),
	    PROJECT_ROLES(NOTHING, USER), .active = NO_PROJECT },
	{ "viewer", ORGANIZATION_ROLES(USER, NOTHING),
	    PROJECT_ROLES(VIEWER, NOTHING), .active = NO_PROJECT },
	{ "system-member", ORGANIZATION_ROLES(USER, NOTHING),
	    .is_system_admin = true, .active = NO_PROJECT },
	{ "alone", .active = NO_PROJECT },
	{ "admin-of-both", ORGANIZATION_ROLES(ADMIN, ADMIN),
	    .active = NO_PROJECT },
	{ "active-at-home", ORGANIZATION_ROLES(ADMIN, USER), .active = SECOND },
	{ "active-away", ORGANIZATION_ROLES(ADMIN, USER), .active = FOREIGN },
	/* an active project counts for nothing where its user is no member */
	{ "left", ORGANIZATION_ROLES(ADMIN, NOTHING), .active = FOREIGN },
	{ "disabled", ORGANIZATION_ROLES(ADMIN, NOTHING), .is_disabled = true,
	    .active = NO_PROJECT },
};

const char *const role_names[] = { "none", "viewer", "user", "admin" };
static const char *const place_names[PLACES] = { "anywhere", "home", "first",
	"second", "away" };

/* A new key, which its fifth character says to be of an organization. */
static const char *service_key(
    const struct world *world, const struct visitor *caller)
{
	const char *seed = arena_print(
	    world->mem, "%s %s", world->mark, caller->label);
	char random[CRYPTO_SHA256_HEX_SIZE];
	char *key = arena_alloc(world->mem, KEY_TEXT_SIZE);

	crypto_sha256_hex(seed, strlen(seed), random);
	key_text_make(KEY_TEXT_SERVICE, random, key);
	return key;
}

const char *visitor_key(const struct world *world, const struct visitor *caller)
{
	if (caller->person->is_service)
		return service_key(world, caller);
	return arena_print(world->mem, "tny_%s.%s.%s.%s", world->mark,
	    caller->person->name,
	    caller->by == BY_EXPIRED_KEY ? "expired" : role_names[caller->role],
	    place_names[caller->place]);
}

/* Base64 with padding, from that of URLs, which has none. */
static const char *encode(struct arena *mem, const char *text)
{
	char *coded = crypto_base64url(mem, text, strlen(text));

	for (char *at = coded; *at != '\0'; at++)
		*at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
	return arena_print(
	    mem, "%s%.*s", coded, (int)(3 - strlen(text) % 3) % 3, "==");
}

static void present_password(
    const struct world *world, struct visitor *caller, const char *secret)
{
	snprintf(caller->header, sizeof(caller->header),
	    "Authorization: Basic %s\r\n",
	    encode(world->mem,
		arena_print(world->mem, "%s-%s@example.org:%s",
		    caller->person->name, world->mark, secret)));
}

/* The id is the beginning of the key's digest (world.c). */
static void find_key_id(const struct world *world, struct visitor *caller)
{
	const char *key = visitor_key(world, caller);
	char digest[CRYPTO_SHA256_HEX_SIZE];

	crypto_sha256_hex(key, strlen(key), digest);
	for (int i = 0; i < ULID_SIZE - 1; i++)
		caller->key_id[i] = (char)toupper((unsigned char)digest[i]);
	caller->key_id[ULID_SIZE - 1] = '\0';
}

static void present(const struct world *world, struct visitor *caller)
{
	if (caller->by == BY_KEY)
		find_key_id(world, caller);
	switch (caller->by) {
	case BY_KEY:
	case BY_EXPIRED_KEY:
		snprintf(caller->header, sizeof(caller->header),
		    "X-Api-Key: %s\r\n", visitor_key(world, caller));
		break;
	case BY_PASSWORD:
		present_password(world, caller, good_password);
		break;
	case BY_WRONG_PASSWORD:
		present_password(world, caller, "another one");
		break;
	case BY_WRONG_KEY:
		strcpy(caller->header, "X-Api-Key: tny_wrong\r\n");
		break;
	case BY_NO_PAIR:
		strcpy(caller->header, "Authorization: Basic ?\r\n");
		break;
	case BY_NOTHING:
		caller->header[0] = '\0';
		break;
	}
}

struct visitor world_caller(
    const struct world *world, int person, enum credential by)
{
	static const char *const names[] = { "key", "password", "nothing",
		"wrong key", "expired key", "wrong password", "broken Basic" };
	struct visitor caller = { .person = &people[person], .by = by };

	snprintf(caller.label, sizeof(caller.label), "%s by %s",
	    people[person].name, names[by]);
	present(world, &caller);
	return caller;
}

bool is_known(const struct visitor *caller)
{
	return (caller->by == BY_KEY || caller->by == BY_PASSWORD) &&
	    !caller->person->is_disabled;
}

struct visitor world_caller_by_key(
    const struct world *world, int person, enum rank role, enum place place)
{
	struct visitor caller = {
		.person = &people[person], .role = role, .place = place
	};

	snprintf(caller.label, sizeof(caller.label), "%s, key %s %s",
	    people[person].name, role_names[role], place_names[place]);
	present(world, &caller);
	return caller;
}

/* Its own role is its membership: in its organization, and its projects. */
static void make_robot(struct person *robot, enum rank role, enum place place)
{
	enum tenant organization = organization_at[place];

	*robot = (struct person){ .name = "service", .active = NO_PROJECT };
	robot->is_service = true;
	robot->in[organization] = role;
	for (int i = 0; i < PROJECTS; i++)
		if (organization_of[i] == organization &&
		    (project_at[place] == NO_PROJECT ||
			project_at[place] == (enum account)i))
			robot->of[i] = role;
}

struct visitor world_robot(
    struct world *world, enum rank role, enum place place, bool can_manage)
{
	size_t i = ((size_t)(role - VIEWER) * (PLACES - 1) +
		       (size_t)(place - AT_HOME)) *
		2 +
	    can_manage;
	struct person *robot = &world->robots[i];
	struct visitor caller = {
		.person = robot, .role = role, .place = place
	};

	make_robot(robot, role, place);
	robot->can_manage = can_manage;
	snprintf(caller.label, sizeof(caller.label), "service key %s %s%s",
	    role_names[role], place_names[place],
	    can_manage ? " that may manage" : "");
	present(world, &caller);
	return caller;
}
