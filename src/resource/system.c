/*
 * For system administrators: all organizations and all users, and who may not
 * sign in any more.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "model/example.h"
#include "resource/module.h"
#include "resource/user.h"
#include "store/columns.h"
#include "store/usable_admin.h"

enum { STATE_SIZE = 9 };

/* A condition on `q`, which is bound twice. */
#define BEGINS(column_) "(? IS NULL OR LOCATE(?, " column_ ") = 1)"
/* The same on `state`; `active_` says whether a row is active. */
#define OF_STATE(active_) "(? IS NULL OR (" active_ ") = (? = 'active'))"

/* --- organizations -------------------------------------------------------- */

struct organization_seen {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version, modified_at;
	char state[STATE_SIZE];
	int64_t created_at, deleted_at, projects, members;
	char labels[LABELS_SIZE];
};

static const struct domain organization_state = { .words = "active|deleted" };

#define STATUS(struct_, member_, column_, type_, flags_, at_, domain_, says_) \
	RESOURCE_FIELD(struct_, member_, column_, type_, PART_STATUS, flags_, \
	    at_, domain_, says_)
#define ORGANIZATION(member_, column_, type_, flags_, at_, domain_, says_) \
	STATUS(struct organization_seen, member_, column_, type_, flags_, at_, \
	    domain_, says_)

static const struct field organization_fields[] = {
	RESOURCE_METADATA(
	    struct organization_seen, LABELS(struct organization_seen)),
	{ .member = "parameters", .type = FIELD_EMPTY_LIST, .part = PART_SPEC },
	ORGANIZATION("state", "state", FIELD_TEXT, 0, state,
	    &organization_state, "Whether it is deleted."),
	ORGANIZATION("createdAt", "created_at", FIELD_TIME, 0, created_at, NULL,
	    "When it was created."),
	ORGANIZATION("deletedAt", "deleted_at", FIELD_TIME, FIELD_MAY_BE_NULL,
	    deleted_at, NULL, "When it was deleted; null: it is not."),
	ORGANIZATION("projects", "project_count", FIELD_INTEGER, 0, projects,
	    NULL, "How many projects it has."),
	ORGANIZATION("members", "member_count", FIELD_INTEGER, 0, members, NULL,
	    "How many members it has."),
};
static const struct resource organization_resource_seen = {
	.begin = RESOURCE_BEGIN("SystemOrganization"),
	.table = FIELD_TABLE(organization_fields),
	.has_status = true,
	.says = "An organization, as a system administrator sees it.",
};

static const struct shape organization_shape_seen = {
	.resource = &organization_resource_seen,
	.one = "organization",
	.many = "organizations",
	SHAPE_OF(struct organization_seen),
	.text = offsetof(struct organization_seen, labels),
	EXAMPLES(struct organization_seen,
	    { .id = "01JD7Q4M8K3ZT5W9XBVN2RC6HY",
		.name = "acme-observability",
		.display_name = "Acme Observability",
		.version = 3,
		.modified_at = EXAMPLE_TIME,
		.state = "active",
		.created_at = EXAMPLE_TIME,
		.projects = 2,
		.members = 5,
		.labels = "{}" }),
	.schema = "OneSystemOrganization",
};

static const struct statement list_organizations = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS
	", IF(mo.deleted_at IS NULL, 'active', 'deleted') AS state,"
	" mo.created_at, mo.deleted_at, mo.project_count, mo.member_count",
	.text = "LEFT JOIN organizations mo FORCE INDEX (PRIMARY)"
		" ON u.is_system_admin AND mo.id > ?"
		" AND " BEGINS("mo.name_key") " AND " OF_STATE(
		    "mo.deleted_at IS NULL") " LIMIT ?",
	.tables = { &organization_resource_seen.table },
	IN(AFTER, QUERY("q"), QUERY("q"), QUERY("state"), QUERY("state"),
	    LIMIT),
};

static const struct operation organizations = { .kind = OPERATION_LIST,
	.shape = &organization_shape_seen,
	.read = &list_organizations };

static const struct query_parameter organization_parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q",
	    .type = QUERY_PREFIX,
	    .component = "NameBegin",
	    .says = "Only those whose display name begins so. Upper and lower"
		    " case are the same.",
	    .example = "acme" },
	{ .name = "state",
	    .type = QUERY_WORD,
	    .words = "active deleted",
	    .component = "SystemOrganizationState",
	    .says = "Only those that are not deleted, or only those that are.",
	    .example = "deleted" },
};
static const struct query_table organization_query_seen = QUERY_TABLE(
    organization_parameters);

/* --- users ---------------------------------------------------------------- */

struct user_seen {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version, modified_at;
	char email[1017]; /* 254 characters of up to 4 bytes */
	char state[STATE_SIZE];
	bool is_system_admin;
	int64_t created_at, disabled_at, memberships;
};

static const struct domain user_state = { .words = "active|disabled" };

#define USER(member_, column_, type_, flags_, at_, domain_, says_) \
	STATUS(struct user_seen, member_, column_, type_, flags_, at_, \
	    domain_, says_)

static const struct field user_fields[] = {
	RESOURCE_METADATA(struct user_seen, NO_LABELS),
	RESOURCE_FIELD(struct user_seen, "email", "email", FIELD_TEXT,
	    PART_SPEC, 0, email, &domain_address_or_login,
	    "The address, or a login, which has no @."),
	USER("state", "state", FIELD_TEXT, 0, state, &user_state,
	    "Whether every credential of the user is refused."),
	USER("createdAt", "created_at", FIELD_TIME, 0, created_at, NULL,
	    "When the account was made."),
	USER("disabledAt", "disabled_at", FIELD_TIME, FIELD_MAY_BE_NULL,
	    disabled_at, NULL,
	    "Since when the user is disabled; null: not disabled."),
	USER("systemAdmin", "is_seen_as_admin", FIELD_BOOL, 0, is_system_admin,
	    NULL, "Whether the user is a system administrator."),
	USER("memberships", "membership_count", FIELD_INTEGER, 0, memberships,
	    NULL, "Of how many organizations the user is a member."),
};
static const struct resource user_resource_seen = {
	.begin = RESOURCE_BEGIN("SystemUser"),
	.table = FIELD_TABLE(user_fields),
	.has_status = true,
	.says = "A user, as a system administrator sees it.",
};

static const struct shape user_shape_seen = {
	.resource = &user_resource_seen,
	.one = "user",
	.many = "users",
	SHAPE_OF(struct user_seen),
	.kind = 'y',
	EXAMPLES(struct user_seen,
	    { .id = "01JD8A6TQ4C0XK9V3MZ7HBW5RN",
		.name = "ada",
		.display_name = "Ada",
		.version = 1,
		.modified_at = EXAMPLE_TIME,
		.email = "ada@acme.example",
		.state = "active",
		.created_at = EXAMPLE_TIME,
		.memberships = 1 }),
	.schema = "OneSystemUser",
};

/* Those who are erased are nobody any more. */
#define USER_COLUMNS_SEEN \
	"m.id, m.name, m.display_name, m.version, m.modified_at, m.email," \
	" IF(m.disabled_at IS NULL, 'active', 'disabled') AS state," \
	" m.created_at, m.disabled_at," \
	" m.is_system_admin AS is_seen_as_admin," \
	" (SELECT COUNT(*) FROM organization_bindings c" \
	" WHERE c.user_id = m.id) AS membership_count"
#define IS_SEEN "u.is_system_admin AND m.erased_at IS NULL"

static const struct statement list_users = {
	.scope = SCOPE_SELF,
	.columns = USER_COLUMNS_SEEN,
	.text = "LEFT JOIN users m FORCE INDEX (PRIMARY)"
		" ON " IS_SEEN " AND m.id > ?"
		" AND " BEGINS("m.email_key") " AND " OF_STATE(
		    "m.disabled_at IS NULL") " LIMIT ?",
	.tables = { &user_resource_seen.table },
	IN(AFTER, QUERY("q"), QUERY("q"), QUERY("state"), QUERY("state"),
	    LIMIT),
};

static const struct operation users = {
	.kind = OPERATION_LIST, .shape = &user_shape_seen, .read = &list_users
};

static const struct query_parameter user_parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX, QUERY_ADDRESS },
	USER_STATE_PARAMETER,
};
static const struct query_table user_query_seen = QUERY_TABLE(user_parameters);

/* --- disable -------------------------------------------------------------- */

struct disable_body {
	bool disabled;
};
static const struct field disable_fields[] = {
	{ .member = "disabled",
	    .type = FIELD_BOOL,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct disable_body, disabled),
	    .says = "true: every credential of the user is refused from now"
		    " on, and all sessions end. false: they are good again.",
	    .example = "true" },
};
static const struct field_table disable_table = FIELD_TABLE(disable_fields);

static const struct statement find_user = {
	.scope = SCOPE_SELF,
	.columns = USER_COLUMNS_SEEN,
	.text = "LEFT JOIN users m ON m.id = ? AND " IS_SEEN,
	.tables = { &user_resource_seen.table },
	IN(PATH("id")),
};

static const struct statement set_disabled = {
	.text = "UPDATE users SET disabled_at = ?, modified_at = ?,"
		" session_epoch = session_epoch + 1, version = version + 1"
		" WHERE id = ? AND version = ? AND erased_at IS NULL",
	IN(ROW(TIME, struct user_seen, disabled_at), NOW,
	    OLD(TEXT, struct user_seen, id),
	    OLD(INTEGER, struct user_seen, version)),
};

static enum err make(struct call *call, void *row)
{
	const struct disable_body *body = call->body;
	struct user_seen *made = row;

	if (body->disabled == (made->disabled_at != 0))
		return ERR_NONE;
	made->disabled_at = body->disabled ? call->st->now : 0;
	text_set(made->state, sizeof(made->state),
	    body->disabled ? "disabled" : "active");
	return ERR_NONE;
}

static bool guards(const struct call *call, const void *old, const void *row,
    struct admin_guard *guard)
{
	const struct user_seen *was = old, *is = row;

	(void)call;
	guard->user_id = was->id;
	guard->is_system_admin = was->is_system_admin;
	return is->disabled_at != 0;
}

#define PLAN(action_) \
	{ \
		STEPS({ &set_disabled, ERR_STALE, ERR_NONE }), \
		    .action = action_, .kind = "User", \
		    .subject = OLD(TEXT, struct user_seen, id), \
		    .detail = ROW(TEXT, struct user_seen, state), \
		    PARTS({ "state", ROW(TEXT, struct user_seen, state), \
			false }), \
	}
static const struct plan disable_plan = PLAN("user.disable");
static const struct plan enable_plan = PLAN("user.enable");

static const struct plan *choose_plan(const void *row)
{
	const struct user_seen *made = row;

	return made->disabled_at != 0 ? &disable_plan : &enable_plan;
}

static const struct operation get_user = {
	.kind = OPERATION_GET,
	.shape = &user_shape_seen,
	.read = &find_user,
	.need = NEED_SYSTEM_ADMIN,
};
static const struct operation disable = {
	.kind = OPERATION_CHANGE,
	.shape = &user_shape_seen,
	.read = &find_user,
	.make = make,
	.guards = guards,
	.seen = &get_user,
	.modified_at = offsetof(struct user_seen, modified_at),
	.write = &disable_plan,
	.choose_plan = choose_plan,
};

static const struct statement *const statements[] = { &list_organizations,
	&list_users, &find_user, &set_disabled, NULL };

/* --- words ---------------------------------------------------------------- */

static const struct describe organization_words = {
	.tag = "System",
	.summary = "List all organizations",
	.says = "Also those that are deleted and not yet purged, ordered by"
		" creation. For system administrators; a session gives its"
		" password again.",
	.answer = "The organizations.",
};
static const struct describe user_words = {
	.tag = "System",
	.summary = "List all users",
	.says = "Those who were erased are not in it. For system"
		" administrators; a session gives its password again.",
	.answer = "The users.",
};
static const struct describe_path path = {
	.name = "id",
	.component = "SystemUserId",
	.says = "The id of the user.",
	.domain = &domain_id,
	.example = "01JD8A6TQ4C0XK9V3MZ7HBW5RN",
};
static const struct describe disable_words = {
	.tag = "System",
	.summary = "Disable or enable a user",
	.says = "The last usable admin of an organization, and the last usable"
		" system administrator, are not disabled: 409 `last-admin`."
		" What is so already changes nothing and is 200. For system"
		" administrators; a session gives its password again.",
	.answer = "The user as it is now.",
	.body = "DisableUser",
	.body_says = "Whether the user is disabled.",
	BODIES({ "disable", "disabled" }),
	.path = &path,
};

/* --- routes --------------------------------------------------------------- */

#define SYSTEM(method_, path_) \
	.method = method_, .pattern = "/v1/system/" path_, \
	.scope = SCOPE_SELF, .need = NEED_SYSTEM_ADMIN, \
	.unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ SYSTEM(METHOD_GET, "organizations"),
	    .flags = ROUTE_FUSED | ROUTE_LIST,
	    .query = &organization_query_seen, .does = &organizations,
	    .operation_id = "listSystemOrganizations",
	    .describe = &organization_words },
	{ SYSTEM(METHOD_GET, "users"), .flags = ROUTE_FUSED | ROUTE_LIST,
	    .query = &user_query_seen, .does = &users,
	    .operation_id = "listSystemUsers", .describe = &user_words },
	{ SYSTEM(METHOD_PATCH, "users/{id}"),
	    .flags = ROUTE_FUSED | ROUTE_WRITES, .body = &disable_table,
	    .body_size = sizeof(struct disable_body), .does = &disable,
	    .operation_id = "disableSystemUser", .describe = &disable_words },
};

extern const struct module system_module;
const struct module system_module = { ROUTES(routes),
	.statements = statements };
