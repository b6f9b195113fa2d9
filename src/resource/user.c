/*
 * Users of an organization: what is read of them.
 */
#include "resource/user.h"
#include "resource/module.h"
#include "store/columns.h"
#include "store/rights.h"

static const struct shape shape = {
	.resource = &user_resource,
	.one = "user",
	.many = "users",
	SHAPE_OF(struct user),
	EXAMPLES(struct user, EXAMPLE_ADA("admin")),
};

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX, QUERY_ADDRESS },
	{ .name = "role",
	    .type = QUERY_WORD,
	    .words = "admin user",
	    .component = "Role",
	    .says = "Only those with this role in the organization.",
	    .example = "admin" },
	USER_STATE_PARAMETER,
};
static const struct query_table query = QUERY_TABLE(parameters);

/* A member whose user fits a condition on `f`. */
#define IF_USER \
	" AND (? IS NULL OR EXISTS (SELECT 1 FROM users f" \
	" WHERE f.id = mb.user_id AND "
#define BY_ADDRESS IF_USER "LOCATE(?, f.email_key) = 1))"
#define BY_STATE IF_USER "(f.disabled_at IS NULL) = (? = 'active')))"

#define LIST(page_, ...) \
	{ \
		.scope = SCOPE_CONTEXT, .columns = USER_COLUMNS ", mb.role", \
		.text = "LEFT JOIN organization_bindings mb" \
			" FORCE INDEX (organization_bindings_organization)" \
			" ON " page_##_OF( \
			    "mb") " AND mb.user_id > ?" \
				  " AND (? IS NULL OR mb.role = ?)" BY_ADDRESS \
				      BY_STATE " AND " IS_ADMIN("b") \
					  USER_JOINS " LIMIT ?", \
		.tables = { &user_resource.table }, \
		IN(page_##_BEGIN, QUERY("role"), QUERY("role"), QUERY("q"), \
		    QUERY("q"), QUERY("state"), QUERY("state"), LIMIT), \
		__VA_ARGS__ \
	}
static const struct statement next = LIST(
    NEXT_PAGE, .bounded = NEXT_PAGE_IS_BOUNDED);
static const struct statement list = LIST(FIRST_PAGE, .next_page = &next);

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};

static const struct describe list_words = {
	.tag = "Users",
	.summary = "List the users of the organization",
	.says = "All members of the context's organization. For its admins.",
	.answer = "The users.",
};

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations/users",
	    .scope = SCOPE_CONTEXT,
	    .need = NEED_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST,
	    .query = &query,
	    .does = &list_all,
	    .operation_id = "listUsers",
	    .describe = &list_words },
};

static const struct statement *const statements[] = { &list, NULL };

extern const struct module user_module;
const struct module user_module = { ROUTES(routes), .statements = statements };
