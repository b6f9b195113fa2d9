#include "expect.h"

#include <string.h>

static const char unknown_id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/* --- the one rule --------------------------------------------------------- */

static const enum tenant bound_to[PLACES] = { NO_ORGANIZATION, HOME, HOME, HOME,
	AWAY };
static const enum account bound_to_project[PLACES] = { NO_PROJECT, NO_PROJECT,
	FIRST, SECOND, NO_PROJECT };

static enum rank least(enum rank a, enum rank b)
{
	return a < b ? a : b;
}

/* A password, and a key without a role, allow all that the user may. */
static enum rank rank_of_key(const struct visitor *caller)
{
	return caller->role == NOTHING ? ADMIN : caller->role;
}

static enum rank rank_of_user(
    const struct visitor *caller, enum tenant organization)
{
	return caller->person->is_system_admin
	    ? ADMIN
	    : caller->person->in[organization];
}

enum rank rank_in_organization(
    const struct visitor *caller, enum tenant organization)
{
	enum tenant bound = bound_to[caller->place];
	enum rank rank;

	if (organization == NO_ORGANIZATION ||
	    (bound != NO_ORGANIZATION && bound != organization))
		return NOTHING;
	rank = least(rank_of_user(caller, organization), rank_of_key(caller));
	return bound_to_project[caller->place] != NO_PROJECT ? least(rank, USER)
							     : rank;
}

enum rank rank_in_project(const struct visitor *caller, enum account project)
{
	enum account bound = bound_to_project[caller->place];
	enum tenant organization;
	enum rank rank;

	if (project == NO_PROJECT || (bound != NO_PROJECT && bound != project))
		return NOTHING;
	organization = organization_of[project];
	if (rank_in_organization(caller, organization) == NOTHING)
		return NOTHING;
	rank = caller->person->of[project];
	if (bound == project
		? rank_of_user(caller, organization) == ADMIN
		: rank_in_organization(caller, organization) == ADMIN)
		rank = ADMIN;
	return least(rank, rank_of_key(caller));
}

bool is_member(const struct visitor *caller, enum tenant organization)
{
	enum tenant bound = bound_to[caller->place];

	return caller->person->in[organization] != NOTHING &&
	    (bound == NO_ORGANIZATION || bound == organization);
}

static bool is_full_key(const struct visitor *caller)
{
	return caller->place == ANYWHERE && rank_of_key(caller) == ADMIN;
}

/* --- the five rules of the context ---------------------------------------- */

static enum tenant active_organization(const struct person *person)
{
	enum tenant active;

	if (person->active == NO_PROJECT)
		return NO_ORGANIZATION;
	active = organization_of[person->active];
	return person->in[active] != NOTHING ? active : NO_ORGANIZATION;
}

static enum tenant only_organization(const struct person *person)
{
	if (person->in[HOME] != NOTHING && person->in[AWAY] != NOTHING)
		return NO_ORGANIZATION;
	if (person->in[HOME] != NOTHING)
		return HOME;
	return person->in[AWAY] != NOTHING ? AWAY : NO_ORGANIZATION;
}

/* An empty header is none. */
static bool is_sent(const char *header)
{
	return header != NULL && header[0] != '\0';
}

static enum tenant find_context(
    const struct visitor *caller, const struct target *target)
{
	enum tenant found = bound_to[caller->place];

	if (found == NO_ORGANIZATION && is_sent(target->project))
		return organization_of[target->header_project];
	if (found == NO_ORGANIZATION && is_sent(target->organization))
		return target->header_organization;
	if (found == NO_ORGANIZATION)
		found = active_organization(caller->person);
	if (found == NO_ORGANIZATION)
		found = only_organization(caller->person);
	return found;
}

#define EXPECTED(err_, words_) \
	((struct expected){ (err_), (words_), NO_ORGANIZATION })

static struct expected expected_of_headers(
    const struct visitor *caller, const struct target *target)
{
	static const char not_yours[] = "that this credential may use";

	if (is_sent(target->project) &&
	    rank_in_project(caller, target->header_project) == NOTHING)
		return EXPECTED(ERR_FORBIDDEN, not_yours);
	if (is_sent(target->project) && is_sent(target->organization) &&
	    target->header_organization !=
		organization_of[target->header_project])
		return bound_to[caller->place] == NO_ORGANIZATION
		    ? EXPECTED(ERR_BAD_REQUEST, "two different organizations")
		    : EXPECTED(ERR_FORBIDDEN, not_yours);
	if (is_sent(target->organization) &&
	    rank_in_organization(caller, target->header_organization) ==
		NOTHING)
		return EXPECTED(ERR_FORBIDDEN, not_yours);
	return EXPECTED(ERR_NONE, "");
}

static struct expected expected_in_context(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected = expected_of_headers(caller, target);
	enum tenant context;

	if (expected.err)
		return expected;
	context = find_context(caller, target);
	if (context == NO_ORGANIZATION)
		return EXPECTED(row->unknown,
		    "organization could not be determined from the context");
	if (rank_in_organization(caller, context) == NOTHING)
		return EXPECTED(ERR_FORBIDDEN, "no member of the organization");
	expected.context = context;
	return expected;
}

/* --- a row's own answer --------------------------------------------------- */

static struct expected expected_of_need(const struct route *row,
    const struct visitor *caller, struct expected expected)
{
	enum tenant organization = expected.context;

	switch (row->need) {
	case NEED_NOTHING:
	case NEED_MEMBER:
		return expected;
	case NEED_UNCONFINED:
		if (is_full_key(caller))
			return expected;
		return EXPECTED(ERR_FORBIDDEN,
		    caller->place == ANYWHERE ? "role below admin"
					      : "is bound to");
	case NEED_ADMIN:
		if (rank_in_organization(caller, organization) == ADMIN)
			return expected;
		return EXPECTED(ERR_FORBIDDEN, "needs an admin");
	case NEED_SYSTEM_ADMIN:
		if (caller->person->is_system_admin && is_full_key(caller))
			return expected;
		return EXPECTED(ERR_FORBIDDEN, "needs a system administrator");
	}
	return EXPECTED(ERR_INTERNAL, "a need that the walk does not know");
}

struct expected row_expected(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected = EXPECTED(ERR_NONE, "");

	switch (row->scope) {
	case SCOPE_PUBLIC:
		return expected;
	case SCOPE_SELF:
		break;
	case SCOPE_NAMED:
		expected.context = target->named;
		if (is_known(caller) &&
		    rank_in_organization(caller, target->named) == NOTHING)
			return EXPECTED(row->unknown,
			    "there is no organization of that id or name");
		break;
	case SCOPE_CONTEXT:
		if (is_known(caller))
			expected = expected_in_context(row, caller, target);
		break;
	default:
		return EXPECTED(
		    ERR_INTERNAL, "a scope that the walk does not know");
	}
	if (!is_known(caller))
		return EXPECTED(ERR_UNAUTHENTICATED,
		    caller->by == BY_NOTHING ? "a credential is needed"
					     : "wrong, expired or disabled");
	return expected.err ? expected
			    : expected_of_need(row, caller, expected);
}

/* --- targets -------------------------------------------------------------- */

#define NAMES(label_, path_, named_) \
	{ \
		label_, path_, NULL, NULL, named_, NO_ORGANIZATION, \
		    NO_PROJECT, false \
	}
#define HEADERS( \
    label_, project_, header_project_, organization_, header_organization_) \
	{ \
		label_, "", project_, organization_, NO_ORGANIZATION, \
		    header_organization_, header_project_, false \
	}

static size_t named_targets(
    const struct world *w, struct target targets[TARGETS_MAX])
{
	const struct target list[] = {
		NAMES("home", w->organizations[HOME], HOME),
		NAMES("home by slug", w->slugs[HOME], HOME),
		NAMES("away", w->organizations[AWAY], AWAY),
		NAMES("away by slug", w->slugs[AWAY], AWAY),
		NAMES("an unknown id", unknown_id, NO_ORGANIZATION),
		NAMES("no id", "no.body", NO_ORGANIZATION),
		NAMES("a project's id", w->projects[FIRST], NO_ORGANIZATION),
	};

	memcpy(targets, list, sizeof(list));
	return sizeof(list) / sizeof(list[0]);
}

static size_t context_targets(
    const struct world *w, struct target targets[TARGETS_MAX])
{
	const char *first = w->projects[FIRST], *second = w->projects[SECOND];
	const char *home = w->organizations[HOME];
	const char *away = w->organizations[AWAY];
	const char *foreign = w->projects[FOREIGN];
	const struct target list[] = {
		HEADERS("home", NULL, NO_PROJECT, home, HOME),
		HEADERS("no header", NULL, NO_PROJECT, NULL, NO_ORGANIZATION),
		HEADERS("empty headers", "", NO_PROJECT, "", NO_ORGANIZATION),
		HEADERS("away", NULL, NO_PROJECT, away, AWAY),
		HEADERS("an unknown organization", NULL, NO_PROJECT, unknown_id,
		    NO_ORGANIZATION),
		HEADERS("an organization that is no id", NULL, NO_PROJECT,
		    "' OR '1'='1", NO_ORGANIZATION),
		HEADERS("a project as organization", NULL, NO_PROJECT, first,
		    NO_ORGANIZATION),
		HEADERS(
		    "the first project", first, FIRST, NULL, NO_ORGANIZATION),
		HEADERS("the second project", second, SECOND, NULL,
		    NO_ORGANIZATION),
		HEADERS(
		    "a project away", foreign, FOREIGN, NULL, NO_ORGANIZATION),
		HEADERS("an unknown project", unknown_id, NO_PROJECT, NULL,
		    NO_ORGANIZATION),
		HEADERS("both at home", second, SECOND, home, HOME),
		HEADERS("a project at home and away", first, FIRST, away, AWAY),
		HEADERS("a project at home and an unknown organization", first,
		    FIRST, unknown_id, NO_ORGANIZATION),
		HEADERS(
		    "a project away and home", foreign, FOREIGN, home, HOME),
		HEADERS("an unknown project and home", unknown_id, NO_PROJECT,
		    home, HOME),
	};

	_Static_assert(sizeof(list) / sizeof(list[0]) <= TARGETS_MAX,
	    "there is room for every target");
	memcpy(targets, list, sizeof(list));
	return sizeof(list) / sizeof(list[0]);
}

size_t row_targets(const struct route *row, const struct world *world,
    struct target targets[TARGETS_MAX])
{
	static const struct target none = NAMES("-", "", NO_ORGANIZATION);
	size_t count = 1;

	targets[0] = none;
	if (row->scope == SCOPE_NAMED)
		count = named_targets(world, targets);
	else if (row->scope == SCOPE_CONTEXT)
		count = context_targets(world, targets);
	/* home, and some of the others */
	for (size_t i = 0; i < count; i += 3)
		targets[i].is_asked_twice = true;
	return count;
}

struct visitor row_caller(const struct route *row, const struct world *world)
{
	return world_caller(world,
	    row->need == NEED_SYSTEM_ADMIN ? SYSTEM_ADMIN : ADMIN_OF_HOME,
	    BY_KEY);
}
