#include "ask.h"
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FINDINGS_SHOWN = 25, OF_A_KIND = 3 };

void ask_by(struct walk *walk, struct ask *ask, const char *method)
{
	ask->method = method;
	if (world_holds_back(&walk->world, method)) {
		ask_header(ask, "X-HTTP-Method-Override: %s", method);
		ask->method = "POST";
		if (ask->body == NULL)
			ask_body(ask, "");
	}
}

void ask_begin(struct walk *walk, struct ask *ask, const struct route *row,
    const struct visitor *caller, const struct target *target)
{
	ask->row = row;
	ask->caller = caller;
	ask->target = target;
	ask->path = row_path(row, target, &walk->mem);
	ask->headers[0] = '\0';
	ask->body = NULL;
	ask->body_length = 0;
	snprintf(ask->id, sizeof(ask->id), "walk-%u", ++walk->number);
	ask_header(ask, "X-Request-Id: %s", ask->id);
	if (row->method == METHOD_POST && (row->flags & ROUTE_SIGNS_IN))
		ask_header(ask, "X-Requested-With: walk");
	if (caller != NULL)
		strcat(ask->headers, caller->header);
	if (target->organization != NULL)
		ask_header(ask, "X-Organization-ID: %s", target->organization);
	if (target->project != NULL)
		ask_header(ask, "X-Bindplane-Account-ID: %s", target->project);
	ask_by(walk, ask, request_method_name(row->method));
}

void ask_header(struct ask *ask, const char *format, ...)
{
	size_t used = strlen(ask->headers);
	va_list args;

	va_start(args, format);
	used += (size_t)vsnprintf(
	    ask->headers + used, sizeof(ask->headers) - used - 3, format, args);
	va_end(args);
	memcpy(ask->headers + used, "\r\n", 3);
}

/* What the path names stands in the body of some rows. */
const char *ask_fill(struct ask *ask, const char *body)
{
	const char *mark = body != NULL ? strstr(body, ROW_TARGET) : NULL;

	if (mark == NULL)
		return body;
	snprintf(ask->filled, sizeof(ask->filled), "%.*s%s%s",
	    (int)(mark - body), body, ask->target->path,
	    mark + strlen(ROW_TARGET));
	return ask->filled;
}

void ask_body(struct ask *ask, const char *body)
{
	body = ask_fill(ask, body);
	ask->body = body;
	ask->body_length = body != NULL ? strlen(body) : 0;
	if (ask->body_length > 0 &&
	    strstr(ask->headers, "Content-Type") == NULL)
		ask_header(ask, "Content-Type: application/json");
}

/* --- findings ------------------------------------------------------------- */

/* The first few of each kind, so that none hides the others. */
static bool is_shown(
    struct walk *walk, const struct route *row, const char *format)
{
	if (walk->last_row != row || walk->last_format != format)
		walk->of_a_kind = 0;
	walk->last_row = row;
	walk->last_format = format;
	return walk->of_a_kind++ < OF_A_KIND && walk->shown++ < FINDINGS_SHOWN;
}

void ask_wrong(
    struct walk *walk, const struct ask *ask, const char *format, ...)
{
	va_list args;

	walk->findings++;
	if (!is_shown(walk, ask->row, format))
		return;
	printf("# %s %s by %s for %s: ", request_method_name(ask->row->method),
	    ask->row->pattern,
	    ask->caller != NULL ? ask->caller->label : "nobody",
	    ask->target->label);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(
	    " (%s %s, answered %d", ask->method, ask->path, ask->answer.status);
	if (ask->answer.status >= 400)
		printf(": %.*s", (int)strcspn(ask->answer.body, "\r\n"),
		    ask->answer.body);
	printf(")\n");
}

void walk_finding(struct walk *walk, const char *pattern, const char *what)
{
	walk->findings++;
	printf("# %s: %s\n", pattern, what);
}

bool ask_shows(const struct ask *ask, const char *text)
{
	return strstr(ask->answer.body, text) != NULL;
}

bool ask_has(const struct ask *ask, const char *name, const char *value)
{
	char got[512];

	(void)answer_header(&ask->answer, name, got, sizeof(got));
	return strcmp(got, value) == 0;
}

/* --- what holds for every answer ------------------------------------------ */

/* A refusal, and an answer to an unknown caller, shows nothing of the world. */
static void check_silence(struct walk *walk, const struct ask *ask)
{
	const struct world *world = &walk->world;
	bool is_told = ask_shows(ask, world->mark);

	for (int i = 0; i < ORGANIZATIONS; i++)
		is_told = is_told || ask_shows(ask, world->organizations[i]);
	for (int i = 0; i < PROJECTS; i++)
		is_told = is_told || ask_shows(ask, world->projects[i]) ||
		    ask_shows(ask, world->secrets[i]);
	for (int i = 0; i < PEOPLE; i++)
		is_told = is_told || ask_shows(ask, world->users[i]);
	if (is_told)
		ask_wrong(walk, ask, "tells of what it must not");
}

/* The text between `begin` and the next quote, from `at` on; "": none. */
static const char *find_text(
    struct walk *walk, const char *at, const char *begin)
{
	at = strstr(at, begin);
	if (at == NULL)
		return "";
	at += strlen(begin);
	return arena_copy(&walk->mem, at, strcspn(at, "\""));
}

/* Where a key is bound, by the ids that an answer shows of it. */
static enum place place_of(
    const struct world *world, const char *organization, const char *project)
{
	for (int i = ANYWHERE; i < PLACES; i++) {
		enum tenant tenant = organization_at[i];
		enum account account = project_at[i];

		if (strcmp(tenant < 0 ? "" : world->organizations[tenant],
			organization) == 0 &&
		    strcmp(account < 0 ? "" : world->projects[account],
			project) == 0)
			return (enum place)i;
	}
	return PLACES;
}

unsigned ask_check_keys(struct walk *walk, const struct ask *ask)
{
	static const char begin[] = "\"kind\":\"APIKey\"";
	const struct world *world = &walk->world;
	const char *at = ask->answer.body;
	unsigned count = 0;

	for (; (at = strstr(at, begin)) != NULL; at++, count++) {
		const char *owner = find_text(walk, at, "\"owner\":\"");
		enum place place = place_of(world,
		    find_text(walk, at, "\"organizationId\":\""),
		    find_text(walk, at, "\"projectId\":\""));
		int i = 0;

		while (i < PEOPLE && strcmp(world->users[i], owner) != 0)
			i++;
		if ((i == PEOPLE && strcmp(owner, "organization") != 0) ||
		    place == PLACES ||
		    !may_see_key(
			ask->caller, i < PEOPLE ? &people[i] : NULL, place))
			ask_wrong(walk, ask, "shows a key of %s", owner);
	}
	return count;
}

/* The answer shows nothing that its caller may not see. */
static void check_sight(struct walk *walk, const struct ask *ask)
{
	const struct world *world = &walk->world;
	const struct visitor *caller = ask->caller;

	/* what is public is the same for everybody */
	if (caller == NULL || !is_known(caller) ||
	    ask->row->scope == SCOPE_PUBLIC) {
		check_silence(walk, ask);
		return;
	}
	/* all that there is of the caller, also where the caller is no more */
	if (strcmp(ask->row->pattern, "/v1/users/me/export") == 0)
		return;
	for (int i = 0; i < ORGANIZATIONS; i++)
		if (ask_shows(ask, world->organizations[i]) &&
		    rank_in_organization(caller, (enum tenant)i) == NOTHING)
			ask_wrong(walk, ask, "shows the organization %s",
			    i == HOME ? "home" : "away");
	/* one's own key or membership tells what it is of (shown.c) */
	if (ask_check_keys(walk, ask) > 0 ||
	    (row_names_member(ask->row) && ask->row->scope == SCOPE_CONTEXT))
		return;
	for (int i = 0; i < PROJECTS; i++) {
		enum rank rank = rank_in_project(caller, (enum account)i);

		/* the sender knows what the body has named */
		if (ask_shows(ask, world->projects[i]) && rank == NOTHING &&
		    !(row_is_named_by_body(ask->row) &&
			ask->target->named_project == (enum account)i))
			ask_wrong(walk, ask, "shows the project %d", i);
		if (ask_shows(ask, world->secrets[i]) && rank != ADMIN)
			ask_wrong(walk, ask, "shows the secret of %d", i);
	}
}

static void check_problem(struct walk *walk, const struct ask *ask)
{
	const struct answer *answer = &ask->answer;
	char type[128], status[32], instance[64];

	(void)answer_header(answer, "Content-Type", type, sizeof(type));
	if (strncmp(type, "application/problem+json", 24) != 0)
		ask_wrong(walk, ask, "is no problem document but %s", type);
	if (!ask_has(ask, "Cache-Control", "no-store"))
		ask_wrong(walk, ask, "a failure may be kept");
	if (strcmp(ask->method, "HEAD") == 0)
		return;
	if (answer->status == 403 &&
	    (ask_shows(ask, ":forbidden\"") ||
		ask_shows(ask, ":not-for-keys\"")) &&
	    (!ask_shows(ask, "\"needed\":\"") ||
		!ask_shows(ask, "\"have\":\"")))
		ask_wrong(walk, ask, "does not say what was needed");
	snprintf(status, sizeof(status), "\"status\":%d,", answer->status);
	snprintf(instance, sizeof(instance), "\"instance\":\"%s\"", ask->id);
	if (!ask_shows(ask, status) || !ask_shows(ask, instance) ||
	    !ask_shows(ask, "\"title\":\"") ||
	    !ask_shows(ask, "\"detail\":\"") ||
	    !ask_shows(ask, "\"errors\":[\"") ||
	    ask_shows(ask, "\"detail\":\"\""))
		ask_wrong(walk, ask, "misses members of a problem document");
}

static bool shows_secret(const struct walk *walk, const struct ask *ask)
{
	for (int i = 0; i < PROJECTS; i++)
		if (ask_shows(ask, walk->world.secrets[i]))
			return true;
	return false;
}

/*
 * Only an answer with an ETag may be kept, if it shows no secret and is no
 * write's; by caches, if the row is public.
 */
static void check_caching(struct walk *walk, const struct ask *ask)
{
	char tag[128];
	bool has_tag = answer_header(&ask->answer, "ETag", tag, sizeof(tag));
	bool may_be_kept = has_tag && !row_writes(ask->row) &&
	    !shows_secret(walk, ask);
	const char *right = !may_be_kept ? "no-store"
	    : row_is_public(ask->row)    ? "public, max-age=300"
					 : "private, no-cache";

	/* without its body an answer does not say whether it has a secret */
	if (!ask_has(ask, "Cache-Control", right) &&
	    !(has_tag && ask->answer.body_length == 0 &&
		ask_has(ask, "Cache-Control", "no-store")))
		ask_wrong(walk, ask, "has not Cache-Control: %s", right);
}

static void check_challenges(struct walk *walk, const struct ask *ask)
{
	static const char both[] = "Basic realm=\"tenantry\", charset=\"UTF-8\""
				   ", Bearer realm=\"tenantry\"";

	if (!ask_has(ask, "WWW-Authenticate", both))
		ask_wrong(walk, ask, "has not both challenges");
}

/* To one that there is, that it makes, or that comes back. */
static bool writes_in_organization(const struct route *row)
{
	return row_writes(row) &&
	    (scope_has_organization(row->scope) ||
		strncmp(row->pattern, "/v1/organizations", 17) == 0);
}

/* For an admin of an organization who writes in it. */
static void check_licence(struct walk *walk, const struct ask *ask)
{
	const struct visitor *caller = ask->caller;
	char state[32];

	if (!answer_header(
		&ask->answer, "X-License-State", state, sizeof(state)))
		return;
	if (!writes_in_organization(ask->row) || caller == NULL ||
	    ask->answer.status == 401 ||
	    (rank_in_organization(caller, HOME) != ADMIN &&
		rank_in_organization(caller, AWAY) != ADMIN))
		ask_wrong(walk, ask, "tells the state of a license: %s", state);
}

static void check_any(struct walk *walk, const struct ask *ask)
{
	const struct answer *answer = &ask->answer;

	if (!answer->is_whole)
		ask_wrong(walk, ask, "is not of its length");
	if (!ask_has(ask, "X-Request-Id", ask->id))
		ask_wrong(walk, ask, "has not the request's id");
	if (!ask_has(ask, "X-Content-Type-Options", "nosniff"))
		ask_wrong(walk, ask, "has no nosniff");
	if (answer->status >= 401 && answer->status <= 404)
		check_silence(walk, ask);
	else
		check_sight(walk, ask);
	if (answer->status >= 400)
		check_problem(walk, ask);
	else
		check_caching(walk, ask);
	if (answer->status == 401)
		check_challenges(walk, ask);
	check_licence(walk, ask);
}

/* A request that mod_security refuses does not reach the program. */
static bool is_refused_by_rules(const struct walk *walk, const struct ask *ask)
{
	return walk->world.has_rules &&
	    (ask->answer.status == 403 || ask->answer.status == 500) &&
	    !ask_has(ask, "X-Request-Id", ask->id);
}

/* Whether it is the first answer of that status to that row. */
static bool is_new(struct walk *walk, const struct ask *ask)
{
	size_t n = walk->recorded_count;

	for (size_t i = 0; i < n; i++)
		if (walk->recorded[i].row == ask->row &&
		    walk->recorded[i].status == ask->answer.status)
			return false;
	if (n == sizeof(walk->recorded) / sizeof(walk->recorded[0]))
		return false;
	walk->recorded[n].row = ask->row;
	walk->recorded[n].status = ask->answer.status;
	walk->recorded_count++;
	return true;
}

bool ask_send(struct walk *walk, struct ask *ask)
{
	const struct message message = { ask->method, ask->path, ask->headers,
		ask->body, ask->body_length };

	memset(&ask->answer, 0, sizeof(ask->answer));
	if (!client_send(&walk->world.client, &message, &ask->answer)) {
		ask_wrong(walk, ask, "has no answer");
		return false;
	}
	if (is_refused_by_rules(walk, ask))
		return false;
	check_any(walk, ask);
	if (is_new(walk, ask) &&
	    !record_call("walk.c", "the walk", &message, &ask->answer))
		ask_wrong(walk, ask, "is not recorded");
	return true;
}

bool ask_expect(
    struct walk *walk, struct ask *ask, enum err err, const char *words)
{
	const struct err_info *info = err_info(err);
	char type[96];

	if (!ask_send(walk, ask))
		return false;
	if (err == ERR_NONE) {
		if (ask->answer.status >= 400)
			ask_wrong(walk, ask, "is refused");
		return ask->answer.status < 400;
	}
	snprintf(type, sizeof(type), "\"type\":\"urn:tenantry:problem:%s\"",
	    info->code);
	if (ask->answer.status != info->status ||
	    (strcmp(ask->method, "HEAD") != 0 && !ask_shows(ask, type)))
		ask_wrong(walk, ask, "is not %d %s", info->status, info->code);
	else if (!ask_shows(ask, words))
		ask_wrong(walk, ask, "does not say: %s", words);
	else
		return true;
	return false;
}
