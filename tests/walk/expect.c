#include "expect.h"

#include <string.h>

/* --- the one rule --------------------------------------------------------- */

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
	enum tenant bound = organization_at[caller->place];
	enum rank rank;

	if (organization == NO_ORGANIZATION ||
	    (bound != NO_ORGANIZATION && bound != organization))
		return NOTHING;
	rank = least(rank_of_user(caller, organization), rank_of_key(caller));
	return project_at[caller->place] != NO_PROJECT ? least(rank, USER)
						       : rank;
}

enum rank rank_in_project(const struct visitor *caller, enum account project)
{
	enum account bound = project_at[caller->place];
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
	enum tenant bound = organization_at[caller->place];

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
	enum tenant found = organization_at[caller->place];

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

const char not_yours[] = "that this credential may use";

#define EXPECTED(err_, words_) \
	((struct expected){ (err_), (words_), NO_ORGANIZATION, false })

static struct expected expected_of_headers(
    const struct visitor *caller, const struct target *target)
{
	if (is_sent(target->project) &&
	    rank_in_project(caller, target->header_project) == NOTHING)
		return EXPECTED(ERR_FORBIDDEN, not_yours);
	if (is_sent(target->project) && is_sent(target->organization) &&
	    target->header_organization !=
		organization_of[target->header_project])
		return organization_at[caller->place] == NO_ORGANIZATION
		    ? EXPECTED(ERR_BAD_REQUEST, "two different organizations")
		    : EXPECTED(ERR_FORBIDDEN, not_yours);
	if (is_sent(target->organization) &&
	    rank_in_organization(caller, target->header_organization) ==
		NOTHING)
		return EXPECTED(ERR_FORBIDDEN, not_yours);
	return EXPECTED(ERR_NONE, "");
}

static struct expected expected_in_context(
    enum err unknown, const struct visitor *caller, const struct target *target)
{
	struct expected expected = expected_of_headers(caller, target);
	enum tenant context;

	if (expected.err)
		return expected;
	context = find_context(caller, target);
	if (context == NO_ORGANIZATION)
		return EXPECTED(unknown,
		    "organization could not be determined from the context");
	if (rank_in_organization(caller, context) == NOTHING)
		return EXPECTED(ERR_FORBIDDEN, "no member of the organization");
	expected.context = context;
	return expected;
}

enum account current_project(const struct visitor *caller,
    const struct target *target, enum tenant context)
{
	enum account bound = project_at[caller->place], found = NO_PROJECT;
	enum account active = caller->person->active;

	if (is_sent(target->project))
		return target->header_project;
	if (bound != NO_PROJECT)
		return bound;
	if (active != NO_PROJECT && organization_of[active] == context)
		return active;
	for (int i = 0; i < PROJECTS; i++) {
		enum account project = (enum account)i;

		if (organization_of[i] != context ||
		    rank_in_project(caller, project) == NOTHING)
			continue;
		if (found != NO_PROJECT)
			return NO_PROJECT;
		found = project;
	}
	return found;
}

/* --- the path ------------------------------------------------------------- */

/* What is there is looked for by the user's own memberships. */
static enum tenant if_known(
    const struct visitor *caller, enum tenant organization)
{
	return organization != NO_ORGANIZATION &&
		rank_of_user(caller, organization) != NOTHING
	    ? organization
	    : NO_ORGANIZATION;
}

static enum tenant organization_of_key(enum path_key key)
{
	return key == NO_KEY ? NO_ORGANIZATION
			     : organization_at[path_keys[key].place];
}

static enum tenant organization_of_invitation(enum path_invitation invitation)
{
	if (invitation == NO_INVITATION)
		return NO_ORGANIZATION;
	return invitation == TO_AWAY ? AWAY : HOME;
}

/* A key that is bound finds no invitation of another organization. */
static enum tenant if_in_bounds(
    const struct visitor *caller, enum tenant organization)
{
	enum tenant bound = organization_at[caller->place];

	return bound == NO_ORGANIZATION || bound == organization
	    ? organization
	    : NO_ORGANIZATION;
}

static struct expected expected_by_path(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected = EXPECTED(ERR_NONE, "");

	if (row->scope == SCOPE_NAMED) {
		expected.context = target->named;
		if (rank_in_organization(caller, target->named) == NOTHING)
			return EXPECTED(row->unknown,
			    "there is no organization of that id or name");
	} else if (row->scope == SCOPE_PROJECT) {
		if (rank_in_project(caller, target->named_project) == NOTHING)
			return EXPECTED(
			    row->unknown, "there is no project of that id");
		expected.context = organization_of[target->named_project];
	} else if (row->scope == SCOPE_INVITATION) {
		expected.context = if_known(caller,
		    if_in_bounds(caller,
			organization_of_invitation(target->invitation)));
	} else {
		expected.context = if_known(
		    caller, organization_of_key(target->key));
	}
	return expected;
}

/* --- a row's own answer --------------------------------------------------- */

static struct expected refuse_unless(
    bool may, struct expected expected, const char *words)
{
	return may ? expected : EXPECTED(ERR_FORBIDDEN, words);
}

static struct expected expected_of_need(const struct route *row,
    const struct visitor *caller, const struct target *target,
    struct expected expected)
{
	enum tenant organization = expected.context;

	switch (row->need) {
	case NEED_NOTHING:
	case NEED_MEMBER:
		return expected;
	case NEED_PERSON:
		return caller->by == BY_KEY
		    ? EXPECTED(ERR_NOT_FOR_KEYS, "for a person")
		    : expected;
	case NEED_USER:
		return caller->person->is_service
		    ? EXPECTED(ERR_NOT_FOR_KEYS, "is about a user")
		    : expected;
	case NEED_UNCONFINED:
		return refuse_unless(is_full_key(caller), expected,
		    caller->place == ANYWHERE ? "role below admin"
					      : "is bound to");
	case NEED_ASKING:
		return refuse_unless(caller->person->is_service ||
			rank_in_organization(caller, organization) == ADMIN,
		    expected, "needs a service key, or an admin");
	case NEED_ADMIN:
		return refuse_unless(
		    rank_in_organization(caller, organization) == ADMIN,
		    expected, "needs an admin");
	case NEED_AUDITOR:
		return refuse_unless(least(rank_of_user(caller, organization),
					 rank_of_key(caller)) == ADMIN,
		    expected, "needs an admin");
	case NEED_PROJECT_ADMIN:
		return refuse_unless(
		    rank_in_project(caller, target->named_project) == ADMIN,
		    expected, "needs an admin of the project");
	case NEED_SYSTEM_ADMIN:
		return refuse_unless(
		    caller->person->is_system_admin && is_full_key(caller),
		    expected, "needs a system administrator");
	}
	return EXPECTED(ERR_INTERNAL, "a need that the walk does not know");
}

/* What an admin does, but a service key only if it may manage. */
static struct expected expected_to_manage(const struct route *row,
    const struct visitor *caller, struct expected expected)
{
	if (expected.err || (row->flags & ROUTE_MANAGES) == 0 ||
	    !caller->person->is_service || caller->person->can_manage)
		return expected;
	return EXPECTED(ERR_FORBIDDEN, "may not manage");
}

/* A header of the context counts first, and must agree with the path. */
static struct expected expected_with_headers(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected, of_headers = EXPECTED(ERR_NONE, "");
	bool has_headers = is_sent(target->project) ||
	    is_sent(target->organization);

	if (has_headers)
		of_headers = expected_in_context(ERR_FORBIDDEN, caller, target);
	if (of_headers.err)
		return of_headers;
	expected = expected_by_path(row, caller, target);
	if (!expected.err)
		expected = expected_of_need(row, caller, target, expected);
	expected = expected_to_manage(row, caller, expected);
	if (expected.err || !has_headers ||
	    expected.context == NO_ORGANIZATION ||
	    expected.context == of_headers.context)
		return expected;
	return EXPECTED(ERR_NO_RESOURCE, "two different organizations");
}

struct expected row_permitted(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected = EXPECTED(ERR_NONE, "");
	struct target current;

	if (row->scope == SCOPE_PUBLIC &&
	    (caller->by == BY_NOTHING || (row->flags & ROUTE_MAY_SIGN_IN) == 0))
		return expected;
	if (!is_known(caller))
		return EXPECTED(ERR_UNAUTHENTICATED,
		    caller->by == BY_NOTHING ? "a credential is needed"
					     : "wrong, expired or disabled");
	switch (row->scope) {
	case SCOPE_NAMED:
	case SCOPE_PROJECT:
	case SCOPE_KEY:
	case SCOPE_INVITATION:
		return expected_with_headers(row, caller, target);
	case SCOPE_PUBLIC:
	case SCOPE_SELF:
		break;
	case SCOPE_CONTEXT:
		expected = expected_in_context(row->unknown, caller, target);
		break;
	case SCOPE_CURRENT:
		expected = expected_in_context(row->unknown, caller, target);
		if (expected.err)
			return expected;
		current = *target;
		current.named_project = current_project(
		    caller, target, expected.context);
		if (rank_in_project(caller, current.named_project) == NOTHING)
			return EXPECTED(
			    ERR_FORBIDDEN, "project not in context");
		target = &current;
		break;
	default:
		return EXPECTED(
		    ERR_INTERNAL, "a scope that the walk does not know");
	}
	if (!expected.err)
		expected = expected_of_need(row, caller, target, expected);
	return expected_to_manage(row, caller, expected);
}

/* --- what else the path names --------------------------------------------- */

static const struct person *person_of(
    const struct visitor *caller, const struct target *target)
{
	if (target->member == MYSELF)
		return caller->person;
	return target->member == NOBODY ? NULL : &people[target->member];
}

/* An admin, and the person. */
static struct expected expected_of_member(const struct route *row,
    const struct visitor *caller, const struct target *target,
    struct expected expected)
{
	const struct person *person = person_of(caller, target);

	if (row->method == METHOD_GET && person != caller->person &&
	    rank_in_organization(caller, expected.context) != ADMIN)
		return EXPECTED(ERR_FORBIDDEN, "needs an admin");
	if (person == NULL || person->is_service ||
	    person->in[expected.context] == NOTHING)
		return EXPECTED(ERR_NO_RESOURCE, "nothing of that id");
	return expected;
}

static struct expected expected_of_project_member(const struct route *row,
    const struct visitor *caller, const struct target *target,
    struct expected expected)
{
	const struct person *person = person_of(caller, target);

	if (row->method == METHOD_PUT)
		return person != NULL && person->in[expected.context] != NOTHING
		    ? expected
		    : EXPECTED(ERR_NOT_A_MEMBER, "");
	if (person == NULL || person->of[target->named_project] == NOTHING)
		return EXPECTED(ERR_NO_RESOURCE, "nothing of that id");
	return expected;
}

static struct expected expected_of_current_member(const struct route *row,
    const struct visitor *caller, const struct target *target,
    struct expected expected)
{
	struct target current = *target;

	current.named_project = current_project(
	    caller, target, expected.context);
	return expected_of_project_member(row, caller, &current, expected);
}

/* The default one of the project of the context, and no other. */
static struct expected expected_of_secret(const struct visitor *caller,
    const struct target *target, struct expected expected)
{
	enum account project = current_project(
	    caller, target, expected.context);

	return target->secret == project
	    ? expected
	    : EXPECTED(ERR_NO_RESOURCE, "nothing of that id");
}

bool may_see_key(
    const struct visitor *caller, const struct person *owner, enum place at)
{
	enum tenant bound = organization_at[caller->place];
	enum tenant organization = organization_at[at];

	if (project_at[caller->place] != NO_PROJECT && at != caller->place)
		return false;
	if (owner != NULL && strcmp(owner->name, caller->person->name) == 0)
		return bound == NO_ORGANIZATION || bound == organization;
	return rank_in_organization(caller, organization) == ADMIN;
}

/* NULL: it is a service key, or there is none. */
static const struct person *owner_of(enum path_key key)
{
	return key == NO_KEY || path_keys[key].owner == OF_SERVICE
	    ? NULL
	    : &people[path_keys[key].owner];
}

/* A key changes only itself and what it has made, or service keys. */
static struct expected expected_of_key(const struct route *row,
    const struct visitor *caller, const struct target *target,
    struct expected expected)
{
	const struct person *owner = owner_of(target->key);
	bool rotates = strstr(row->pattern, "/rotate") != NULL;
	bool is_by_itself = caller->by != BY_KEY ||
	    strcmp(caller->key_id, target->path) == 0;
	bool is_by_maker = target->key == MADE_BY_ADMIN &&
	    caller->person == owner && caller->place == ANYWHERE &&
	    caller->role == NOTHING;

	if (target->key == NO_KEY ||
	    !may_see_key(caller, owner, path_keys[target->key].place))
		return EXPECTED(ERR_NO_RESOURCE, "no API key of that id");
	if (!is_by_itself && !is_by_maker && (owner != NULL || rotates))
		return EXPECTED(ERR_FORBIDDEN, "changes only itself");
	if (rotates && owner != NULL && owner != caller->person)
		return EXPECTED(ERR_FORBIDDEN, "only its user rotates");
	return expected;
}

bool may_see_invitation(
    const struct visitor *caller, enum path_invitation invitation)
{
	if (invitation == NO_INVITATION)
		return false;
	return rank_in_organization(
		   caller, organization_of_invitation(invitation)) == ADMIN ||
	    (invitation == TO_FIRST && rank_in_project(caller, FIRST) == ADMIN);
}

/* An admin of the organization, or of a project in it. */
static struct expected expected_of_inviter(
    const struct visitor *caller, struct expected expected)
{
	bool may = rank_in_organization(caller, expected.context) == ADMIN;

	for (int i = 0; i < PROJECTS; i++)
		if (organization_of[i] == expected.context &&
		    rank_in_project(caller, (enum account)i) == ADMIN)
			may = true;
	return refuse_unless(may, expected, "needs an admin");
}

struct expected row_expected(const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	struct expected expected = row_permitted(row, caller, target);

	if (expected.err)
		return expected;
	/* a person is a member, which a system administrator need not be */
	if (row->need == NEED_PERSON && expected.context != NO_ORGANIZATION &&
	    caller->person->in[expected.context] == NOTHING)
		return EXPECTED(ERR_NO_RESOURCE, "nothing of that id");
	if (row->scope == SCOPE_INVITATION &&
	    !may_see_invitation(caller, target->invitation))
		expected = EXPECTED(
		    ERR_NO_RESOURCE, "no invitation of that id");
	else if (caller->person->is_service && row->method == METHOD_POST &&
	    strcmp(row->pattern, "/v1/api-keys") == 0)
		expected = EXPECTED(ERR_FORBIDDEN, "makes no API keys");
	else if (strcmp(row->pattern, "/v1/invitations") == 0)
		expected = expected_of_inviter(caller, expected);
	else if (row->scope == SCOPE_KEY)
		expected = expected_of_key(row, caller, target, expected);
	else if (row->scope == SCOPE_PROJECT && row_names_member(row))
		expected = expected_of_project_member(
		    row, caller, target, expected);
	else if (row->scope == SCOPE_CURRENT && row_names_member(row))
		expected = expected_of_current_member(
		    row, caller, target, expected);
	else if (row_names_secret(row))
		expected = expected_of_secret(caller, target, expected);
	else if (row->scope == SCOPE_CONTEXT && row_names_member(row))
		expected = expected_of_member(row, caller, target, expected);
	expected.is_of_row = true;
	return expected;
}
