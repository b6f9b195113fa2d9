/*
 * Organizations: what is read of them.
 */
#include "resource/module.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct shape shape = {
	.resource = &organization_resource,
	.one = "organization",
	.many = "organizations",
	SHAPE_OF(struct organization),
};

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

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};
static const struct operation get_one = {
	.kind = OPERATION_GET, .shape = &shape, .read = &get
};

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
};

static const struct statement *const statements[] = { &list, &get, NULL };

extern const struct module organization_module;
const struct module organization_module = { ROUTES(routes),
	.statements = statements };
