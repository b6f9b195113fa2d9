/*
 * Who may call which route, written from the table of routes.
 */
#include <string.h>

#include "api/call.h"
#include "http/request.h"
#include "resource/module.h"

enum { ROW_SIZE = 320 };

/* --- what a row says ------------------------------------------------------ */

static const char *name_of_need(const struct route *route)
{
	static const char *const names[] = {
		[NEED_NOTHING] = "credential",
		[NEED_PERSON] = "person",
		[NEED_USER] = "user",
		[NEED_UNCONFINED] = "unrestricted",
		[NEED_MEMBER] = "member",
		[NEED_ASKING] = "admin-or-service-key",
		[NEED_ADMIN] = "admin",
		[NEED_AUDITOR] = "admin-or-project-key",
		[NEED_PROJECT_ADMIN] = "project-admin",
		[NEED_SYSTEM_ADMIN] = "system-admin",
	};

	return route->scope == SCOPE_PUBLIC ? "nothing" : names[route->need];
}

static bool is_about_project(const struct route *route)
{
	return route->scope == SCOPE_PROJECT || route->scope == SCOPE_CURRENT;
}

static const char *name_of_target(const struct route *route)
{
	if (route->scope == SCOPE_PUBLIC || route->scope == SCOPE_SELF)
		return "none";
	return is_about_project(route) && route->need != NEED_ADMIN
	    ? "project"
	    : "organization";
}

/* The roles in the target that are enough, the lowest first. */
static const char *roles_of(const struct route *route)
{
	switch (route->need) {
	case NEED_ASKING:
	case NEED_ADMIN:
	case NEED_AUDITOR:
	case NEED_PROJECT_ADMIN:
		return "[\"admin\"]";
	case NEED_MEMBER:
	case NEED_PERSON:
		if (route->scope == SCOPE_PUBLIC || route->scope == SCOPE_SELF)
			return "[]";
		return is_about_project(route)
		    ? "[\"viewer\",\"user\",\"admin\"]"
		    : "[\"user\",\"admin\"]";
	default:
		return "[]";
	}
}

static const char *service_keys_of(const struct route *route)
{
	switch (route->need) {
	case NEED_PERSON:
	case NEED_USER:
	case NEED_UNCONFINED:
	case NEED_SYSTEM_ADMIN:
		return "no";
	default:
		return route->flags & ROUTE_MANAGES ? "manage" : "yes";
	}
}

/* --- the answer ----------------------------------------------------------- */

static void put(struct json_writer *json, const char *name, const char *value)
{
	json_key(json, name);
	json_text(json, value);
}

static void put_route(struct json_writer *json, const struct route *route)
{
	const char *roles = roles_of(route);

	json_open_object(json);
	put(json, "method", request_method_name(route->method));
	put(json, "path", route->pattern);
	put(json, "target", name_of_target(route));
	put(json, "need", name_of_need(route));
	json_key(json, "roles");
	json_raw(json, roles, strlen(roles));
	put(json, "serviceKeys", service_keys_of(route));
	json_close_object(json);
}

static enum err list_permissions(struct call *call, struct response *rs)
{
	struct arena *mem = call->rq->mem;
	struct route_table table = modules_routes(mem);
	size_t size = (table.count + 1) * ROW_SIZE;
	char *text = arena_alloc(mem, size);
	struct json_writer json;

	json_start(&json, text, size, NULL, NULL);
	json_open_object(&json);
	json_key(&json, "permissions");
	json_open_list(&json);
	for (size_t i = 0; i < table.count; i++)
		put_route(&json, table.rows[i]);
	json_close_list(&json);
	json_close_object(&json);
	return json.failed ? json.failed
			   : respond_document(rs, 'p', text, json.used);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer permissions = {
	.status = 200,
	.schema = "Permissions",
	.text =
	    "{'type':'object','required':['permissions'],'properties':{"
	    "'permissions':{'type':'array','items':{'type':'object',"
	    "'required':['method','path','target','need','roles',"
	    "'serviceKeys'],'properties':{"
	    "'method':{'type':'string'},'path':{'type':'string'},"
	    "'target':{'type':'string','enum':['none','organization',"
	    "'project'],'description':'Where the role is needed.'},"
	    "'need':{'type':'string','enum':['nothing','credential','person',"
	    "'user','unrestricted','member','admin-or-service-key','admin',"
	    "'admin-or-project-key','project-admin','system-admin'],"
	    "'description':'`person`: no API"
	    " key. `user`: no service key. `unrestricted`: no API key that is"
	    " bound or has a role below admin. `admin-or-project-key`: an"
	    " admin, also with a key that is bound to a project.'},"
	    "'roles':{'type':'array','items':{'type':'string'},"
	    "'description':'The roles in the target that are enough; empty:"
	    " none is needed, or none is enough.'},"
	    "'serviceKeys':{'type':'string','enum':['no','yes','manage'],"
	    "'description':'Whether a service key may call it; `manage`: one"
	    " that was made with `manage`.'}}}}}}",
	.example =
	    "{'permissions':[{'method':'GET','path':'/v1/organizations/{id}',"
	    "'target':'organization','need':'member','roles':['user','admin'],"
	    "'serviceKeys':'yes'}]}",
	.is_document = true,
};
static const struct describe words = {
	.tag = "Checks",
	.summary = "Read who may call which route",
	.says = "For everybody, without a credential. It is written from the"
		" table by which the program answers. A role is the lesser of"
		" that of the user and that of the API key, and an admin of an"
		" organization counts as an admin of each of its projects."
		" Beyond that a route may look at what it is about: a user"
		" revokes API keys of one's own, for example.",
	.answer = "The routes.",
	.function = &permissions,
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/permissions",
	    .scope = SCOPE_PUBLIC,
	    .need = NEED_NOTHING,
	    .unknown = ERR_FORBIDDEN,
	    .handle = list_permissions,
	    .operation_id = "listPermissions",
	    .describe = &words },
};

extern const struct module permissions_module;
const struct module permissions_module = { ROUTES(routes) };
