/*
 * Organizations.
 */
#include "api/handlers.h"
#include "resource/module.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct shape shape = {
	.resource = &organization_resource,
	.one = "organization",
	.many = "organizations",
	SHAPE_OF(struct organization),
};

#define BODY_FIELD(name_, alias_, type_, flags_, struct_, at_) \
	{ \
		.member = name_, .alias = alias_, .type = type_, \
		.flags = flags_, FIELD_AT(struct struct_, at_) \
	}

static const struct field create_fields[] = {
	BODY_FIELD("organizationName", NULL, FIELD_NAME, FIELD_REQUIRED,
	    create_body, organization_name),
	BODY_FIELD("accountName", "projectName", FIELD_NAME, FIELD_REQUIRED,
	    create_body, project_name),
	BODY_FIELD("eulaAccepted", NULL, FIELD_BOOL, FIELD_REQUIRED,
	    create_body, eula_accepted),
	BODY_FIELD(
	    "licenseType", NULL, FIELD_STRING, 0, create_body, licence_type),
	BODY_FIELD(
	    "licenseKey", NULL, FIELD_STRING, 0, create_body, licence_key),
};
static const struct field_table create_table = FIELD_TABLE(create_fields);

static const struct field verify_fields[] = {
	BODY_FIELD("organizationName", "displayName", FIELD_NAME,
	    FIELD_REQUIRED, verify_body, name),
};
static const struct field_table verify_table = FIELD_TABLE(verify_fields);

static const struct field rename_fields[] = {
	BODY_FIELD("displayName", "organizationName", FIELD_NAME,
	    FIELD_REQUIRED, rename_body, name),
};
static const struct field_table rename_table = FIELD_TABLE(rename_fields);

/*
 * The caller's memberships that the key does not shut out.  The primary key
 * (user, organization) brings them in the order of the organizations.  No
 * membership is without its organization (a foreign key); an inner join of the
 * two costs the optimizer 2 us more.
 */
static const struct statement list = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS,
	.text = "LEFT JOIN organization_bindings m FORCE INDEX (PRIMARY)"
		" ON m.user_id = u.id AND (k.organization_id IS NULL"
		" OR m.organization_id = k.organization_id)"
		" AND m.organization_id > ?"
		" AND (? IS NULL OR EXISTS (SELECT 1 FROM organizations f"
		" WHERE f.id = m.organization_id"
		" AND LOCATE(?, f.name_key) = 1))"
		" LEFT JOIN organizations mo ON mo.id = m.organization_id"
		" LIMIT ?",
	.tables = { &organization_resource.table },
	IN(AFTER, QUERY("q"), QUERY("q"), LIMIT),
};

static const struct statement get = {
	.scope = SCOPE_NAMED,
	.columns = ORGANIZATION_COLUMNS,
	.text = "LEFT JOIN organizations mo ON mo.id = o.id",
	.tables = { &organization_resource.table },
};

static const struct statement delete_it = {
	.text = "DELETE FROM organizations WHERE id = ? AND version = ?",
	IN(OLD(TEXT, struct organization, id),
	    OLD(INTEGER, struct organization, version)),
};

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
	.text = "SELECT id, hint, description FROM api_keys" OF_ORGANIZATION,
	.tables = { &lost_key_table },
	IN(OLD(TEXT, struct organization, id)),
};

/* By whoever deleted it: nobody's role in it is known any more. */
static const struct statement removed = {
	.scope = SCOPE_SELF,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS("t.action = 'organization.delete'"
			  " AND (u.is_system_admin OR t.user_id = u.id)"
			  " AND " TRAIL_IS_IN_BOUNDS),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

static const struct plan delete_plan = {
	STEPS({ &delete_it, ERR_STALE, ERR_NONE }),
	.action = "organization.delete",
	.kind = "Organization",
	.subject = OLD(TEXT, struct organization, id),
	.detail = OLD(TEXT, struct organization, display_name),
};

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};
static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &shape,
	.read = &get,
	.need = NEED_MEMBER,
	.location = "/v1/organizations/{}",
};

static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &shape,
	.read = &get,
	.write = &delete_plan,
	.removed = &removed,
	LOSSES({ "organizations", NULL, false },
	    { "projects", &count_projects, false },
	    { "members", &count_members, false },
	    { "projectRoles", &count_roles, false },
	    { "usersWithoutOrganization", &count_lone, true }),
	.lost_keys = &lost_keys,
};

#define TREE(path_) \
	{ \
		.method = METHOD_GET, .pattern = path_, .scope = SCOPE_SELF, \
		.need = NEED_NOTHING, .unknown = ERR_FORBIDDEN, \
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY, \
		.handle = organizations_tree \
	}
#define VERIFY(method_) \
	{ \
		.method = method_, .pattern = "/v1/organizations/verify", \
		.scope = SCOPE_SELF, .need = NEED_NOTHING, \
		.unknown = ERR_FORBIDDEN, .flags = ROUTE_FUSED, \
		.body = &verify_table, \
		.body_size = sizeof(struct verify_body), \
		.handle = organizations_verify \
	}

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations",
	    .scope = SCOPE_SELF,
	    .need = NEED_NOTHING,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST,
	    .query = &page_query,
	    .does = &list_all },
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations/{id}",
	    .scope = SCOPE_NAMED,
	    .need = NEED_MEMBER,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY,
	    .does = &get_one },
	{ .method = METHOD_POST,
	    .pattern = "/v1/organizations",
	    .scope = SCOPE_SELF,
	    .need = NEED_UNCONFINED,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .body = &create_table,
	    .body_size = sizeof(struct create_body),
	    .handle = organizations_create,
	    .seen = { &get_one, &project_get } },
	{ .method = METHOD_PATCH,
	    .pattern = "/v1/organizations/{id}/metadata",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_WRITES,
	    .body = &rename_table,
	    .body_size = sizeof(struct rename_body),
	    .handle = organizations_rename },
	{ .method = METHOD_DELETE,
	    .pattern = "/v1/organizations/{id}",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .query = &dry_run_query,
	    .does = &remove_it },
	TREE("/v1/organizations/accounts/all"),
	TREE("/v1/organizations/projects/all"),
	VERIFY(METHOD_PUT),
	VERIFY(METHOD_POST),
};

static const struct statement *const statements[] = { &list, &get, &delete_it,
	&count_projects, &count_members, &count_roles, &count_lone, &lost_keys,
	&removed, NULL };

extern const struct module organization_module;
const struct module organization_module = { ROUTES(routes),
	.statements = statements };
