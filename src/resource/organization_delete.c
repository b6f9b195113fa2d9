/*
 * How an organization is deleted.
 */
#include "resource/organization.h"

#include "api/call.h"
#include "store/deleted.h"
#include "store/rights.h"

/* --- what goes with it ---------------------------------------------------- */

#define OF_ORGANIZATION " WHERE organization_id = ?"
#define COUNT_IN(table_) \
	{ \
		.text = "SELECT COUNT(*) AS value FROM " table_ \
		    OF_ORGANIZATION, \
		.tables = { &statement_number_table }, \
		IN(OLD(TEXT, struct organization, id)), \
	}

static const struct statement count_projects = COUNT_IN("projects");
static const struct statement count_members = COUNT_IN("organization_bindings");
static const struct statement count_roles = COUNT_IN("project_bindings");

/* Members of no other one: an account of theirs is left with nothing. */
static const struct statement count_lone = {
	.text = "SELECT COUNT(*) AS value FROM organization_bindings b"
		" WHERE b.organization_id = ? AND NOT EXISTS (SELECT 1"
		" FROM organization_bindings x WHERE x.user_id = b.user_id"
		" AND x.organization_id <> b.organization_id)",
	.tables = { &statement_number_table },
	IN(OLD(TEXT, struct organization, id)),
};

static const struct statement lost_keys = {
	.text = "SELECT id, hint, description, last_used_on"
		" FROM api_keys" OF_ORGANIZATION,
	.tables = { &lost_key_table },
	IN(OLD(TEXT, struct organization, id)),
};

/* --- deleted already ------------------------------------------------------ */

/*
 * By a caller who was an admin of it when it was deleted; when its rows are
 * gone, by the user who deleted it.
 */
static const struct statement removed = {
	.scope = SCOPE_SELF,
	.columns = "(xo.id IS NULL OR xo.deleted_at IS NOT NULL)"
		   " AND " KEY_IS_FULL " AND k.project_id IS NULL"
		   " AND k.organization_id IS NULL"
		   " AND (xb.user_id IS NOT NULL OR a.id IS NOT NULL)"
		   " AS found",
	.text = "LEFT JOIN organizations xo ON xo.id = COALESCE((SELECT n.id"
		" FROM organizations n WHERE n.name = ?), ?)"
		" LEFT JOIN deleted_bindings xb ON xb.organization_id = xo.id"
		" AND xb.user_id = u.id AND xb.project_id = ''"
		" AND xb.role = 'admin'"
		" LEFT JOIN audit_events a ON a.id = (SELECT MIN(t.id)"
		" FROM audit_events t WHERE t.resource_id = COALESCE(xo.id, ?)"
		" AND t.action = 'organization.delete'"
		" AND (u.is_system_admin OR t.user_id = u.id))",
	.tables = { &statement_found_table },
	IN(PATH("id"), PATH("id"), PATH("id")),
};

static const struct statement *const statements[] = { &count_projects,
	&count_members, &count_roles, &count_lone, &lost_keys, &removed, NULL };

/* --- the operation -------------------------------------------------------- */

static enum err make_deleted(struct call *call, void *row)
{
	deleted_make(row, call->st->now, call->config->restore_days);
	return ERR_NONE;
}

static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &organization_shape,
	.read = &organization_read,
	.make = make_deleted,
	.write = &deleted_plan,
	.choose_plan = deleted_choose_plan,
	.removed = &removed,
	LOSSES({ "organizations", NULL, false },
	    { "projects", &count_projects, false },
	    { "members", &count_members, false },
	    { "projectRoles", &count_roles, false },
	    { "usersWithoutOrganization", &count_lone, true }),
	.lost_keys = &lost_keys,
};

static const struct describe delete_words = {
	.tag = "Organizations",
	.summary = "Delete an organization",
	.says =
	    "From now on it is as if it were not there, for everybody, and"
	    " the API keys that are bound to it do not work. Those who were its"
	    " admins can restore it for as long as the setting `restore_days`"
	    " says (30 days), and its name is kept so long. After that"
	    " everything that belongs to it is removed; users and audit events"
	    " stay. For its admins: anyone else gets 403, as for an id that"
	    " does not exist. A second time it is 204 to those who were its"
	    " admins.",
	.answer = "The organization is deleted.",
};

static const struct route routes[] = {
	{ .method = METHOD_DELETE,
	    .pattern = "/v1/organizations/{id}",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES |
		ROUTE_STEPS_UP,
	    .query = &dry_run_query,
	    .does = &remove_it,
	    .operation_id = "deleteOrganization",
	    .describe = &delete_words },
};

extern const struct module organization_delete_module;
const struct module organization_delete_module = { ROUTES(routes),
	.statements = statements };
