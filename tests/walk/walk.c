/*
 * The walk: each row of the program's own route table with each kind of caller
 * and with own, foreign and unknown ids, over HTTP, on the instance whose
 * TENANTRY_URL and TENANTRY_CONF are in the environment.  Speaks TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "walk.h"

#define WALK(function_) \
	{ \
#function_, function_ \
	}

static const struct {
	const char *name;
	void (*run)(struct walk *walk);
} walks[] = {
	WALK(every_caller_has_the_least_of_both_roles_on_every_route),
	WALK(lists_show_what_the_caller_belongs_to_and_no_more),
	WALK(each_write_reaches_the_organization_of_the_context),
	WALK(what_only_resembles_an_id_is_an_unknown_one),
	WALK(a_foreign_id_has_the_words_of_an_unknown_one),
	WALK(without_a_good_credential_all_but_the_public_is_401),
	WALK(a_password_from_another_site_changes_nothing),
	WALK(a_session_does_what_its_person_may),
	WALK(an_old_password_is_asked_for_where_the_rows_say_it),
	WALK(a_method_that_a_path_has_not_is_405_with_those_it_has),
	WALK(options_lists_the_methods_of_each_path),
	WALK(a_path_below_another_is_404_for_everybody),
	WALK(head_has_the_status_and_headers_of_get),
	WALK(the_checks_come_in_their_order),
	WALK(a_body_that_the_table_does_not_allow_is_400),
	WALK(a_parameter_that_the_table_does_not_take_is_400),
	WALK(each_write_takes_a_key_and_narrows_by_what_is_there),
	WALK(accept_rules_out_what_a_route_does_not_have),
	WALK(a_write_takes_a_key_and_a_version_and_other_routes_do_not),
	WALK(a_replay_shows_what_its_caller_may_see_by_now),
	WALK(a_write_tells_an_admin_the_state_of_the_licence),
	WALK(a_read_has_its_preconditions),
};

enum { WALKS = sizeof(walks) / sizeof(walks[0]) };

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static bool run(struct walk *walk, size_t i)
{
	unsigned before = walk->world.client.requests;
	const char *filter = getenv("TEST_FILTER");
	double start = now();

	if (filter != NULL && strstr(walks[i].name, filter) == NULL) {
		printf("ok %zu - %s # SKIP\n", i + 1, walks[i].name);
		return true;
	}
	walk->findings = walk->shown = walk->of_a_kind = 0;
	walks[i].run(walk);
	if (walk->findings > 0)
		printf("# %u findings\n", walk->findings);
	printf("%sok %zu - %s\n# %u requests, %.1f s\n",
	    walk->findings > 0 ? "not " : "", i + 1, walks[i].name,
	    walk->world.client.requests - before, now() - start);
	arena_reset(&walk->mem);
	return walk->findings == 0;
}

static bool compare(const char *before, const char *after)
{
	bool is_same = strcmp(before, after) == 0;

	printf("%sok %d - nothing_was_changed_on_the_way\n",
	    is_same ? "" : "not ", WALKS + 1);
	if (!is_same)
		printf("# before: %s\n# after: %s\n", before, after);
	return is_same;
}

/* To end all sessions raises a number, if there are any or none. */
static void forget_sessions(struct walk *walk)
{
	world_script(&walk->world,
	    "UPDATE users SET session_epoch = 0; DELETE FROM sessions");
}

int main(void)
{
	static struct walk walk;
	const char *before;
	const char *server = getenv("HOST_SERVER");
	bool is_good = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	arena_init(&walk.mem);
	walk.is_apache = server && strcmp(server, "apache") == 0;
	if (!world_make(&walk.world))
		return 1;
	printf("1..%d\n", WALKS + 1);
	forget_sessions(&walk);
	before = world_sums(&walk.world);
	for (size_t i = 0; i < WALKS; i++)
		is_good = run(&walk, i) && is_good;
	forget_sessions(&walk);
	is_good = compare(before, world_sums(&walk.world)) && is_good;
	printf("# %u requests, %u connections\n", walk.world.client.requests,
	    walk.world.client.connections);
	world_remove(&walk.world);
	arena_release(&walk.mem);
	return is_good ? 0 : 1;
}
