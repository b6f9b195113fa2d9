/* Which organization a request is about. */
#include <string.h>

#include "walk.h"

/* --- writes --------------------------------------------------------------- */

/*
 * A write that its caller may make, but that the state of either organization
 * refuses, each with an error of its own.  The error shows which it reached.
 */
struct reach {
	const char *pattern, *body, *headers;
	enum err at[ORGANIZATIONS];
};

enum { REACHES = 3 };

/* The free licence of `away` allows one project, which is there. */
static void make_reaches(struct walk *walk, struct reach reaches[REACHES])
{
	struct world *world = &walk->world;
	const char *taken = arena_print(
	    world->mem, "{\"displayName\": \"Second %s\"}", world->mark);
	const struct reach list[REACHES] = {
		{ "/v1/organization-license",
		    arena_print(world->mem, "{\"licenseKey\": \"%s\"}",
			world->home_licence),
		    "If-Match: \"0-none\"\r\n",
		    { ERR_PRECONDITION, ERR_BAD_LICENCE } },
		{ "/v1/projects", taken, "", { ERR_NAME_IN_USE, ERR_LIMIT } },
		{ "/v1/accounts", taken, "", { ERR_NAME_IN_USE, ERR_LIMIT } },
	};

	memcpy(reaches, list, sizeof(list));
}

static void reach(struct walk *walk, const struct route *row,
    const struct reach *how, const struct visitor *caller)
{
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(row, &walk->world, targets);
	struct ask ask;

	for (size_t i = 0; i < count; i++) {
		struct expected expected = row_expected(
		    row, caller, &targets[i]);

		if (expected.err)
			continue;
		ask_begin(walk, &ask, row, caller, &targets[i]);
		strcat(ask.headers, how->headers);
		ask_body(&ask, how->body);
		(void)ask_expect(walk, &ask, how->at[expected.context], "");
	}
}

void each_write_reaches_the_organization_of_the_context(struct walk *walk)
{
	struct reach reaches[REACHES];

	make_reaches(walk, reaches);
	for (EACH_ROW(row)) {
		const struct reach *how = NULL;

		if (row->scope != SCOPE_CONTEXT || row->method == METHOD_GET)
			continue;
		for (size_t i = 0; i < REACHES; i++)
			if (strcmp(reaches[i].pattern, row->pattern) == 0)
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

/* In the path, and in each of the headers. */
static void ask_odd_ids(struct walk *walk, const struct route *row)
{
	const struct world *world = &walk->world;
	struct target target = { "an odd id", "", NULL, NULL, NO_ORGANIZATION,
		NO_ORGANIZATION, NO_PROJECT, false };
	const char *odd[ODD];
	size_t count = make_odd(walk, world->organizations[HOME], odd);

	for (size_t i = 0; i < count; i++) {
		/* web servers refuse such a path themselves */
		if (row->scope == SCOPE_NAMED && odd[i][0] == '\xff')
			continue;
		target.path = escape(walk, odd[i]);
		target.organization = row->scope == SCOPE_CONTEXT ? odd[i]
								  : NULL;
		ask_odd(walk, row, &target);
	}
	if (row->scope != SCOPE_CONTEXT)
		return;
	target.organization = NULL;
	count = make_odd(walk, world->projects[FIRST], odd);
	for (size_t i = 0; i < count; i++) {
		target.project = odd[i];
		ask_odd(walk, row, &target);
	}
}

void what_only_resembles_an_id_is_an_unknown_one(struct walk *walk)
{
	for (EACH_ROW(row))
		if (row->scope == SCOPE_NAMED || row->scope == SCOPE_CONTEXT)
			ask_odd_ids(walk, row);
}

/* --- words ---------------------------------------------------------------- */

enum kind { IN_PATH, IN_ORGANIZATION, IN_PROJECT, KINDS };

/* Where a target names its resource; KINDS: nowhere, or in two places. */
static enum kind kind_of(const struct route *row, const struct target *target)
{
	bool has_project = target->project && *target->project;
	bool has_organization = target->organization && *target->organization;

	if (row->scope == SCOPE_NAMED)
		return IN_PATH;
	if (has_project == has_organization)
		return KINDS;
	return has_project ? IN_PROJECT : IN_ORGANIZATION;
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
	const char *details[KINDS] = { NULL, NULL, NULL };
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(visit->row, &walk->world, targets);
	struct ask ask;

	for (size_t i = 0; i < count; i++) {
		enum kind kind = kind_of(visit->row, &targets[i]);
		struct expected expected = row_expected(
		    visit->row, caller, &targets[i]);

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
