/* What a read of one organization shows: this one, and not the other. */
#include <string.h>

#include "ask.h"

/* Whether the answer shows something that this organization alone has. */
static bool shows_own(
    const struct walk *walk, const struct ask *ask, enum tenant organization)
{
	const struct world *world = &walk->world;

	if (ask_shows(ask, world->organizations[organization]))
		return true;
	for (int i = 0; i < PROJECTS; i++)
		if (organization_of[i] == organization &&
		    ask_shows(ask, world->projects[i]))
			return true;
	for (int i = 0; i < PEOPLE; i++)
		if (people[i].in[organization] != NOTHING &&
		    people[i].in[!organization] == NOTHING &&
		    ask_shows(ask, world->users[i]))
			return true;
	return false;
}

/* Of the organization, those of its projects too. */
static unsigned count_robots(
    const struct world *world, enum tenant organization)
{
	unsigned count = 0;

	for (int i = 0; i < ROBOTS; i++)
		count += world->robots[i].in[organization] != NOTHING;
	return count;
}

/* Its own keys, or as an admin all of the organization. */
static void check_keys(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	const struct visitor *caller = ask->caller;
	const char *other = walk->world.organizations[!organization];
	bool is_admin = rank_in_organization(caller, organization) == ADMIN;
	bool is_of_project = project_at[caller->place] != NO_PROJECT;
	unsigned right = organization == HOME && !is_of_project ? 3 * ROLES
								: ROLES;

	if (caller->person->is_service && !is_admin)
		right = 0;
	else if (is_admin)
		right = right * PEOPLE +
		    count_robots(&walk->world, organization);
	/* and the one that another has made */
	if (organization == HOME && !is_of_project &&
	    (is_admin || caller->person == &people[ADMIN_OF_HOME]))
		right++;
	if (ask_check_keys(walk, ask) != right)
		ask_wrong(walk, ask, "shows not %u keys", right);
	if (ask_shows(ask, other))
		ask_wrong(walk, ask, "shows a key of another organization");
}

/* Each project of the organization that the caller may use, and its secret. */
static void check_projects(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	const struct world *world = &walk->world;

	for (int i = 0; i < PROJECTS; i++) {
		enum rank rank = organization_of[i] == organization
		    ? rank_in_project(ask->caller, (enum account)i)
		    : NOTHING;

		if (ask->target->named_project != NO_PROJECT &&
		    ask->target->named_project != (enum account)i)
			rank = NOTHING;
		if (ask_shows(ask, world->projects[i]) != (rank != NOTHING))
			ask_wrong(walk, ask, "project %d is %sthere", i,
			    rank != NOTHING ? "not " : "");
		if (ask_shows(ask, world->secrets[i]) != (rank == ADMIN))
			ask_wrong(walk, ask, "the secret of %d is %sshown", i,
			    rank == ADMIN ? "not " : "");
	}
}

/* A user's id, or of the users of a project those that are bound to it. */
static void check_users(struct walk *walk, const struct ask *ask,
    const struct person *member, enum tenant organization)
{
	enum account project = ask->row->scope == SCOPE_CURRENT
	    ? current_project(ask->caller, ask->target, organization)
	    : ask->target->named_project;

	for (int i = 0; i < PEOPLE; i++) {
		bool is_right = row_names_member(ask->row)
		    ? &people[i] == member
		    : people[i].of[project] != NOTHING;

		if (ask_shows(ask, walk->world.users[i]) != is_right)
			ask_wrong(walk, ask, "%s is %sthere", people[i].name,
			    is_right ? "not " : "");
	}
}

/*
 * Those of the organization in which the member is, and the active one; of them
 * a key that is bound to a project shows that one alone.
 */
static void check_projects_of(struct walk *walk, const struct ask *ask,
    const struct person *member, enum tenant organization)
{
	enum account bound = project_at[ask->caller->place];

	for (int i = 0; i < PROJECTS; i++) {
		bool is_right = organization_of[i] == organization &&
		    (member->of[i] != NOTHING ||
			member->active == (enum account)i) &&
		    (bound == NO_PROJECT || bound == (enum account)i);

		if (ask_shows(ask, walk->world.projects[i]) != is_right)
			ask_wrong(walk, ask, "project %d is %sthere", i,
			    is_right ? "not " : "");
	}
}

static void check_members(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	const struct person *member = NULL;

	if (ask->target->member == MYSELF)
		member = ask->caller->person;
	else if (ask->target->member != NOBODY)
		member = &people[ask->target->member];
	check_users(walk, ask, member, organization);
	if (ask->row->scope == SCOPE_CONTEXT)
		check_projects_of(walk, ask, member, organization);
}

/* Who has installed it is for admins. */
static void check_licence(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	bool is_admin = rank_in_organization(ask->caller, organization) ==
	    ADMIN;

	if (shows_own(walk, ask, organization) != is_admin)
		ask_wrong(walk, ask, "who installed it is %sshown",
		    is_admin ? "not " : "");
}

/* Whether it shows a user, or the users of a project. */
static bool is_about_users(const struct route *row)
{
	return row_names_member(row) || row->scope == SCOPE_PROJECT ||
	    (row->scope == SCOPE_CURRENT &&
		strcmp(strrchr(row->pattern, '/'), "/users") == 0);
}

/* Whether the path ends with a project, or with the projects. */
static bool is_about_projects(const struct route *row)
{
	const char *end = strrchr(row->pattern, '/');

	if (strcmp(end, "/{id}") == 0)
		return row->scope == SCOPE_PROJECT;
	return strcmp(end, "/projects") == 0 || strcmp(end, "/accounts") == 0;
}

static void check_invitations(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	enum path_invitation named = ask->target->invitation;

	for (int i = 0; i < PATH_INVITATIONS; i++) {
		bool is_right = may_see_invitation(
				    ask->caller, (enum path_invitation)i) &&
		    (named == NO_INVITATION
			    ? (i == TO_AWAY) == (organization == AWAY)
			    : named == (enum path_invitation)i);

		if (ask_shows(ask, walk->world.invitations[i]) != is_right)
			ask_wrong(walk, ask, "invitation %d is %sthere", i,
			    is_right ? "not " : "");
	}
}

/* Those of the project of the context. */
static void check_secrets(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	enum account project = current_project(
	    ask->caller, ask->target, organization);

	for (int i = 0; i < PROJECTS; i++) {
		bool is_right = project == (enum account)i;

		if (ask_shows(ask, walk->world.secrets[i]) != is_right)
			ask_wrong(walk, ask, "the secret of %d is %sshown", i,
			    is_right ? "not " : "");
	}
}

void ask_check_shown(
    struct walk *walk, const struct ask *ask, enum tenant organization)
{
	const struct route *row = ask->row;

	if (row->method != METHOD_GET || organization == NO_ORGANIZATION)
		return;
	if (strstr(row->pattern, "/invitations") != NULL)
		check_invitations(walk, ask, organization);
	else if (strstr(row->pattern, "/api-keys") != NULL)
		check_keys(walk, ask, organization);
	else if (strstr(row->pattern, "/secret-keys") != NULL)
		check_secrets(walk, ask, organization);
	else if (is_about_projects(row))
		check_projects(walk, ask, organization);
	else if (is_about_users(row))
		check_members(walk, ask, organization);
	else if (strcmp(strrchr(row->pattern, '/'), "/license") == 0)
		check_licence(walk, ask, organization);
	/* the world was not made by writes that enter it */
	else if (strstr(row->pattern, "/audit-events") == NULL &&
	    !shows_own(walk, ask, organization))
		ask_wrong(walk, ask, "shows nothing of the organization");
	/* a key may be of a user who is not there any more; who asks what the
	 * caller may do is the caller, maybe a system administrator */
	if (strstr(row->pattern, "/api-keys") == NULL &&
	    strstr(row->pattern, "/export") == NULL &&
	    strcmp(row->pattern, "/v1/check") != 0 &&
	    shows_own(walk, ask, (enum tenant) !organization))
		ask_wrong(walk, ask, "shows what is another organization's");
}
