/*
 * Users of a project: the role there.
 */
#include "resource/project_member.h"

#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct field fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	RESOURCE_FIELD(struct user, "role", "role", FIELD_TEXT, PART_SPEC, 0,
	    role, &domain_project_role, NULL),
	RESOURCE_FIELD(struct project_member, "effectiveRole", "effective_role",
	    FIELD_TEXT, PART_SPEC, 0, effective_role, &domain_project_role,
	    "Only in the users of a project: the role that counts, `admin` for"
	    " an admin of the organization."),
	{ .column = "member_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct project_member, organization_role) },
	{ .column = "bound_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct project_member, bound_id) },
	{ .column = "binding_version",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct project_member, version) },
};
const struct resource project_member_resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(fields),
};

static const struct shape shape = {
	.resource = &project_member_resource,
	.one = "user",
	.many = "users",
	.size = sizeof(struct project_member),
	.id = offsetof(struct project_member, bound_id),
	.version = offsetof(struct project_member, version),
	.kind = 'b',
	EXAMPLES(struct project_member,
	    { .user = EXAMPLE_BOB("viewer"), .effective_role = "viewer" },
	    { .user = EXAMPLE_ADA("user"), .effective_role = "admin" }),
};

struct project_member_body {
	const char *role;
};
static const struct field body_fields[] = {
	{ .member = "role",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct project_member_body, role),
	    .domain = &domain_project_role,
	    .says = "The role in the project." },
};
static const struct field_table body_table = FIELD_TABLE(body_fields);

/* --- statements ----------------------------------------------------------- */

/*
 * The index has organization, project and user: behind the first page all of
 * them are values, those of the cursor (store/columns.h).
 */
#define FIRST_OF "pb.project_id = hp.id AND pb.organization_id = o.id"
#define FIRST_BEGIN AFTER
#define NEXT_OF NEXT_PAGE_OF("pb") " AND pb.project_id = ? AND hp.id = ?"
#define NEXT_BEGIN AFTER_OF, AFTER_OF, AFTER_IN, AFTER_IN, AFTER
#define LIST(scope_, page_, ...) \
	{ \
		.scope = scope_, .columns = PROJECT_MEMBER_COLUMNS, \
		.text = "LEFT JOIN project_bindings pb" \
			" FORCE INDEX (project_bindings_project)" \
			" ON " page_##_OF \
		    " AND pb.user_id > ?" \
		    " AND (? IS NULL OR EXISTS (SELECT 1 FROM users f" \
		    " WHERE f.id = pb.user_id" \
		    " AND LOCATE(?, f.email_key) = 1))" \
		    " AND " IS_PATH_PROJECT_ADMIN \
		    " LEFT JOIN organization_bindings mb" \
		    " ON mb.user_id = pb.user_id" \
		    " AND mb.organization_id" \
		    " = pb.organization_id" USER_JOINS_OF_PROJECT " LIMIT ?", \
		.tables = { &project_member_resource.table }, \
		IN(page_##_BEGIN, QUERY("q"), QUERY("q"), LIMIT), __VA_ARGS__ \
	}
#define NEXT(scope_) LIST(scope_, NEXT, .bounded = NEXT_PAGE_IS_BOUNDED)
static const struct statement next = NEXT(SCOPE_PROJECT);
static const struct statement next_current = NEXT(SCOPE_CURRENT);
static const struct statement list = LIST(
    SCOPE_PROJECT, FIRST, .next_page = &next);
static const struct statement list_current = LIST(
    SCOPE_CURRENT, FIRST, .next_page = &next_current);

/* A member of the organization, and the binding where there is one. */
#define FIND(scope_) \
	{ \
		.scope = scope_, .columns = PROJECT_MEMBER_COLUMNS, \
		.text = "LEFT JOIN organization_bindings mb" \
			" ON mb.organization_id = o.id AND mb.user_id = ?" \
			" LEFT JOIN project_bindings pb" \
			" ON pb.user_id = mb.user_id" \
			" AND pb.project_id = hp.id" USER_JOINS_OF_PROJECT, \
		.tables = { &project_member_resource.table }, \
		IN(PATH("userId")), \
	}
static const struct statement find = FIND(SCOPE_PROJECT);
static const struct statement find_current = FIND(SCOPE_CURRENT);

static const struct statement insert = {
	.text = "INSERT INTO project_bindings (user_id, organization_id,"
		" project_id, role, version, created_at)"
		" SELECT mb.user_id, mb.organization_id, ?, ?, ?, ?"
		" FROM organization_bindings mb"
		" WHERE mb.user_id = ? AND mb.organization_id = ?",
	IN(CALLER(project_id), ROW(TEXT, struct project_member, user.role),
	    ROW(INTEGER, struct project_member, version), NOW, PATH("userId"),
	    CALLER(organization_id)),
};

/* The binding that was read, if it is as it was read. */
#define BINDING "user_id = ? AND project_id = ? AND version = ?"
#define BINDING_VALUES \
	OLD(TEXT, struct project_member, bound_id), CALLER(project_id), \
	    OLD(INTEGER, struct project_member, version)

static const struct statement set_role = {
	.text = "UPDATE project_bindings SET role = ?, version = version + 1"
		" WHERE " BINDING,
	IN(ROW(TEXT, struct project_member, user.role), BINDING_VALUES),
};

static const struct statement leave = {
	.text = "UPDATE users SET"
		" active_project_id = NULLIF(active_project_id, ?),"
		" next_login_project_id = NULLIF(next_login_project_id, ?)"
		" WHERE id = ?",
	IN(CALLER(project_id), CALLER(project_id),
	    OLD(TEXT, struct project_member, bound_id)),
};

static const struct statement delete_it = {
	.text = "DELETE FROM project_bindings WHERE " BINDING,
	IN(BINDING_VALUES),
};

#define REMOVED(scope_) \
	{ \
		.scope = scope_, .columns = TRAIL_FOUND, \
		.text = TRAIL_HAS( \
		    "t.organization_id = o.id" \
		    " AND t.action = 'member.remove'" \
		    " AND t.detail = CONCAT('out of the project ', hp.id)"), \
		.tables = { &statement_found_table }, IN(PATH("userId")), \
	}
static const struct statement removed = REMOVED(SCOPE_PROJECT);
static const struct statement removed_current = REMOVED(SCOPE_CURRENT);

static const struct statement *const statements[] = { &list, &list_current,
	&find, &find_current, &insert, &set_role, &leave, &delete_it, &removed,
	&removed_current, NULL };

/* --- operations ----------------------------------------------------------- */

static enum err make_bound(struct call *call, void *row)
{
	const struct project_member_body *body = call->body;
	struct project_member *made = row;

	if (!role_is_of_project(body->role))
		return fault_set(&call->rq->fault, ERR_BAD_FIELD,
		    "role must be admin, user or viewer");
	if (made->user.id[0] == '\0')
		return ERR_NOT_A_MEMBER;
	if (strcmp(made->user.role, body->role) == 0)
		return ERR_NONE;
	text_set(made->user.role, sizeof(made->user.role), body->role);
	if (strcmp(made->organization_role, "admin") != 0)
		text_set(made->effective_role, sizeof(made->effective_role),
		    body->role);
	text_set(made->detail, sizeof(made->detail),
	    arena_print(call->rq->mem, "%s of the project %s", body->role,
		call->asker.caller.project_id));
	return ERR_NONE;
}

static enum err make_removed(struct call *call, void *row)
{
	struct project_member *made = row;

	text_set(made->detail, sizeof(made->detail),
	    arena_print(call->rq->mem, "out of the project %s",
		call->asker.caller.project_id));
	return ERR_NONE;
}

#define TRAIL(action_) \
	.action = action_, .kind = "User", \
	.subject = OLD(TEXT, struct project_member, user.id), \
	.detail = ROW(TEXT, struct project_member, detail), \
	ABOUT_PROJECT(CALLER(project_id)), \
	PARTS( \
	    { "before", OLD(TEXT, struct project_member, user.role), false }, \
	    { "project", CALLER(project_id), false }, \
	    { "role", ROW(TEXT, struct project_member, user.role), false })

static const struct plan insert_plan = {
	STEPS({ &insert, ERR_NOT_A_MEMBER, ERR_STALE }),
	TRAIL("member.add"),
};
static const struct plan role_plan = {
	STEPS({ &set_role, ERR_STALE, ERR_NONE }),
	TRAIL("member.role"),
};
static const struct plan remove_plan = {
	STEPS({ &leave, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("member.remove"),
};

#define LIST_BY(read_) \
	{ \
		.kind = OPERATION_LIST, .shape = &shape, .read = &read_ \
	}
static const struct operation list_all = LIST_BY(list);
static const struct operation list_of_current = LIST_BY(list_current);

#define GET_BY(read_) \
	{ \
		.kind = OPERATION_GET, .shape = &shape, .read = &read_, \
		.need = NEED_PROJECT_ADMIN, \
	}
static const struct operation get_one = GET_BY(find);
static const struct operation get_of_current = GET_BY(find_current);

static const struct operation put_it = {
	.kind = OPERATION_PUT,
	.shape = &shape,
	.read = &find,
	.make = make_bound,
	.write = &role_plan,
	.insert = &insert_plan,
	.seen = &get_one,
	.location = "/v1/projects/{id}/users/{userId}",
};
#define REMOVE_BY(read_, removed_) \
	{ \
		.kind = OPERATION_REMOVE, .shape = &shape, .read = &read_, \
		.make = make_removed, .write = &remove_plan, \
		.removed = &removed_, LOSSES({ "projectRoles", NULL, false }), \
	}
static const struct operation remove_it = REMOVE_BY(find, removed);
static const struct operation remove_from_current = REMOVE_BY(
    find_current, removed_current);

/* --- words --------------------------------------------------------------- */

static const struct describe list_words = {
	.tag = "Users",
	.summary = "List the users of a project",
	.says =
	    "The users that are bound to the project. `role` is the role in"
	    " the project. `effectiveRole` is the role that counts: an admin"
	    " of the organization is an admin of each of its projects. For"
	    " the project's admins.",
	.answer = "The users.",
};
static const struct describe get_words = {
	.tag = "Users",
	.summary = "Read a user of a project",
	.says =
	    "With the roles as in the list. For the project's admins. A user"
	    " who is not bound to the project is 404.",
	.answer = "The user.",
};
static const struct describe put_words = {
	.tag = "Users",
	.summary = "Bind a user to a project, or change the role",
	.says =
	    "The user is a member of the project's organization: an id of"
	    " anybody else is 409 `not-a-member`, whether such a user exists"
	    " or not. For the project's admins. The role that the user has"
	    " already changes nothing and is 200.",
	.answer = "The user was bound before and has this role now.",
	.created = "The user is bound to the project.",
	.body = "SetProjectRole",
	.body_says = "The role in the project.",
	BODIES({ "role", "role" }),
	PROBLEMS(ERR_NOT_A_MEMBER),
};
static const struct describe remove_words = {
	.tag = "Users",
	.summary = "Take a user out of a project",
	.says =
	    "The user stays a member of the organization. If this is the"
	    " project that is active for the user, or the one of the next"
	    " login, the user has none afterwards. For the project's admins."
	    " A user who was taken out before is 204 again, one who was never"
	    " bound is 404.",
	.answer = "The user is not bound to the project.",
};

/* The same, where the context says which project it is. */
#define OF_CONTEXT \
	" of the project of the context: the one that the API key is bound" \
	" to; else the one that the header names, the active one, or the only" \
	" one that the caller may use. Without one it is 403."
static const struct describe list_current_words = {
	.tag = "Users",
	.summary = "List the users of the project of the context",
	.says = "The users" OF_CONTEXT " As `GET /v1/projects/{id}/users`.",
	.answer = "The users.",
};
static const struct describe get_current_words = {
	.tag = "Users",
	.summary = "Read a user of the project of the context",
	.says = "A user" OF_CONTEXT
		" As `GET /v1/projects/{id}/users/{userId}`.",
	.answer = "The user.",
};
static const struct describe remove_current_words = {
	.tag = "Users",
	.summary = "Take a user out of the project of the context",
	.says = "A user" OF_CONTEXT
		" As `DELETE /v1/projects/{id}/users/{userId}`.",
	.answer = "The user is not bound to the project.",
};

/* --- routes --------------------------------------------------------------- */

#define COMMON(path_) \
	.pattern = path_, .scope = SCOPE_PROJECT, .need = NEED_PROJECT_ADMIN, \
	.unknown = ERR_NO_RESOURCE

#define CURRENT(path_) \
	.pattern = path_, .scope = SCOPE_CURRENT, .need = NEED_PROJECT_ADMIN, \
	.unknown = ERR_FORBIDDEN

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX, QUERY_ADDRESS },
};
static const struct query_table query = QUERY_TABLE(parameters);

/* Both names of a project. */
#define USERS_OF(project_, name_) \
	{ COMMON(project_ "/users"), .method = METHOD_GET, \
		.flags = ROUTE_FUSED | ROUTE_LIST, .query = &query, \
		.does = &list_all, .operation_id = "list" name_ "s", \
		.describe = &list_words }, \
	    { COMMON(project_ "/users/{userId}"), .method = METHOD_GET, \
		    .flags = ROUTE_FUSED, .does = &get_one, \
		    .operation_id = "get" name_, .describe = &get_words }, \
	    { COMMON(project_ "/users/{userId}"), .method = METHOD_PUT, \
		    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES, \
		    .body = &body_table, \
		    .body_size = sizeof(struct project_member_body), \
		    .does = &put_it, .operation_id = "set" name_, \
		    .describe = &put_words }, \
	{ \
		COMMON(project_ "/users/{userId}"), \
		    .method = METHOD_DELETE, \
		    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES, \
		    .query = &dry_run_query, .does = &remove_it, \
		    .operation_id = "remove" name_, .describe = &remove_words \
	}

static const struct route routes[] = {
	USERS_OF("/v1/projects/{id}", "ProjectUser"),
	USERS_OF("/v1/accounts/{id}", "AccountUser"),
	{ CURRENT("/v1/users"), .method = METHOD_GET,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST,
	    .query = &query, .does = &list_of_current,
	    .operation_id = "listCurrentProjectUsers",
	    .describe = &list_current_words },
	{ CURRENT("/v1/users/{userId}"), .method = METHOD_GET,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY, .does = &get_of_current,
	    .operation_id = "getCurrentProjectUser",
	    .describe = &get_current_words },
	{ CURRENT("/v1/users/{userId}"), .method = METHOD_DELETE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .query = &dry_run_query, .does = &remove_from_current,
	    .operation_id = "removeCurrentProjectUser",
	    .describe = &remove_current_words },
};

extern const struct module project_member_module;
const struct module project_member_module = { ROUTES(routes),
	.statements = statements };
