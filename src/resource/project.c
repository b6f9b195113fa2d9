/*
 * Projects (kind Account); project_create.c creates one.
 */
#include "resource/project.h"

#include "api/call.h"
#include "resource/named.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct shape shape = { PROJECT_SHAPE };

#define CHANGE_FIELDS(struct_, name_, labels_) \
	{ .member = "displayName", \
		.type = FIELD_NAME, \
		.flags = FIELD_STRICT, \
		FIELD_AT(struct_, name_), \
		.says = "The new display name, unique in the organization.", \
		.example = "Rehearsal" }, \
	{ \
		.member = "labels", .type = FIELD_LABELS, \
		FIELD_AT(struct_, labels_), .domain = &domain_new_labels \
	}
static const struct field change_fields[] = {
	CHANGE_FIELDS(struct named_change, name, labels),
};
static const struct field_table change_table = FIELD_TABLE(change_fields);

/* The same with the project, which is that of no path then. */
struct project_named {
	struct named_change change;
	const char *id;
};
static const struct field named_fields[] = {
	{ .member = "id",
	    .alias = "metadata.id",
	    .type = FIELD_STRING,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct project_named, id),
	    .domain = &domain_id,
	    .says = "Of the project; `metadata.id` is taken, too.",
	    .example = "01JD8C2W6HZ0B5QK9MTXV3RN4F" },
	CHANGE_FIELDS(struct project_named, change.name, change.labels),
};
static const struct field_table named_table = FIELD_TABLE(named_fields);

/* --- statements ----------------------------------------------------------- */

/* A page of the context's projects that fit a condition. */
#define LIST(page_, is_admin_, condition_, ...) \
	{ \
		.scope = SCOPE_CONTEXT, .columns = PROJECT_COLUMNS(is_admin_), \
		.text = \
		    "LEFT JOIN projects p FORCE INDEX (PRIMARY)" \
		    " ON " page_##_OF( \
			"p") " AND p.id > ?" \
			     " AND (? IS NULL OR LOCATE(?, p.name_key) = 1)" \
			     " AND " condition_ " LIMIT ?", \
		.tables = { &project_resource.table }, \
		IN(page_##_BEGIN, QUERY("q"), QUERY("q"), LIMIT), __VA_ARGS__ \
	}

#define LIST_ALL(page_, ...) LIST(page_, "1", IS_ADMIN("b"), __VA_ARGS__)
#define LIST_USABLE(page_, ...) \
	LIST(page_, IS_PROJECT_ADMIN("b"), MAY_USE_PROJECT("b"), __VA_ARGS__)

static const struct statement next = LIST_ALL(
    NEXT_PAGE, .bounded = NEXT_PAGE_IS_BOUNDED);
static const struct statement list = LIST_ALL(FIRST_PAGE, .next_page = &next);
static const struct statement next_usable = LIST_USABLE(
    NEXT_PAGE, .bounded = NEXT_PAGE_IS_BOUNDED);
static const struct statement list_usable = LIST_USABLE(
    FIRST_PAGE, .next_page = &next_usable);

#define GET(scope_) \
	{ \
		.scope = scope_, \
		.columns = PROJECT_COLUMNS(IS_PATH_PROJECT_ADMIN), \
		.text = "LEFT JOIN projects p ON p.id = hp.id", \
		.tables = { &project_resource.table }, \
	}
static const struct statement get = GET(SCOPE_PROJECT);
static const struct statement get_current = GET(SCOPE_CURRENT);

static const struct statement change_row = {
	.text = "UPDATE projects SET version = version + 1, modified_at = ?,"
		" display_name = ?,"
		" name_key = COALESCE(NULLIF(?, ''), name_key),"
		" labels = NULLIF(?, '{}')"
		" WHERE organization_id = ? AND id = ? AND version = ?",
	IN(NOW, ROW(TEXT, struct project, display_name),
	    ROW(KEY, struct project, name_key),
	    ROW(TEXT, struct project, labels), CALLER(organization_id),
	    OLD(TEXT, struct project, id),
	    OLD(INTEGER, struct project, version)),
};

/* The organization is locked: no other one goes at the same time. */
static const struct statement keep_another = {
	.text = "UPDATE organizations SET project_count = project_count - 1"
		" WHERE id = ? AND EXISTS (SELECT 1 FROM projects p"
		" WHERE p.organization_id = organizations.id AND p.id <> ?)",
	IN(CALLER(organization_id), OLD(TEXT, struct project, id)),
};

static const struct statement delete_it = {
	.text = "DELETE FROM projects"
		" WHERE organization_id = ? AND id = ? AND version = ?",
	IN(CALLER(organization_id), OLD(TEXT, struct project, id),
	    OLD(INTEGER, struct project, version)),
};

#define OF_PROJECT " WHERE organization_id = ? AND project_id = ?"
#define OF_PROJECT_VALUES \
	IN(CALLER(organization_id), OLD(TEXT, struct project, id))

static const struct statement count_roles = {
	.text = "SELECT COUNT(*) AS value FROM project_bindings" OF_PROJECT,
	.tables = { &statement_number_table },
	OF_PROJECT_VALUES,
};

static const struct statement lost_keys = {
	.text = "SELECT id, hint, description, last_used_on"
		" FROM api_keys" OF_PROJECT,
	.tables = { &lost_key_table },
	OF_PROJECT_VALUES,
};

static const struct statement keys_going = {
	.bounded = AUDIT_KEYS_ARE_BOUNDED,
	.text = AUDIT_KEYS("f.organization_id = ? AND f.project_id = ?"),
	.tables = { &statement_word_table },
	OF_PROJECT_VALUES,
};

/* By an admin of an organization in which it was. */
static const struct statement removed = {
	.scope = SCOPE_SELF,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS("t.action = 'project.delete' AND " TRAIL_IS_OF_ADMIN),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

static const struct statement *const statements[] = { &list, &list_usable, &get,
	&get_current, &change_row, &keep_another, &delete_it, &count_roles,
	&lost_keys, &keys_going, &removed, NULL };

/* --- operations ----------------------------------------------------------- */

static enum err make_changed(struct call *call, void *row)
{
	struct project *made = row;

	named_make(
	    call->body, made->display_name, made->name_key, made->labels);
	return ERR_NONE;
}

#define CHANGE_PLAN(action_, detail_) \
	{ \
		STEPS({ &change_row, ERR_STALE, ERR_NAME_IN_USE }), \
		    .action = action_, .kind = "Account", \
		    .subject = OLD(TEXT, struct project, id), \
		    .detail = ROW(TEXT, struct project, detail_), \
		    ABOUT_PROJECT(OLD(TEXT, struct project, id)), \
		    PARTS( \
			{ "labels", ROW(TEXT, struct project, labels), true }, \
			{ "name", ROW(TEXT, struct project, display_name), \
			    false }) \
	}
static const struct plan rename_plan = CHANGE_PLAN(
    "project.rename", display_name);
static const struct plan label_plan = CHANGE_PLAN("project.label", labels);

static const struct plan *choose_plan(const void *row)
{
	const struct project *made = row;

	return made->name_key[0] != '\0' ? &rename_plan : &label_plan;
}
static const struct plan delete_plan = {
	STEPS({ &keep_another, ERR_LAST_PROJECT, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE }),
	.action = "project.delete",
	.kind = "Account",
	.subject = OLD(TEXT, struct project, id),
	.detail = OLD(TEXT, struct project, display_name),
	ABOUT_PROJECT(OLD(TEXT, struct project, id)),
	PARTS({ "name", OLD(TEXT, struct project, display_name), false }),
	LISTS({ "keys", &keys_going, false }),
};

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};
static const struct operation list_own = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list_usable
};
const struct operation project_get = {
	.kind = OPERATION_GET,
	.shape = &shape,
	.read = &get,
	.need = NEED_MEMBER,
	.location = "/v1/projects/{}",
};
#define CHANGE(read_) \
	{ \
		.kind = OPERATION_CHANGE, .shape = &shape, .read = &read_, \
		.make = make_changed, .seen = &project_get, \
		.modified_at = offsetof(struct project, modified_at), \
		.write = &rename_plan, .choose_plan = choose_plan, \
	}
static const struct operation change_it = CHANGE(get);
static const struct operation change_current = CHANGE(get_current);
static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &shape,
	.read = &get,
	.write = &delete_plan,
	.removed = &removed,
	LOSSES({ "projects", NULL, false },
	    { "projectRoles", &count_roles, false }),
	.lost_keys = &lost_keys,
};

/* --- words ---------------------------------------------------------------- */

static const struct describe list_words = {
	.tag = "Projects",
	.summary = "List the projects of the organization",
	.says =
	    "All projects of the context's organization, ordered by creation."
	    " For its admins.",
	.answer = "The projects.",
};

static const struct describe own_words = {
	.tag = "Projects",
	.summary = "List the projects that the caller may use",
	.says =
	    "Of the context's organization, ordered by creation. An admin of"
	    " the organization gets all of them, any other member those that"
	    " the member is bound to. A caller without an organization in the"
	    " context gets 403.",
	.answer = "The projects.",
};

static const struct describe get_words = {
	.tag = "Projects",
	.summary = "Read a project",
	.says = "For the members of the project and the admins of its"
		" organization. Only the project's admins see its secrets. Any"
		" other project is 404, as is an unknown id.",
	.answer = "The project.",
};

static const struct describe change_words = {
	.tag = "Projects",
	.summary = "Change a project",
	.says = "The display name, the labels, or both; `metadata.name` stays."
		" For the project's admins. What is so already changes nothing"
		" and is 200.",
	.answer = "The project as it is now.",
	.body = "ChangeProject",
	.body_says = "What changes.",
	BODIES({ "name", "displayName" }, { "labels", "labels" }),
};

static const struct describe named_words = {
	.tag = "Projects",
	.summary = "Change the project that the body names",
	.says =
	    "As `PATCH /v1/projects/{id}`, with the id in the body: as `id`,"
	    " or as `metadata.id` of the project as it was read.",
	.answer = "The project as it is now.",
	.body = "ChangeNamedProject",
	.body_says = "The project, and what changes.",
	BODIES({ "name", "id displayName" }, { "labels", "id labels" }),
};

static const struct describe current_words = {
	.tag = "Projects",
	.summary = "Change the project of the context",
	.says = "As `PATCH /v1/projects/{id}`, for the project that the API key"
		" is bound to; else the one that the header names, the active"
		" one, or the only one that the caller may use. Without one it"
		" is 403.",
	.answer = "The project as it is now.",
	.body = "ChangeProject",
	.body_says = "What changes.",
	BODIES({ "name", "displayName" }, { "labels", "labels" }),
};

static const struct describe remove_words = {
	.tag = "Projects",
	.summary = "Delete a project",
	.says =
	    "The memberships of the project and the API keys bound to it go"
	    " with it. For the admins of the organization. The last project"
	    " of an organization stays: 409 `last-project`. A project that is"
	    " deleted already is 204 again.",
	.answer = "The project is deleted.",
};

/* --- routes --------------------------------------------------------------- */

#define PROJECTS(path_, need_, does_, id_, words_) \
	{ \
		.method = METHOD_GET, .pattern = path_, \
		.scope = SCOPE_CONTEXT, .need = need_, \
		.unknown = ERR_FORBIDDEN, \
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST, \
		.query = &page_query, .does = does_, .operation_id = id_, \
		.describe = words_ \
	}

/* Both names of a project. */
#define PROJECT(path_, name_) \
	{ .method = METHOD_GET, \
		.pattern = path_, \
		.scope = SCOPE_PROJECT, \
		.need = NEED_MEMBER, \
		.unknown = ERR_NO_RESOURCE, \
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY, \
		.does = &project_get, \
		.operation_id = "get" name_, \
		.describe = &get_words }, \
	    { .method = METHOD_PATCH, \
		    .pattern = path_, \
		    .scope = SCOPE_PROJECT, \
		    .need = NEED_PROJECT_ADMIN, \
		    .unknown = ERR_NO_RESOURCE, \
		    .flags = ROUTE_FUSED | ROUTE_WRITES, \
		    .body = &change_table, \
		    .body_size = sizeof(struct named_change), \
		    .does = &change_it, \
		    .operation_id = "rename" name_, \
		    .describe = &change_words }, \
	{ \
		.method = METHOD_DELETE, .pattern = path_, \
		.scope = SCOPE_PROJECT, .need = NEED_ADMIN, \
		.unknown = ERR_NO_RESOURCE, \
		.flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES | \
		    ROUTE_STEPS_UP, \
		.query = &dry_run_query, .does = &remove_it, \
		.operation_id = "delete" name_, .describe = &remove_words \
	}

#define NAMED(path_, id_) \
	{ \
		.method = METHOD_PATCH, .pattern = path_, \
		.scope = SCOPE_PROJECT, .need = NEED_PROJECT_ADMIN, \
		.unknown = ERR_NO_RESOURCE, \
		.flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_NAMED_BY_BODY, \
		.body = &named_table, \
		.body_size = sizeof(struct project_named), .does = &change_it, \
		.operation_id = id_, .describe = &named_words \
	}

#define CURRENT(path_, id_) \
	{ \
		.method = METHOD_PATCH, .pattern = path_, \
		.scope = SCOPE_CURRENT, .need = NEED_PROJECT_ADMIN, \
		.unknown = ERR_FORBIDDEN, .flags = ROUTE_FUSED | ROUTE_WRITES, \
		.body = &change_table, \
		.body_size = sizeof(struct named_change), \
		.does = &change_current, .operation_id = id_, \
		.describe = &current_words \
	}

#define ALL(path_, id_) PROJECTS(path_, NEED_ADMIN, &list_all, id_, &list_words)
#define OWN(path_, id_) PROJECTS(path_, NEED_MEMBER, &list_own, id_, &own_words)

static const struct route routes[] = {
	ALL("/v1/organizations/projects", "listProjects"),
	ALL("/v1/organizations/accounts", "listAccounts"),
	OWN("/v1/projects", "listUsableProjects"),
	OWN("/v1/accounts", "listUsableAccounts"),
	NAMED("/v1/projects", "changeProject"),
	NAMED("/v1/accounts", "changeAccount"),
	CURRENT("/v1/projects/current", "changeCurrentProject"),
	CURRENT("/v1/accounts/current", "changeCurrentAccount"),
	PROJECT("/v1/projects/{id}", "Project"),
	PROJECT("/v1/accounts/{id}", "Account"),
};

extern const struct module project_module;
const struct module project_module = { ROUTES(routes),
	.statements = statements };
