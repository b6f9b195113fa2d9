#include "serve/context.h"

#include <string.h>

#include "serve/dry_run.h"
#include "store/caller.h"

static void read_context(struct call *call)
{
	struct caller_ask *ask = &call->asker.ask;

	ask->project = request_header(call->rq, "HTTP_X_BINDPLANE_ACCOUNT_ID");
	ask->organization = request_header(call->rq, "HTTP_X_ORGANIZATION_ID");
}

/* What changes nothing needs no password.  Read before the query is. */
static bool is_dry_run(struct request *rq, const struct route *route)
{
	const char *query = request_header(rq, "QUERY_STRING");

	return route->query == &dry_run_query && query != NULL &&
	    strcmp(query, "dryRun=true") == 0;
}

void context_ask(struct call *call, const struct route_match *match)
{
	struct caller_ask *ask = &call->asker.ask;
	const struct route *route = match->route;
	const char *organization = query_organization(call->rq, route->query);

	ask->scope = route->scope;
	ask->need = route->need;
	ask->unknown = route->unknown;
	ask->manages = (route->flags & ROUTE_MANAGES) != 0;
	ask->steps_up = (route->flags & ROUTE_STEPS_UP) != 0 &&
	    !is_dry_run(call->rq, route);
	ask->target = route_value(match, "id");
	if (route->scope == SCOPE_CONTEXT || route->scope == SCOPE_CURRENT)
		read_context(call);
	if (organization != NULL) {
		ask->scope = SCOPE_TRAIL;
		ask->target = organization;
	}
	call->asker.fault = &call->rq->fault;
	call->asker.wants_licence = (route->flags & ROUTE_WRITES) != 0;
	call->match = match;
}

enum err context_check(struct call *call, const struct route *route,
    struct context_objection *objection)
{
	struct caller_ask *ask = &call->asker.ask;
	const struct caller_ask own = *ask;
	char organization[ULID_SIZE];
	enum err err;

	if (!route_is_named_by_path(route->scope) && ask->scope != SCOPE_TRAIL)
		return ERR_NONE;
	read_context(call);
	if (ask->project == NULL && ask->organization == NULL)
		return ERR_NONE;
	ask->scope = SCOPE_CONTEXT;
	ask->need = NEED_NOTHING;
	ask->unknown = ERR_FORBIDDEN;
	ask->manages = false;
	ask->steps_up = false;
	err = caller_find(call->st, &call->asker);
	*ask = own;
	objection->is_header = err != ERR_NONE;
	if (err)
		return err;
	memcpy(organization, call->asker.caller.organization_id,
	    sizeof(organization));
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	if ((err = caller_find(call->st, &call->asker)))
		return err;
	if (call->asker.caller.organization_id[0] == '\0' ||
	    strcmp(call->asker.caller.organization_id, organization) == 0)
		return ERR_NONE;
	objection->is_contradiction = true;
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_CONTEXT,
	    "the path and a header of the context name two different"
	    " organizations: leave X-Organization-ID and"
	    " X-Bindplane-Account-ID out");
}
