/* Who may do what. */
#include <stdio.h>
#include <string.h>

#include "walk.h"

/* --- the matrix ----------------------------------------------------------- */

void visit_once(struct walk *walk, const struct visit *visit,
    const struct visitor *caller, const struct target *target)
{
	const struct route *row = visit->row;
	struct expected expected = row_expected(row, caller, target);
	struct ask ask;

	ask_begin(walk, &ask, row, caller, target);
	if (expected.err == ERR_NONE) {
		strcat(ask.headers, visit->headers);
		ask_body(&ask, visit->body);
		if (ask_expect(walk, &ask, visit->harmless, "") &&
		    visit->harmless == ERR_NONE)
			ask_check_shown(walk, &ask, expected.context);
		return;
	}
	ask_body(&ask, visit->right);
	(void)ask_expect(walk, &ask, expected.err, expected.words);
	if (row->body == NULL || !target->is_asked_twice ||
	    err_info(expected.err)->status == 409)
		return;
	/* the right comes before the body */
	ask_begin(walk, &ask, row, caller, target);
	ask_body(&ask, row_is_named_by_body(row) ? visit->body : "[]");
	(void)ask_expect(walk, &ask, expected.err, expected.words);
}

/* Disabled users are in the walk of credentials. */
static bool is_walked(const struct visitor *caller)
{
	return !caller->person->is_disabled;
}

/*
 * With the rarer targets half of the callers are tried, and of the keys with a
 * role an eighth, of each person others: neither number divides those that a
 * person has.  So every caller and every target is walked, but not every pair
 * of them.
 */
static bool is_pair(
    size_t caller, size_t target, const struct visitor *who, const char *path)
{
	size_t every = who->role == NOTHING ? 2 : 8;

	return target < 3 || (caller + target) % every == 0 ||
	    (who->by == BY_KEY && strcmp(who->key_id, path) == 0);
}

/*
 * A public row is asked with one key of each person, and one that does what
 * another does by every eighth caller.
 */
static size_t stride_of(const struct walk *walk, const struct route *row)
{
	if (row_is_public(row))
		return KEYS + 1;
	return row_is_alias(row) ? 8 * walk->world.stride : walk->world.stride;
}

static void ask_each_target(
    struct walk *walk, const struct visit *visit, size_t i)
{
	const struct visitor *caller = &walk->world.callers[i];
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(visit->row, &walk->world, targets);

	for (size_t k = 0; k < count; k++)
		if (is_pair(i, k, caller, targets[k].path))
			visit_once(walk, visit, caller, &targets[k]);
}

void every_caller_has_the_least_of_both_roles_on_every_route(struct walk *walk)
{
	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		for (size_t i = 0; i < CALLERS; i += stride_of(walk, row))
			if (is_walked(&walk->world.callers[i]))
				ask_each_target(walk, &visit, i);
	}
}

/* --- lists ---------------------------------------------------------------- */

static const struct list {
	const char *pattern;
	bool has_projects;
} lists[] = {
	{ "/v1/organizations", false },
	{ "/v1/organizations/accounts/all", true },
	{ "/v1/organizations/projects/all", true },
};

static const struct route *row_of(const char *pattern)
{
	const struct route *row = row_after(NULL);

	while (row != NULL &&
	    (row->method != METHOD_GET || strcmp(row->pattern, pattern) != 0))
		row = row_after(row);
	return row;
}

static void check_list(
    struct walk *walk, const struct ask *ask, const struct list *list)
{
	const struct world *world = &walk->world;

	for (int i = 0; i < ORGANIZATIONS; i++) {
		bool is_there = is_member(ask->caller, (enum tenant)i);

		if (ask_shows(ask, world->organizations[i]) != is_there)
			ask_wrong(walk, ask, "organization %d is %sthere", i,
			    is_there ? "not " : "");
	}
	for (int i = 0; i < PROJECTS; i++) {
		enum rank rank = list->has_projects &&
			is_member(ask->caller, organization_of[i])
		    ? rank_in_project(ask->caller, (enum account)i)
		    : NOTHING;

		if (ask_shows(ask, world->projects[i]) != (rank != NOTHING))
			ask_wrong(walk, ask, "project %d is %sthere", i,
			    rank != NOTHING ? "not " : "");
		if (ask_shows(ask, world->secrets[i]) != (rank == ADMIN))
			ask_wrong(walk, ask, "the secret of %d is %sshown", i,
			    rank == ADMIN ? "not " : "");
	}
}

void lists_show_what_the_caller_belongs_to_and_no_more(struct walk *walk)
{
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		const struct route *row = row_of(lists[k].pattern);
		struct target targets[TARGETS_MAX];
		struct ask ask;

		if (row == NULL) {
			walk_finding(walk, lists[k].pattern, "is not there");
			continue;
		}
		(void)row_targets(row, &walk->world, targets);
		for (size_t i = 0; i < CALLERS; i += walk->world.stride) {
			const struct visitor *caller = &walk->world.callers[i];

			if (!is_known(caller))
				continue;
			ask_begin(walk, &ask, row, caller, targets);
			if (ask_expect(walk, &ask, ERR_NONE, ""))
				check_list(walk, &ask, &lists[k]);
		}
		arena_reset(&walk->mem);
	}
}

/* --- credentials ---------------------------------------------------------- */

/* Each failure of a password makes the next wait. */
static void forget_failures(struct walk *walk, const struct visitor *caller)
{
	if (caller->by == BY_WRONG_PASSWORD || caller->by == BY_PASSWORD)
		world_script(&walk->world, "DELETE FROM login_failures");
}

static void be_unknown(
    struct walk *walk, const struct visit *visit, const struct visitor *caller)
{
	const struct route *row = visit->row;
	struct target targets[TARGETS_MAX];
	size_t count = row_targets(row, &walk->world, targets);
	bool costs_a_hash = caller->by == BY_WRONG_PASSWORD ||
	    caller->by == BY_PASSWORD;
	struct ask ask;

	if (costs_a_hash && row_is_alias(row))
		return;
	if (costs_a_hash || walk->world.stride > 1)
		count = 1;
	for (size_t i = 0; i < count; i++) {
		forget_failures(walk, caller);
		visit_once(walk, visit, caller, &targets[i]);
		if (costs_a_hash || row->method != METHOD_GET ||
		    row_is_public(row))
			continue;
		ask_begin(walk, &ask, row, caller, &targets[i]);
		ask_header(&ask, "If-None-Match: *");
		(void)ask_expect(walk, &ask, ERR_UNAUTHENTICATED, "");
	}
}

void without_a_good_credential_all_but_the_public_is_401(struct walk *walk)
{
	const struct visitor unknown[] = {
		world_caller(&walk->world, ADMIN_OF_HOME, BY_NOTHING),
		world_caller(&walk->world, ADMIN_OF_HOME, BY_WRONG_KEY),
		world_caller(&walk->world, ADMIN_OF_HOME, BY_EXPIRED_KEY),
		world_caller(&walk->world, ADMIN_OF_HOME, BY_NO_PAIR),
		world_caller(&walk->world, ADMIN_OF_HOME, BY_WRONG_PASSWORD),
		world_caller(&walk->world, PEOPLE - 1, BY_KEY),
		world_caller(&walk->world, PEOPLE - 1, BY_PASSWORD),
	};

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]);
		     i++)
			be_unknown(walk, &visit, &unknown[i]);
		arena_reset(&walk->mem);
	}
	world_script(&walk->world, "DELETE FROM login_failures");
}

/* --- other sites ---------------------------------------------------------- */

void a_password_from_another_site_changes_nothing(struct walk *walk)
{
	static const char *const signs[] = { "Sec-Fetch-Site: cross-site",
		"Sec-Fetch-Site: same-site",
		"Origin: https://elsewhere.example" };
	struct target targets[TARGETS_MAX];
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);
		struct visitor key = row_caller(row, &walk->world);
		struct visitor login = world_caller(
		    &walk->world, (int)(key.person - people), BY_PASSWORD);

		if (row->method == METHOD_GET)
			continue;
		/* which has no credential: tests/api/sessions.bats */
		if (row->flags & ROUTE_SIGNS_IN)
			continue;
		(void)row_targets(row, &walk->world, targets);
		for (size_t i = 0; i < 3; i++) {
			ask_begin(walk, &ask, row, &login, targets);
			ask_header(&ask, "%s", signs[i]);
			ask_body(&ask, visit.right);
			(void)ask_expect(walk, &ask, ERR_CROSS_SITE, "");
			if (key.by != BY_KEY)
				continue;
			/* no browser adds a key by itself */
			if (row->need == NEED_PERSON)
				continue;
			ask_begin(walk, &ask, row, &key, targets);
			ask_header(&ask, "%s", signs[i]);
			strcat(ask.headers, visit.headers);
			ask_body(&ask, visit.body);
			(void)ask_expect(walk, &ask, visit.harmless, "");
		}
		arena_reset(&walk->mem);
	}
}
