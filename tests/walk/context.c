/* Which organization a request is about. */
#include <string.h>

#include "walk.h"

/* --- writes --------------------------------------------------------------- */

/*
 * A write that its caller may make, but that the state of either organization
 * refuses, each with an error of its own.  The error shows which it reached.
 */
struct reach {
	enum method method;
	const char *pattern, *body, *headers;
	enum err at[ORGANIZATIONS];
	bool is_of_project; /* away: what `at` has, if the project is usable */
	bool is_of_admin;   /* what `at` has to an admin, else it is 403 */
};

enum { REACHES = 8 };

#define STALE "If-Match: \"0-none\"\r\n"
#define MEMBER "/v1/organizations/users/{id}"

/*
 * The free licence of `away` allows one project, which is there.  A user of
 * `away` alone is no member at home, nor is a project of it one there.
 */
static void make_reaches(struct walk *walk, struct reach reaches[REACHES])
{
	struct world *world = &walk->world;
	const char *taken = arena_print(
	    world->mem, "{\"displayName\": \"Second %s\"}", world->mark);
	const char *stranger = arena_print(world->mem,
	    "{\"email\": \"stranger-%s@EXAMPLE.org\", \"role\": \"admin\","
	    " \"projects\": [{\"id\": \"%s\", \"role\": \"viewer\"}]}",
	    world->mark, world->projects[FOREIGN]);
	const struct reach list[REACHES] = {
		{ METHOD_PUT, "/v1/organization-license",
		    arena_print(world->mem, "{\"licenseKey\": \"%s\"}",
			world->home_licence),
		    STALE, { ERR_PRECONDITION, ERR_BAD_LICENCE }, false,
		    false },
		{ METHOD_POST, "/v1/projects", taken, "",
		    { ERR_NAME_IN_USE, ERR_LIMIT }, false, false },
		{ METHOD_POST, "/v1/accounts", taken, "",
		    { ERR_NAME_IN_USE, ERR_LIMIT }, false, false },
		{ METHOD_PATCH, MEMBER, "{\"role\": \"user\"}", STALE,
		    { ERR_NO_RESOURCE, ERR_PRECONDITION }, false, false },
		{ METHOD_DELETE, MEMBER, NULL, STALE,
		    { ERR_NO_RESOURCE, ERR_PRECONDITION }, false, false },
		{ METHOD_POST, "/v1/api-keys",
		    arena_print(world->mem,
			"{\"description\": \"Walked\", \"projectId\": \"%s\"}",
			world->projects[FOREIGN]),
		    STALE, { ERR_NO_RESOURCE, ERR_PRECONDITION }, true, false },
		{ METHOD_POST, "/v1/invitations", stranger, "",
		    { ERR_NO_RESOURCE, ERR_ALREADY_A_MEMBER }, false, true },
		{ METHOD_POST, "/v1/organizations/users", stranger, "",
		    { ERR_NO_RESOURCE, ERR_ALREADY_A_MEMBER }, false, true },
	};

	memcpy(reaches, list, sizeof(list));
}

static enum err reached(const struct reach *how, const struct visitor *caller,
    enum tenant organization)
{
	if (caller->person->is_service &&
	    strcmp(how->pattern, "/v1/api-keys") == 0)
		return ERR_FORBIDDEN; /* it makes no keys */
	if (how->is_of_admin &&
	    rank_in_organization(caller, organization) != ADMIN)
		return ERR_FORBIDDEN;
	return how->is_of_project && rank_in_project(caller, FOREIGN) == NOTHING
	    ? ERR_NO_RESOURCE
	    : how->at[organization];
}

static void reach(struct walk *walk, const struct route *row,
    const struct reach *how, const struct visitor *caller)
{
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(row, &walk->world, targets);
	struct ask ask;

	for (size_t i = 0; i < count; i++) {
		struct expected expected = row_permitted(
		    row, caller, &targets[i]);

		if (expected.err)
			continue;
		targets[i].path = walk->world.users[ADMIN_OF_AWAY];
		ask_begin(walk, &ask, row, caller, &targets[i]);
		strcat(ask.headers, how->headers);
		ask_body(&ask, how->body);
		(void)ask_expect(
		    walk, &ask, reached(how, caller, expected.context), "");
	}
}

void each_write_reaches_the_organization_of_the_context(struct walk *walk)
{
	struct reach reaches[REACHES];

	make_reaches(walk, reaches);
	for (EACH_ROW(row)) {
		const struct reach *how = NULL;

		if (row->scope != SCOPE_CONTEXT || !row_writes(row))
			continue;
		for (size_t i = 0; i < REACHES; i++)
			if (reaches[i].method == row->method &&
			    strcmp(reaches[i].pattern, row->pattern) == 0)
				how = &reaches[i];
		if (how == NULL)
			walk_finding(walk, row->pattern,
			    "nothing shows which organization it reaches");
		for (size_t i = 0; how != NULL && i < CALLERS;
		     i += walk->world.stride)
			if (is_known(&walk->world.callers[i]))
				reach(walk, row, how, &walk->world.callers[i]);
	}
}

/* --- ids ------------------------------------------------------------------ */

enum { ODD = 20, LONG = 3000 };

/* Texts that are nearly `id`, and some that are nothing like it. */
static size_t make_odd(struct walk *walk, const char *id, const char *odd[ODD])
{
	struct arena *mem = &walk->mem;
	char *lower = arena_text(mem, id),
	     *longest = arena_alloc(mem, LONG + 1);
	const char *list[] = {
		/* only in a path: a header is trimmed */
		arena_print(mem, "%s ", id),
		arena_print(mem, "%s0", id),
		arena_print(mem, "%.25s", id),
		lower,
		arena_print(mem, "%s, %s", id, id),
		arena_print(mem, "%s %s", id, id),
		arena_print(mem, "%s\xc3\xa9", id),
		arena_print(mem, "x%s", id),
		longest,
		"' OR '1'='1",
		"%",
		"_",
		"null",
		"-",
		"*",
		"\xff\xfe",
		"\xe6\xbc\xa2",
		walk->world.mark,
	};

	for (char *at = lower; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	memset(longest, 'x', LONG);
	memcpy(odd, list, sizeof(list));
	return sizeof(list) / sizeof(list[0]);
}

static const char *escape(struct walk *walk, const char *text)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *path = "";

	if (strlen(text) == LONG)
		return text;
	for (; *text != '\0'; text++)
		path = arena_print(&walk->mem,
		    strchr(bare, *text) != NULL ? "%s%c" : "%s%%%02X", path,
		    (unsigned char)*text);
	return path;
}

static void ask_odd(
    struct walk *walk, const struct route *row, const struct target *target)
{
	struct visitor admin = world_caller(
	    &walk->world, ADMIN_OF_HOME, BY_KEY);
	struct visitor bound = world_caller_by_key(
	    &walk->world, ADMIN_OF_HOME, NOTHING, AT_HOME);
	const struct visitor *const callers[] = { &admin, &bound };
	struct visit visit = visit_of(walk, row);
	struct ask ask;

	for (size_t i = 0; i < 2; i++) {
		struct expected expected = row_expected(
		    row, callers[i], target);

		ask_begin(walk, &ask, row, callers[i], target);
		ask_body(&ask, visit.right);
		(void)ask_expect(walk, &ask, expected.err, expected.words);
	}
}

static const char *id_in_path(
    const struct world *world, const struct route *row)
{
	switch (row->scope) {
	case SCOPE_NAMED:
		return world->organizations[HOME];
	case SCOPE_PROJECT:
		return world->projects[FIRST];
	case SCOPE_KEY:
		return world->keys[MADE_BY_ADMIN];
	case SCOPE_INVITATION:
		return world->invitations[TO_FIRST];
	default:
		return NULL;
	}
}

/* Of each odd id in turn; `at` is where the target has it. */
static void ask_odd_path(struct walk *walk, const struct route *row,
    const char *id, struct target *target, const char **at)
{
	const char *odd[ODD];
	size_t count = make_odd(walk, id, odd);

	for (size_t i = 0; i < count; i++) {
		/* web servers refuse such a path themselves */
		if (odd[i][0] == '\xff')
			continue;
		*at = escape(walk, odd[i]);
		ask_odd(walk, row, target);
	}
}

static void ask_odd_headers(struct walk *walk, const struct route *row)
{
	const struct world *world = &walk->world;
	struct target target = target_of("an odd id in a header");
	const char *odd[ODD];
	size_t count = make_odd(walk, world->organizations[HOME], odd);

	target.path = "me";
	target.member = MYSELF;
	if (row->scope == SCOPE_CURRENT) {
		target.second = world->users[PROJECT_ADMIN];
		target.member = PROJECT_ADMIN;
	}
	for (size_t i = 1; i < count; i++) {
		target.organization = odd[i];
		ask_odd(walk, row, &target);
	}
	target.organization = NULL;
	count = make_odd(walk, world->projects[FIRST], odd);
	for (size_t i = 1; i < count; i++) {
		target.project = odd[i];
		ask_odd(walk, row, &target);
	}
}

/* In the path, and in each of the headers. */
static void ask_odd_ids(struct walk *walk, const struct route *row)
{
	const struct world *world = &walk->world;
	struct target target = target_of("an odd id"), targets[TARGETS_MAX];

	target.second = world->users[PROJECT_ADMIN];
	target.member = PROJECT_ADMIN;
	if (id_in_path(world, row) != NULL)
		ask_odd_path(
		    walk, row, id_in_path(world, row), &target, &target.path);
	else
		ask_odd_headers(walk, row);
	if (!row_names_member(row))
		return;
	(void)row_targets(row, world, targets);
	targets[0].member = NOBODY;
	targets[0].label = "an odd member";
	ask_odd_path(walk, row, world->users[PROJECT_ADMIN], &targets[0],
	    row->scope == SCOPE_CONTEXT ? &targets[0].path
					: &targets[0].second);
}

void what_only_resembles_an_id_is_an_unknown_one(struct walk *walk)
{
	for (EACH_ROW(row))
		if (row->scope != SCOPE_PUBLIC && row->scope != SCOPE_SELF)
			ask_odd_ids(walk, row);
}

/* --- words ---------------------------------------------------------------- */

enum kind { IN_PATH, IN_ORGANIZATION, IN_PROJECT, BEHIND, KINDS };

/*
 * Where the target names what is refused; KINDS: in two places.  What is
 * refused for a role has words of its own.
 */
static enum kind kind_of(const struct route *row, const struct target *target,
    const struct expected *expected)
{
	bool has_project = target->project && *target->project;
	bool has_organization = target->organization && *target->organization;

	if (expected->err == ERR_NOT_FOR_KEYS)
		return KINDS;
	if (expected->is_of_row)
		return expected->err == ERR_NO_RESOURCE ? BEHIND : KINDS;
	if (has_project && has_organization)
		return KINDS;
	if (has_project || has_organization) {
		if (strcmp(expected->words, not_yours) != 0)
			return KINDS;
		return has_project ? IN_PROJECT : IN_ORGANIZATION;
	}
	return row->scope == SCOPE_CONTEXT || row->scope == SCOPE_CURRENT
	    ? KINDS
	    : IN_PATH;
}

/* The problem's detail up to the first quote. */
static const char *detail_of(struct walk *walk, const struct ask *ask)
{
	static const char name[] = "\"detail\":\"";
	const char *at = strstr(ask->answer.body, name);

	if (at == NULL)
		return "";
	at += sizeof(name) - 1;
	return arena_copy(&walk->mem, at, strcspn(at, "\"") + 1);
}

static void compare_details(
    struct walk *walk, const struct visit *visit, const struct visitor *caller)
{
	const char *details[KINDS] = { NULL };
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(visit->row, &walk->world, targets);
	struct ask ask;

	for (size_t i = 0; i < count; i++) {
		struct expected expected = row_expected(
		    visit->row, caller, &targets[i]);
		enum kind kind = kind_of(visit->row, &targets[i], &expected);

		if (expected.err == ERR_NONE || kind == KINDS)
			continue;
		ask_begin(walk, &ask, visit->row, caller, &targets[i]);
		ask_body(&ask, visit->right);
		if (!ask_expect(walk, &ask, expected.err, expected.words))
			continue;
		if (details[kind] == NULL)
			details[kind] = detail_of(walk, &ask);
		else if (strcmp(details[kind], detail_of(walk, &ask)) != 0)
			ask_wrong(walk, &ask, "has other words than: %s",
			    details[kind]);
	}
}

void a_foreign_id_has_the_words_of_an_unknown_one(struct walk *walk)
{
	struct visitor admin = world_caller(
	    &walk->world, ADMIN_OF_HOME, BY_KEY);
	struct visitor bound = world_caller_by_key(
	    &walk->world, ADMIN_OF_HOME, NOTHING, AT_HOME);

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		compare_details(walk, &visit, &admin);
		compare_details(walk, &visit, &bound);
	}
}
