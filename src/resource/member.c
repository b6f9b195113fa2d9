/*
 * One user of an organization: the role there, and the projects.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "resource/module.h"
#include "store/columns.h"
#include "store/invitation.h"
#include "store/rights.h"
#include "store/usable_admin.h"

struct member {
	struct user user;
	int64_t version; /* of the binding */
	int64_t since;
	char detail[40]; /* of the audit trail */
};

static const struct field member_fields[] = {
	RESOURCE_METADATA(struct user),
	USER_SPEC(struct user),
	RESOURCE_FIELD(struct user, "role", "role", FIELD_TEXT, PART_SPEC,
	    FIELD_OMIT_EMPTY, role, &domain_project_role, NULL),
	{ .column = "binding_version",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct member, version) },
	{ .column = "since",
	    .type = FIELD_TIME,
	    FIELD_AT(struct member, since) },
};
static const struct resource resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(member_fields),
};

static const struct field beside_fields[] = {
	{ .member = "role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member, user.role),
	    .domain = &domain_organization_role,
	    .says = "The role in the organization." },
	{ .member = "since",
	    .type = FIELD_TIME,
	    FIELD_AT(struct member, since),
	    .says = "When the user became a member." },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

struct member_project {
	char id[ULID_SIZE];
	char role[ROLE_SIZE];
	char effective_role[ROLE_SIZE];
};
static const struct field project_fields[] = {
	{ .member = "id",
	    .column = "project_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, id),
	    .domain = &domain_id },
	{ .member = "role",
	    .column = "project_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, role),
	    .domain = &domain_project_role,
	    .says = "The role in the project." },
	{ .member = "effectiveRole",
	    .column = "effective_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, effective_role),
	    .domain = &domain_project_role,
	    .says = "The role that counts: `admin` for an admin of the"
		    " organization." },
};
static const struct field_table project_table = FIELD_TABLE(project_fields);
static const struct nested projects = {
	.member = "projects",
	.table = &project_table,
	.size = sizeof(struct member_project),
	.id = offsetof(struct member_project, id),
	.schema = "ProjectRole",
	.says = "The projects of the organization that the member is bound to.",
	.example = &(const struct member_project){ "01JD8C2W6HZ0B5QK9MTXV3RN4F",
	    "viewer", "viewer" },
};

#define SHAPE \
	.resource = &resource, .one = "user", .size = sizeof(struct member), \
	.id = offsetof(struct member, user.id), \
	.version = offsetof(struct member, version), .kind = 'm', \
	EXAMPLES(struct member, \
	    { .user = EXAMPLE_BOB("user"), .since = EXAMPLE_TIME })

static const struct shape shape = { SHAPE };
static const struct shape shape_of_get = {
	SHAPE,
	.beside = &beside,
	.nested = &projects,
	.schema = "Member",
	.says = "A member of an organization.",
};

struct member_change {
	const char *role;
};
static const struct field change_fields[] = {
	{ .member = "role",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct member_change, role),
	    .domain = &domain_organization_role,
	    .says = "The role in the organization." },
};
static const struct field_table change_table = FIELD_TABLE(change_fields);

/* --- statements ----------------------------------------------------------- */

#define COLUMNS \
	USER_COLUMNS ", mb.role, mb.version AS binding_version," \
		     " mb.created_at AS since"
#define MEMBER \
	"LEFT JOIN organization_bindings mb ON mb.organization_id = o.id" \
	" AND mb.user_id = COALESCE(?, u.id)" USER_JOINS

static const struct statement find = {
	.scope = SCOPE_CONTEXT,
	.columns = COLUMNS,
	.text = MEMBER,
	.tables = { &resource.table },
	IN(PERSON("id")),
};

static const struct statement get = {
	.scope = SCOPE_CONTEXT,
	.columns = COLUMNS
	", pb.project_id, pb.role AS project_role,"
	" IF(mb.role = 'admin', 'admin', pb.role) AS effective_role",
	.text = MEMBER " LEFT JOIN project_bindings pb"
		       " FORCE INDEX (PRIMARY) ON pb.user_id = mb.user_id"
		       " AND pb.organization_id = mb.organization_id"
		       " AND (k.project_id IS NULL"
		       " OR pb.project_id = k.project_id)",
	.tables = { &resource.table, &project_table },
	IN(PERSON("id")),
};

/* The binding that was read, if it is as it was read. */
#define BINDING "user_id = ? AND organization_id = ? AND version = ?"
#define BINDING_VALUES \
	OLD(TEXT, struct member, user.id), CALLER(organization_id), \
	    OLD(INTEGER, struct member, version)

static const struct statement set_role = {
	.text = "UPDATE organization_bindings SET role = ?,"
		" version = version + 1 WHERE " BINDING,
	IN(ROW(TEXT, struct member, user.role), BINDING_VALUES),
};

/* Where it was one of the organization. */
#define CLEARED(column) \
	column " = IF(EXISTS (SELECT 1 FROM projects p WHERE p.id = " column \
	       " AND p.organization_id = ?), NULL, " column ")"
#define CLEAR_ACTIVE CLEARED("active_project_id")
#define CLEAR_NEXT CLEARED("next_login_project_id")

static const struct statement leave_projects = {
	.text = "UPDATE users SET " CLEAR_ACTIVE ", " CLEAR_NEXT
		" WHERE id = ?",
	IN(CALLER(organization_id), CALLER(organization_id),
	    OLD(TEXT, struct member, user.id)),
};

static const struct statement delete_keys = {
	.text = "DELETE FROM api_keys WHERE user_id = ?"
		" AND organization_id = ?",
	IN(OLD(TEXT, struct member, user.id), CALLER(organization_id)),
};

/* Those by that person, and for the address. */
static const struct statement revoke_invitations = {
	.text = INVITATIONS_REVOKE,
	IN(NOW, NOW, CALLER(organization_id), OLD(TEXT, struct member, user.id),
	    OLD(TEXT, struct member, user.id)),
};

/* Its bindings to projects go with it. */
static const struct statement delete_it = {
	.text = "DELETE FROM organization_bindings WHERE " BINDING,
	IN(BINDING_VALUES),
};

#define OF_MEMBER " WHERE user_id = ? AND organization_id = ?"
#define OF_MEMBER_VALUES \
	IN(OLD(TEXT, struct member, user.id), CALLER(organization_id))

static const struct statement count_roles = {
	.text = "SELECT COUNT(*) AS value FROM project_bindings" OF_MEMBER,
	.tables = { &statement_number_table },
	OF_MEMBER_VALUES,
};

static const struct statement lost_keys = {
	.text = "SELECT id, hint, description FROM api_keys" OF_MEMBER,
	.tables = { &lost_key_table },
	OF_MEMBER_VALUES,
};

static const struct statement removed = {
	.scope = SCOPE_CONTEXT,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS("t.organization_id = o.id"
			  " AND t.action = 'member.remove'"
			  " AND t.detail = 'out of the organization'"),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

static const struct statement *const statements[] = { &find, &get, &set_role,
	&leave_projects, &delete_keys, &revoke_invitations, &delete_it,
	&count_roles, &lost_keys, &removed, NULL };

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
	return fault_refuse(&call->rq->fault, ERR_FORBIDDEN, CAUSE_ROLE,
	    "this needs an admin of the organization: ask for `me`, or with a"
	    " key without a lower role");
}

static enum err make_changed(struct call *call, void *row)
{
	const struct member_change *body = call->body;
	struct member *made = row;

	if (!role_is_of_organization(body->role))
		return fault_set(&call->rq->fault, ERR_BAD_FIELD,
		    "role must be admin or user");
	if (strcmp(made->user.role, body->role) == 0)
		return ERR_NONE;
	text_set(made->user.role, sizeof(made->user.role), body->role);
	text_set(made->detail, sizeof(made->detail),
	    arena_print(call->rq->mem, "%s of the organization", body->role));
	return ERR_NONE;
}

static enum err make_removed(struct call *call, void *row)
{
	struct member *made = row;

	(void)call;
	made->user.role[0] = '\0';
	text_set(made->detail, sizeof(made->detail), "out of the organization");
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

#define TRAIL(action_) \
	.action = action_, .kind = "User", \
	.subject = OLD(TEXT, struct member, user.id), \
	.detail = ROW(TEXT, struct member, detail)

static const struct plan role_plan = {
	STEPS({ &set_role, ERR_STALE, ERR_NONE }),
	TRAIL("member.role"),
};
static const struct plan remove_plan = {
	STEPS({ &leave_projects, ERR_NONE, ERR_NONE },
	    { &delete_keys, ERR_NONE, ERR_NONE },
	    { &revoke_invitations, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("member.remove"),
};

static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &shape_of_get,
	.read = &get,
	.judge = judge_reader,
	.need = NEED_MEMBER,
};
static const struct operation change_role = {
	.kind = OPERATION_CHANGE,
	.shape = &shape,
	.read = &find,
	.make = make_changed,
	.seen = &get_one,
	.guards = guards_admin,
	.write = &role_plan,
};
static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &shape,
	.read = &find,
	.make = make_removed,
	.guards = guards_admin,
	.write = &remove_plan,
	.removed = &removed,
	LOSSES({ "members", NULL, false },
	    { "projectRoles", &count_roles, false }),
	.lost_keys = &lost_keys,
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
	    .flags = ROUTE_FUSED | ROUTE_WRITES, .body = &change_table,
	    .body_size = sizeof(struct member_change), .does = &change_role,
	    .operation_id = "setMemberRole", .describe = &change_words },
	{ MEMBER_ROUTE, .method = METHOD_DELETE, .need = NEED_ADMIN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES, .query = &dry_run_query,
	    .does = &remove_it, .operation_id = "removeMember",
	    .describe = &remove_words },
};

extern const struct module member_module;
const struct module member_module = { ROUTES(routes),
	.statements = statements };
