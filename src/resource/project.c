/*
 * Projects (kind Account): what is read of them.
 */
#include "resource/module.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct shape shape = {
	.resource = &project_resource,
	.one = "account",
	.many = "accounts",
	SHAPE_OF(struct project),
};

static const struct statement list = {
	.scope = SCOPE_CONTEXT,
	.columns = PROJECT_COLUMNS("1"),
	.text = "LEFT JOIN projects p FORCE INDEX (PRIMARY)"
		" ON p.organization_id = o.id AND p.id > ?"
		" AND (? IS NULL OR LOCATE(?, p.name_key) = 1)"
		" AND " IS_ADMIN("b") " LIMIT ?",
	.tables = { &project_resource.table },
	IN(AFTER, QUERY("q"), QUERY("q"), LIMIT),
};

static const struct operation list_all = { .kind = OPERATION_LIST,
	.shape = &shape,
	.read = &list };

#define LIST(path_) \
	{ \
		.method = METHOD_GET, .pattern = path_, \
		.scope = SCOPE_CONTEXT, .need = NEED_ADMIN, \
		.unknown = ERR_FORBIDDEN, \
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST, \
		.query = &page_query, .does = &list_all \
	}

static const struct route routes[] = {
	LIST("/v1/organizations/accounts"),
	LIST("/v1/organizations/projects"),
};

static const struct statement *const statements[] = { &list, NULL };

extern const struct module project_module;
const struct module project_module = { ROUTES(routes),
	.statements = statements };
