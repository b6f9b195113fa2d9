/*
 * The caller as a person: the account, and where it is a member.
 */
#include "api/call.h"
#include "base/text.h"
#include "model/example.h"
#include "model/name.h"
#include "resource/member.h"
#include "store/columns.h"
#include "store/invitation.h"
#include "store/rights.h"

struct me {
	struct user user;
	bool is_email_proved;
};

/* A membership, and one of the projects there; one row for each. */
struct membership {
	struct member_project project;
	char organization_id[ULID_SIZE];
	char organization[INVITATION_INVITED_BY_SIZE]; /* JSON */
	char role[ROLE_SIZE];
};

static const struct field fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	{ .column = "is_email_proved",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct me, is_email_proved) },
};
static const struct resource resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(fields),
};

static const struct field beside_fields[] = {
	{ .member = "emailProved",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct me, is_email_proved),
	    .says = "Whether the address is known to be the person's; false"
		    " for a login that is no address." },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

static const struct domain organization = {
	.schema = "'type':'object','required':['id','name','displayName'],"
		  "'properties':{'id':#Id,'name':#Name,"
		  "'displayName':#DisplayName}",
	.uses = &domain_id,
};

#define COLUMN(column_, member_) \
	{ \
		.column = column_, .type = FIELD_TEXT, \
		FIELD_AT(struct membership, member_) \
	}
static const struct field membership_fields[] = {
	COLUMN("organization_id", organization_id),
	{ .member = "organization",
	    .column = "organization",
	    .type = FIELD_JSON,
	    FIELD_AT(struct membership, organization),
	    .domain = &organization },
	{ .member = "role",
	    .column = "role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct membership, role),
	    .domain = &domain_organization_role,
	    .says = "The role in the organization." },
	COLUMN("project_id", project.id),
	COLUMN("project_role", project.role),
	COLUMN("effective_role", project.effective_role),
};
static const struct field_table membership_table = FIELD_TABLE(
    membership_fields);

_Static_assert(offsetof(struct membership, project) == 0,
    "the table of a member's project fits the row");
static const struct nested memberships = {
	.member = "memberships",
	.table = &membership_table,
	.size = sizeof(struct membership),
	.id = offsetof(struct membership, organization_id),
	.inner = &member_projects,
	.schema = "Membership",
	.says = "The organizations of which the person is a member, with the"
		" projects that the person is bound to.",
	.example = &(const struct membership){ { "01JD7Q4M8KEP1G0S7AQF4DWJ3T",
						   "user", "admin" },
	    "01JD7Q4M8K3ZT5W9XBVN2RC6HY",
	    "{\"id\":\"01JD7Q4M8K3ZT5W9XBVN2RC6HY\","
	    "\"name\":\"acme-observability\","
	    "\"displayName\":\"Acme Observability\"}",
	    "admin" },
};

#define SHAPE \
	.resource = &resource, .one = "user", .size = sizeof(struct me), \
	.id = offsetof(struct me, user.id), \
	.version = offsetof(struct me, user.version), .kind = 'o', \
	.beside = &beside

static const struct shape shape = {
	SHAPE,
	.nested = &memberships,
	EXAMPLES(
	    struct me, { .user = EXAMPLE_ADA(""), .is_email_proved = true }),
	.schema = "Oneself",
	.says = "The caller, and where the caller is a member.",
};

/*
 * A project that the caller may use, by the rule of store/rights.h: within the
 * bounds of the key, bound to it, or as an admin.
 */
#define IN_BOUNDS(alias_) \
	"(k.organization_id IS NULL" \
	" OR " alias_ ".organization_id = k.organization_id)" \
	" AND (k.project_id IS NULL OR " alias_ ".id = k.project_id)"
#define IS_BOUND_TO(alias_) \
	"EXISTS (SELECT 1 FROM project_bindings x WHERE x.user_id = u.id" \
	" AND x.project_id = " alias_ ".id)"
#define IS_ADMIN_OF(alias_) \
	"((" KEY_IS_FULL " OR k.project_id IS NOT NULL)" \
	" AND (u.is_system_admin OR EXISTS (SELECT 1" \
	" FROM organization_bindings y WHERE y.user_id = u.id" \
	" AND y.organization_id = " alias_ ".organization_id" \
	" AND y.role = 'admin')))"
#define PROJECT(alias_, column_) \
	" LEFT JOIN projects " alias_ " ON " alias_ ".id = m." column_ \
	" AND " IN_BOUNDS(alias_) " AND (" IS_BOUND_TO( \
	    alias_) " OR " IS_ADMIN_OF(alias_) ")"

#define ACTIVE PROJECT("mp", "active_project_id")
#define NEXT PROJECT("np", "next_login_project_id")

/* Within the bounds of the key. */
#define MEMBERSHIPS \
	" LEFT JOIN organization_bindings mb FORCE INDEX (PRIMARY)" \
	" ON mb.user_id = u.id AND (k.organization_id IS NULL" \
	" OR mb.organization_id = k.organization_id)" \
	" LEFT JOIN organizations mo ON mo.id = mb.organization_id" \
	" LEFT JOIN project_bindings pb" \
	" FORCE INDEX (project_bindings_member)" \
	" ON pb.user_id = mb.user_id" \
	" AND pb.organization_id = mb.organization_id" \
	" AND (k.project_id IS NULL OR pb.project_id = k.project_id)"

/* The rows of one organization come one behind the other, by the key. */
static const struct statement get = {
	.scope = SCOPE_SELF,
	.columns = USER_COLUMNS
	", NOT m.is_email_unproved AND LOCATE('@', m.email) > 0"
	" AS is_email_proved, mb.organization_id,"
	" JSON_OBJECT('id', mo.id, 'name', mo.name, 'displayName',"
	" mo.display_name) AS organization, mb.role, pb.project_id,"
	" pb.role AS project_role,"
	" IF(mb.role = 'admin', 'admin', pb.role) AS effective_role",
	.text = "LEFT JOIN users m ON m.id = u.id" ACTIVE NEXT MEMBERSHIPS,
	.tables = { &resource.table, &membership_table },
};

/* The same without the memberships: for a change. */
static const struct statement find = {
	.scope = SCOPE_SELF,
	.columns = USER_COLUMNS
	", NOT m.is_email_unproved AND LOCATE('@', m.email) > 0"
	" AS is_email_proved",
	.text = "LEFT JOIN users m ON m.id = u.id" ACTIVE NEXT,
	.tables = { &resource.table },
};

static const struct statement set_name = {
	.text = "UPDATE users SET display_name = ?, modified_at = ?,"
		" version = version + 1 WHERE id = ? AND version = ?",
	IN(ROW(TEXT, struct me, user.display_name), NOW,
	    OLD(TEXT, struct me, user.id),
	    OLD(INTEGER, struct me, user.version)),
};

static const struct statement *const statements[] = { &get, &find, &set_name,
	NULL };

static const struct operation get_it = {
	.kind = OPERATION_GET, .shape = &shape, .read = &get
};

/* --- change --------------------------------------------------------------- */

struct me_change {
	struct name name;
};
static const struct field change_fields[] = {
	{ .member = "displayName",
	    .type = FIELD_NAME,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct me_change, name),
	    .domain = &domain_display_name,
	    .says = "What others see.",
	    .example = "Ada King" },
};
static const struct field_table change_table = FIELD_TABLE(change_fields);

static enum err make(struct call *call, void *row)
{
	const struct me_change *body = call->body;
	struct me *made = row;

	text_set(made->user.display_name, sizeof(made->user.display_name),
	    body->name.display);
	return ERR_NONE;
}

/* The trail has no name of a person. */
static const struct plan plan = {
	STEPS({ &set_name, ERR_STALE, ERR_NONE }),
	.action = "user.rename",
	.kind = "User",
	.subject = OLD(TEXT, struct me, user.id),
	.detail = OLD(TEXT, struct me, user.id),
};

static const struct shape changed_shape = {
	SHAPE,
	EXAMPLES(
	    struct me, { .user = EXAMPLE_ADA(""), .is_email_proved = true }),
	.schema = "ChangedOneself",
	.says = "The caller.",
};

static const struct operation get_changed = {
	.kind = OPERATION_GET,
	.shape = &changed_shape,
	.read = &find,
	.need = NEED_PERSON,
};
static const struct operation change = {
	.kind = OPERATION_CHANGE,
	.shape = &changed_shape,
	.read = &find,
	.make = make,
	.seen = &get_changed,
	.modified_at = offsetof(struct me, user.modified_at),
	.write = &plan,
};

static const struct describe change_words = {
	.tag = "Users",
	.summary = "Change one's name",
	.says = "The display name of the caller, in every organization. An API"
		" key gets 403 `not-for-keys`.",
	.answer = "The caller with this name.",
	.body = "ChangeOneself",
	.body_says = "The new name.",
	BODIES({ "name", "displayName" }),
};

static const struct describe words = {
	.tag = "Users",
	.summary = "Read oneself",
	.says = "The account of the caller, the organizations of which the"
		" caller is a member, and the projects there. Without a role"
		" in any organization the list is empty. A key that is bound"
		" to an organization or project shows that one alone. A"
		" service key gets 403 `not-for-keys`.",
	.answer = "The caller.",
};

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/users/me",
	    .scope = SCOPE_SELF,
	    .need = NEED_USER,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED,
	    .does = &get_it,
	    .operation_id = "getOneself",
	    .describe = &words },
	{ .method = METHOD_PATCH,
	    .pattern = "/v1/users/me",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .body = &change_table,
	    .body_size = sizeof(struct me_change),
	    .does = &change,
	    .operation_id = "changeOneself",
	    .describe = &change_words },
};

extern const struct module user_me_module;
const struct module user_me_module = { ROUTES(routes),
	.statements = statements };
