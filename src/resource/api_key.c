/*
 * API keys of people and of organizations: list, make, rotate, change, revoke.
 * A key makes no key that is wider, later or stronger than itself, and what it
 * made ends with it.  resource/api_key_write.c has what is written.
 */
#include "resource/api_key.h"

#include <string.h>

#include "api/call.h"
#include "store/columns.h"
#include "store/rights.h"

/* --- what is read --------------------------------------------------------- */

#define STATE \
	"CASE WHEN tk.rotated_at IS NOT NULL THEN 'rotated'" \
	" WHEN tk.expires_at <= UTC_TIMESTAMP(3) THEN 'expired'" \
	" WHEN tk.expires_at <= UTC_TIMESTAMP(3) + INTERVAL 7 DAY" \
	" THEN 'expiring' ELSE 'active' END"

#define COLUMNS(maker_ends_at_, is_system_admin_) \
	"tk.id, LOWER(tk.id) AS name, tk.version," \
	" COALESCE(tk.modified_at, tk.created_at) AS modified_at," \
	" tk.description, tk.hint," \
	" COALESCE(tk.user_id, '" API_KEY_ORGANIZATION "') AS owner," \
	" tk.role, tk.organization_id, tk.project_id, tk.manage," \
	" tk.expires_at," \
	" tk.created_by, tk.made_by, tk.created_at, tk.last_used_on," \
	" " STATE " AS state," \
	" UTC_TIMESTAMP(3) AS now, tk.generation, tk.shortened_at," \
	" " maker_ends_at_ " AS maker_ends_at, " is_system_admin_ \
	" AS owner_is_system_admin"

/* A key that is bound to a project sees those of that project. */
#define IN_BOUNDS " AND (k.project_id IS NULL OR tk.project_id = k.project_id)"

/* The keys of the organization: of an admin all, of others their own. */
#define LIST(page_, ...) \
	{ \
		.scope = SCOPE_CONTEXT, .columns = COLUMNS("NULL", "0"), \
		.text = "LEFT JOIN api_keys tk" \
			" FORCE INDEX (api_keys_organization)" \
			" ON " page_##_OF( \
			    "tk") " AND tk.id > ?" \
				  " AND (tk.user_id = u.id OR " IS_ADMIN( \
				      "b") ")" IN_BOUNDS " AND (? IS NULL" \
					   " OR tk.user_id IS NULL)" \
					   " AND (? IS NULL OR " STATE \
					   " = ?) LIMIT ?", \
		.tables = { &api_key_resource.table }, \
		IN(page_##_BEGIN, QUERY("owner"), QUERY("state"), \
		    QUERY("state"), LIMIT), \
		__VA_ARGS__ \
	}
static const struct statement next = LIST(
    NEXT_PAGE, .bounded = NEXT_PAGE_IS_BOUNDED);
static const struct statement list = LIST(FIRST_PAGE, .next_page = &next);

/* The caller's own, also those that are bound to no organization. */
static const struct statement list_own = {
	.bounded = "a range of one user's keys, behind one row: its buffer",
	.scope = SCOPE_CONTEXT,
	.columns = COLUMNS("NULL", "0"),
	.text = "LEFT JOIN api_keys tk FORCE INDEX (api_keys_user)"
		" ON tk.user_id = u.id AND tk.id > ?"
		" AND (tk.organization_id = o.id OR (tk.organization_id IS NULL"
		" AND k.organization_id IS NULL))" IN_BOUNDS
		" AND (? IS NULL OR " STATE " = ?) LIMIT ?",
	.tables = { &api_key_resource.table },
	IN(AFTER, QUERY("state"), QUERY("state"), LIMIT),
};

/* That of the path, which the scope has found. */
static const struct statement find = {
	.scope = SCOPE_KEY,
	.columns = COLUMNS("mk.expires_at", "tu.is_system_admin"),
	.text = "LEFT JOIN api_keys mk ON mk.id = tk.made_by"
		" LEFT JOIN users tu ON tu.id = tk.user_id",
	.tables = { &api_key_resource.table },
};

/* What a new one depends on: the project, and the key that makes it. */
static const struct statement find_place = {
	.scope = SCOPE_CONTEXT,
	.columns = "UTC_TIMESTAMP(3) AS now, tp.id AS project_id,"
		   " tb.role AS project_role, k.generation,"
		   " k.expires_at AS maker_ends_at",
	.text = "LEFT JOIN projects tp ON tp.organization_id = o.id"
		" AND tp.id = COALESCE(?, k.project_id)"
		" LEFT JOIN project_bindings tb ON tb.user_id = u.id"
		" AND tb.project_id = tp.id",
	.tables = { &api_key_place },
	IN(BODY(struct api_key_create, project_id)),
};

/* What goes with it: all that it has made, and what that has made. */
static const struct statement lost_keys = {
	.bounded = "the keys that one key has made",
	.text = "WITH RECURSIVE made (id) AS"
		" (SELECT f.id FROM api_keys f WHERE f.id = ?"
		" UNION ALL SELECT g.id FROM made"
		" JOIN api_keys g ON g.made_by = made.id)"
		" SELECT k.id, k.hint, k.description, k.last_used_on"
		" FROM made JOIN api_keys k ON k.id = made.id",
	.tables = { &lost_key_table },
	IN(OLD(TEXT, struct api_key_row, id)),
};

static const struct statement removed = {
	.scope = SCOPE_SELF,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS("t.action = 'key.revoke'"
			  " AND ((t.detail = CONCAT('of user ', u.id)"
			  " AND (k.id IS NULL OR " TRAIL_IS_IN_BOUNDS ")"
			  " AND " TRAIL_IS_THERE ")"
			  " OR " TRAIL_IS_OF_ADMIN ")"),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

static const struct statement *const statements[] = { &list, &list_own, &find,
	&find_place, &lost_keys, &removed, NULL };

/* --- operations ----------------------------------------------------------- */

static const struct statement *choose(const struct call *call)
{
	const char *owner = query_value(&call->query, "owner");

	return owner != NULL && strcmp(owner, "me") == 0 ? &list_own : NULL;
}

static const struct operation list_all = {
	.kind = OPERATION_LIST,
	.shape = &api_key_shape,
	.read = &list,
	.choose = choose,
};
/* No route reads one; a replay does. */
static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &api_key_shape,
	.read = &find,
	.judge = api_key_judge_seen,
};
static const struct operation create = {
	.kind = OPERATION_CREATE,
	.shape = &api_key_shape_made,
	.read = &find_place,
	.judge = api_key_judge_maker,
	.make = api_key_make_new,
	.seen = &get_one,
	.insert = &api_key_create_plan,
	.choose_plan = api_key_choose_creation,
	.explain = api_key_explain,
	.location = "/v1/api-keys/{}",
};
static const struct operation rotate = {
	.kind = OPERATION_CREATE,
	.shape = &api_key_shape_made,
	.read = &find,
	.judge = api_key_judge_rotation,
	.make = api_key_make_next,
	.seen = &get_one,
	.write = &api_key_rotate_plan,
	.choose_plan = api_key_choose_rotation,
	.location = "/v1/api-keys/{}",
};
static const struct operation change = {
	.kind = OPERATION_CHANGE,
	.shape = &api_key_shape,
	.read = &find,
	.judge = api_key_judge,
	.make = api_key_make_changed,
	.seen = &get_one,
	.modified_at = offsetof(struct api_key_row, modified_at),
	.guards = api_key_guards,
	.write = &api_key_change_plan,
};
static const struct operation revoke = {
	.kind = OPERATION_REMOVE,
	.shape = &api_key_shape,
	.read = &find,
	.judge = api_key_judge,
	.make = api_key_make_revoked,
	.guards = api_key_guards,
	.write = &api_key_revoke_plan,
	.choose_plan = api_key_choose_revocation,
	.removed = &removed,
	.lost_keys = &lost_keys,
};

/* --- routes --------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "owner",
	    .type = QUERY_WORD,
	    .words = "me organization",
	    .component = "KeyOwner",
	    .says = "`me`: only the keys of the caller. `organization`: only"
		    " service keys, which belong to the organization and to no"
		    " user; for its admins.",
	    .example = "me" },
	{ .name = "state",
	    .type = QUERY_WORD,
	    .words = "active expiring expired rotated",
	    .component = "KeyState",
	    .says = "Only keys in this state.",
	    .example = "expiring" },
};
static const struct query_table query = QUERY_TABLE(parameters);

#define COLLECTION \
	.pattern = "/v1/api-keys", .scope = SCOPE_CONTEXT, \
	.need = NEED_MEMBER, .unknown = ERR_FORBIDDEN
#define ONE(more_) \
	.pattern = "/v1/api-keys/{id}" more_, .scope = SCOPE_KEY, \
	.need = NEED_NOTHING, .unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ COLLECTION, .method = METHOD_GET, .flags = ROUTE_FUSED | ROUTE_LIST,
	    .query = &query, .does = &list_all, .operation_id = "listApiKeys",
	    .describe = &api_key_list_words },
	{ COLLECTION, .method = METHOD_POST,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_STEPS_UP,
	    .body = &api_key_create_table,
	    .body_size = sizeof(struct api_key_create),
	    .body_default = &api_key_create_default, .does = &create,
	    .operation_id = "createApiKey", .describe = &api_key_create_words },
	{ ONE("/rotate"), .method = METHOD_POST,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES |
		ROUTE_MAY_BE_BARE | ROUTE_STEPS_UP,
	    .body = &api_key_rotate_table,
	    .body_size = sizeof(struct api_key_rotate),
	    .body_default = &api_key_rotate_default, .does = &rotate,
	    .operation_id = "rotateApiKey", .describe = &api_key_rotate_words },
	{ ONE(""), .method = METHOD_PATCH,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .body = &api_key_change_table,
	    .body_size = sizeof(struct api_key_change),
	    .body_default = &api_key_change_default, .does = &change,
	    .operation_id = "changeApiKey", .describe = &api_key_change_words },
	{ ONE(""), .method = METHOD_DELETE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .query = &dry_run_query, .does = &revoke,
	    .operation_id = "revokeApiKey", .describe = &api_key_revoke_words },
};

extern const struct module api_key_module;
const struct module api_key_module = { ROUTES(routes),
	.statements = statements };
