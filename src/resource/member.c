/*
 * One user of an organization: the role there, and the projects; and how a
 * person leaves it.  resource/member_write.c has what is written.
 */
#include "resource/member.h"

#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "store/columns.h"
#include "store/rights.h"
#include "store/usable_admin.h"

/* --- statements ----------------------------------------------------------- */

#define COLUMNS(successor_role_) \
	USER_COLUMNS ", mb.role, mb.version AS binding_version," \
		     " mb.created_at AS since, " successor_role_ \
		     " AS successor_role"
#define OWN_COLUMNS COLUMNS("NULL")
#define MEMBER \
	"LEFT JOIN organization_bindings mb ON mb.organization_id = o.id" \
	" AND mb.user_id = COALESCE(?, u.id)" USER_JOINS

static const struct statement find = {
	.scope = SCOPE_CONTEXT,
	.columns = OWN_COLUMNS,
	.text = MEMBER,
	.tables = { &member_resource.table },
	IN(PERSON("id")),
};

static const struct statement get = {
	.scope = SCOPE_CONTEXT,
	.columns = OWN_COLUMNS
	", pb.project_id, pb.role AS project_role,"
	" IF(mb.role = 'admin', 'admin', pb.role) AS effective_role",
	.text = MEMBER " LEFT JOIN project_bindings pb"
		       " FORCE INDEX (PRIMARY) ON pb.user_id = mb.user_id"
		       " AND pb.organization_id = mb.organization_id"
		       " AND (k.project_id IS NULL"
		       " OR pb.project_id = k.project_id)",
	.tables = { &member_resource.table, &member_project_table },
	IN(PERSON("id")),
};

static const struct statement find_leaver = {
	.scope = SCOPE_NAMED,
	.columns = COLUMNS("sb.role"),
	.text = "LEFT JOIN organization_bindings mb"
		" ON mb.organization_id = o.id AND mb.user_id = u.id"
		" LEFT JOIN organization_bindings sb"
		" ON sb.organization_id = o.id AND sb.user_id = ?" USER_JOINS,
	.tables = { &member_resource.table },
	IN(BODY(struct leave_body, successor)),
};

/* By the same person before, who has no role there any more. */
static const struct statement left = {
	.scope = SCOPE_SELF,
	.columns = TRAIL_FOUND,
	.text = "LEFT JOIN audit_events a ON a.id = (SELECT MIN(t.id)"
		" FROM audit_events t WHERE t.resource_id = u.id"
		" AND t.organization_id = COALESCE((SELECT s.id"
		" FROM organizations s WHERE s.name = ?), ?)"
		" AND t.action = 'member.leave' AND k.id IS NULL"
		" AND " TRAIL_IS_THERE ")",
	.tables = { &statement_found_table },
	IN(PATH("id"), PATH("id")),
};

static const struct statement removed = {
	.scope = SCOPE_CONTEXT,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS("t.organization_id = o.id"
			  " AND (t.action = 'member.leave'"
			  " OR (t.action = 'member.remove'"
			  " AND t.detail = 'out of the organization'))"),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

static const struct statement *const statements[] = { &find, &get, &find_leaver,
	&left, &removed, NULL };

/* --- operations ----------------------------------------------------------- */

/* An admin, or the person: nobody else is told who is a member. */
static enum err judge_reader(struct call *call, const void *row)
{
	const char *asked = route_value(call->match, "id");
	const struct caller *caller = &call->asker.caller;

	(void)row;
	if (caller_is_admin(caller) || strcmp(asked, "me") == 0 ||
	    strcmp(asked, caller->user_id) == 0)
		return ERR_NONE;
	return call_refuse(call, CAUSE_ROLE, "admin",
	    "this needs an admin of the organization: ask for `me`, or with a"
	    " key without a lower role");
}

/* Of who becomes an admin, or was one; not for a dry run. */
static enum err step_up(struct call *call)
{
	return query_is_true(&call->query, "dryRun")
	    ? ERR_NONE
	    : caller_step_up(&call->asker.caller, &call->rq->fault);
}

static enum err make_changed(struct call *call, void *row)
{
	const struct member_change *body = call->body;
	struct member *made = row;
	enum err err;

	if (!role_is_of_organization(body->role))
		return fault_set(&call->rq->fault, ERR_BAD_FIELD,
		    "role must be admin or user");
	if (strcmp(made->user.role, body->role) == 0)
		return ERR_NONE;
	if (strcmp(body->role, "admin") == 0 && (err = step_up(call)))
		return err;
	text_set(made->user.role, sizeof(made->user.role), body->role);
	text_set(made->detail, sizeof(made->detail),
	    arena_print(call->rq->mem, "%s of the organization", body->role));
	return ERR_NONE;
}

static enum err make_removed(struct call *call, void *row)
{
	struct member *made = row;
	enum err err;

	if (strcmp(made->user.role, "admin") == 0 && (err = step_up(call)))
		return err;
	made->user.role[0] = '\0';
	text_set(made->detail, sizeof(made->detail), "out of the organization");
	return ERR_NONE;
}

/* An admin may make another member an admin by leaving, too. */
static enum err make_left(struct call *call, void *row)
{
	const struct leave_body *body = call->body;
	struct fault *fault = &call->rq->fault;
	struct member *made = row;
	bool is_admin = strcmp(made->user.role, "admin") == 0;
	enum err err;

	made->user.role[0] = '\0';
	if (body->successor == NULL)
		return ERR_NONE;
	if (!is_admin)
		return call_refuse(call, CAUSE_ROLE, "admin",
		    "only an admin of the organization has a successor: leave"
		    " without one");
	if (strcmp(body->successor, made->user.id) == 0)
		return fault_set(
		    fault, ERR_BAD_FIELD, "successor must be another member");
	if (made->successor_role[0] == '\0')
		return ERR_NOT_A_MEMBER;
	if ((err = step_up(call)))
		return err;
	text_set(made->detail, sizeof(made->detail),
	    arena_print(call->rq->mem, "admin of the organization: %s",
		body->successor));
	return ERR_NONE;
}

static bool guards_admin(const struct call *call, const void *old,
    const void *row, struct admin_guard *guard)
{
	const struct member *was = old, *is = row;

	guard->user_id = was->user.id;
	guard->organization_id = call->asker.caller.organization_id;
	guard->is_locked = true;
	return strcmp(was->user.role, "admin") == 0 &&
	    strcmp(is->user.role, "admin") != 0;
}

static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &member_shape_of_get,
	.read = &get,
	.judge = judge_reader,
	.need = NEED_MEMBER,
};
static const struct operation change_role = {
	.kind = OPERATION_CHANGE,
	.shape = &member_shape,
	.read = &find,
	.make = make_changed,
	.seen = &get_one,
	.guards = guards_admin,
	.write = &member_role_plan,
};
static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &member_shape,
	.read = &find,
	.make = make_removed,
	.guards = guards_admin,
	.write = &member_remove_plan,
	.removed = &removed,
	LOSSES({ "members", NULL, false },
	    { "projectRoles", &member_count_roles, false }),
	.lost_keys = &member_lost_keys,
};

static const struct operation leave_it = {
	.kind = OPERATION_REMOVE,
	.shape = &member_shape,
	.read = &find_leaver,
	.make = make_left,
	.guards = guards_admin,
	.write = &member_leave_plan,
	.removed = &left,
	LOSSES({ "members", NULL, false },
	    { "projectRoles", &member_count_roles, false }),
	.lost_keys = &member_lost_keys,
};

/* --- words --------------------------------------------------------------- */

static const struct describe get_words = {
	.tag = "Users",
	.summary = "Read a member of the organization",
	.says =
	    "A member of the context's organization, with the role there, the"
	    " projects that the member is bound to, and the time of becoming"
	    " a member. For the organization's admins and for the member"
	    " alone, who may write `me` in place of the id. The id of anybody"
	    " else is 403 for a member who is no admin, and an id that is no"
	    " member's is 404 for an admin.",
	.answer = "The member.",
};
static const struct describe change_words = {
	.tag = "Users",
	.summary = "Change the role of a member",
	.says = "In the context's organization. For its admins. The last usable"
		" admin keeps the role: 409 `last-admin`. The role that the"
		" member has already changes nothing and is 200.",
	.answer = "The member with the role of now.",
	.body = "SetMemberRole",
	.body_says = "The role in the organization.",
	BODIES({ "role", "role" }),
	PROBLEMS(ERR_STEP_UP),
};
static const struct describe remove_words = {
	.tag = "Users",
	.summary = "Remove a member from the organization",
	.says =
	    "From the context's organization. The memberships of its projects"
	    " and the member's API keys that are bound to it go too; the user"
	    " stays. For its admins. The last usable admin stays: 409"
	    " `last-admin`. A member who was removed before is 204 again, an"
	    " id that was never a member's is 404.",
	.answer = "The user is not a member.",
	PROBLEMS(ERR_STEP_UP),
};
static const struct describe leave_words = {
	.tag = "Users",
	.summary = "Leave an organization",
	.says = "The caller is no member any longer: with the role go the"
		" projects, and the API keys that are bound there. The last"
		" usable admin stays, 409 `last-admin`, or names a successor,"
		" who becomes an admin in the same transaction. For a person"
		" with login and password; an API key gets 403 `not-for-keys`.",
	.answer = "The caller has left, or had left before.",
	.body = "Leave",
	.body_says = "Who becomes an admin; nobody, if there is no body.",
	BODIES({ "successor", "successor" }),
	PROBLEMS(ERR_STEP_UP, ERR_NOT_FOR_KEYS, ERR_NOT_A_MEMBER),
};

/* --- routes --------------------------------------------------------------- */

#define MEMBER_ROUTE \
	.pattern = "/v1/organizations/users/{id}", .scope = SCOPE_CONTEXT, \
	.unknown = ERR_FORBIDDEN

static const struct route routes[] = {
	{ MEMBER_ROUTE, .method = METHOD_GET, .need = NEED_MEMBER,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY, .does = &get_one,
	    .operation_id = "getMember", .describe = &get_words },
	{ MEMBER_ROUTE, .method = METHOD_PATCH, .need = NEED_ADMIN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .body = &member_change_table,
	    .body_size = sizeof(struct member_change), .does = &change_role,
	    .operation_id = "setMemberRole", .describe = &change_words },
	{ MEMBER_ROUTE, .method = METHOD_DELETE, .need = NEED_ADMIN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .query = &dry_run_query, .does = &remove_it,
	    .operation_id = "removeMember", .describe = &remove_words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/organizations/{id}/leave",
	    .scope = SCOPE_NAMED,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MAY_BE_BARE,
	    .body = &member_leave_table,
	    .body_size = sizeof(struct leave_body),
	    .query = &dry_run_query,
	    .does = &leave_it,
	    .operation_id = "leaveOrganization",
	    .describe = &leave_words },
};

extern const struct module member_module;
const struct module member_module = { ROUTES(routes),
	.statements = statements };
