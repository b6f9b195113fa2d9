/*
 * API keys of people and of organizations: list, make, rotate, change, revoke.
 * A key makes no key that is wider, later or stronger than itself, and what it
 * made ends with it.
 */
#include "resource/api_key.h"

#include <string.h>

#include "api/call.h"
#include "store/api_key.h"
#include "store/columns.h"
#include "store/invitation.h"
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

/* --- what is written ------------------------------------------------------ */

/* The organization is locked: nobody else makes one meanwhile. */
static const struct statement keep_to_limit = {
	.text = API_KEYS_KEEP_TO_LIMIT,
	IN(CALLER(organization_id), ROW(TEXT, struct api_key_row, owner),
	    ROW(TEXT, struct api_key_row, project_id)),
};

static const struct statement keep_to_service_limit = {
	.text = API_KEYS_KEEP_TO_SERVICE_LIMIT,
	IN(CALLER(organization_id), ROW(TEXT, struct api_key_row, project_id)),
};

/*
 * While its maker, if it has one, ends when it was read to end.  The read locks
 * the maker: it sees an end that is being written, and whoever writes one later
 * finds this key.
 */
static const struct statement insert = {
	.text = "INSERT INTO api_keys (id, digest, organization_id,"
		" project_id, role, created_at, expires_at, description, hint,"
		" created_by, made_by, generation, shortened_at, user_id)"
		" SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, m.id, ?, ?, u.id"
		" FROM users u LEFT JOIN api_keys m ON m.id = ?"
		" WHERE u.id = ? AND m.id <=> ? AND m.expires_at <=> ?"
		" LOCK IN SHARE MODE",
	IN(ROW(TEXT, struct api_key_row, id),
	    ROW(DIGEST, struct api_key_row, digest),
	    ROW(TEXT, struct api_key_row, organization_id),
	    ROW(TEXT, struct api_key_row, project_id),
	    ROW(TEXT, struct api_key_row, role), NOW,
	    ROW(TIME, struct api_key_row, expires_at),
	    ROW(KEY, struct api_key_row, description),
	    ROW(TEXT, struct api_key_row, hint),
	    ROW(TEXT, struct api_key_row, created_by),
	    ROW(INTEGER, struct api_key_row, generation),
	    ROW(TIME, struct api_key_row, shortened_at),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TEXT, struct api_key_row, owner),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TIME, struct api_key_row, maker_ends_at)),
};

/* The same for a key that has no user. */
static const struct statement insert_service = {
	.text = "INSERT INTO api_keys (id, digest, organization_id,"
		" project_id, role, manage, created_at, expires_at,"
		" description, hint, created_by, made_by, generation,"
		" shortened_at)"
		" SELECT ?, ?, o.id, ?, ?, ?, ?, ?, ?, ?, ?, m.id, ?, ?"
		" FROM organizations o LEFT JOIN api_keys m ON m.id = ?"
		" WHERE o.id = ? AND m.id <=> ? AND m.expires_at <=> ?"
		" LOCK IN SHARE MODE",
	IN(ROW(TEXT, struct api_key_row, id),
	    ROW(DIGEST, struct api_key_row, digest),
	    ROW(TEXT, struct api_key_row, project_id),
	    ROW(TEXT, struct api_key_row, role),
	    ROW(INTEGER, struct api_key_row, manage), NOW,
	    ROW(TIME, struct api_key_row, expires_at),
	    ROW(KEY, struct api_key_row, description),
	    ROW(TEXT, struct api_key_row, hint),
	    ROW(TEXT, struct api_key_row, created_by),
	    ROW(INTEGER, struct api_key_row, generation),
	    ROW(TIME, struct api_key_row, shortened_at),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TEXT, struct api_key_row, organization_id),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TIME, struct api_key_row, maker_ends_at)),
};

#define AS_READ " WHERE id = ? AND version = ?"
#define AS_READ_VALUES \
	OLD(TEXT, struct api_key_row, id), \
	    OLD(INTEGER, struct api_key_row, version)

static const struct statement rotate_it = {
	.text = "UPDATE api_keys SET rotated_at = ?, modified_at = ?,"
		" expires_at = ?, version = version + 1" AS_READ,
	IN(NOW, NOW, ROW(TIME, struct api_key_row, old_ends_at),
	    AS_READ_VALUES),
};

static const struct statement hand_over = {
	.text = "UPDATE api_keys SET made_by = ?,"
		" version = version + 1 WHERE made_by = ? AND ? > 0",
	IN(ROW(TEXT, struct api_key_row, id), OLD(TEXT, struct api_key_row, id),
	    ROW(INTEGER, struct api_key_row, overlap)),
};

/* An invitation is valid as long as the service key that has made it. */
static const struct statement hand_over_invitations = {
	.text = "UPDATE invitations SET invited_by_key = ?,"
		" version = version + 1 WHERE organization_id = ?"
		" AND pending_key IS NOT NULL AND invited_by_key = ? AND ? > 0",
	IN(ROW(TEXT, struct api_key_row, id), CALLER(organization_id),
	    OLD(TEXT, struct api_key_row, id),
	    ROW(INTEGER, struct api_key_row, overlap)),
};

static const struct statement revoke_invitations = {
	.text = INVITATIONS_REVOKE_OF_KEY,
	IN(NOW, NOW, CALLER(organization_id),
	    OLD(TEXT, struct api_key_row, id)),
};

/* All that the key has made, and what that has made: never later than it. */
static const struct statement end_made = {
	.bounded = "the keys that one key has made",
	.text = "UPDATE api_keys c JOIN (WITH RECURSIVE made (id) AS"
		" (SELECT f.id FROM api_keys f WHERE f.made_by = ?"
		" UNION ALL SELECT g.id FROM made"
		" JOIN api_keys g ON g.made_by = made.id)"
		" SELECT id FROM made) d ON d.id = c.id"
		" SET c.expires_at = ?, c.version = c.version + 1"
		" WHERE c.expires_at > ?"
		" OR (c.expires_at IS NULL AND ? IS NOT NULL)",
	IN(OLD(TEXT, struct api_key_row, id),
	    ROW(TIME, struct api_key_row, made_ends_at),
	    ROW(TIME, struct api_key_row, made_ends_at),
	    ROW(TIME, struct api_key_row, made_ends_at)),
};

static const struct statement change_it = {
	.text = "UPDATE api_keys SET description = ?, expires_at = ?,"
		" shortened_at = ?, modified_at = ?,"
		" version = version + 1" AS_READ,
	IN(ROW(KEY, struct api_key_row, description),
	    ROW(TIME, struct api_key_row, expires_at),
	    ROW(TIME, struct api_key_row, shortened_at), NOW, AS_READ_VALUES),
};

/* What it has made goes with it (a foreign key). */
static const struct statement delete_it = {
	.text = "DELETE FROM api_keys" AS_READ,
	IN(AS_READ_VALUES),
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
	&find_place, &keep_to_limit, &keep_to_service_limit, &insert,
	&insert_service, &rotate_it, &hand_over, &hand_over_invitations,
	&revoke_invitations, &end_made, &change_it, &delete_it, &lost_keys,
	&removed, NULL };

/* --- operations ----------------------------------------------------------- */

#define TRAIL(action_, from_) \
	.action = action_, .kind = "Key", \
	.subject = from_(TEXT, struct api_key_row, id), \
	.detail = ROW(TEXT, struct api_key_row, detail), \
	ABOUT_PROJECT(ROW(TEXT, struct api_key_row, project_id)), \
	PARTS({ "endsAt", ROW(TIME, struct api_key_row, old_ends_at), false }, \
	    { "expiresAt", ROW(TIME, struct api_key_row, expires_at), false }, \
	    { "key", ROW(TEXT, struct api_key_row, id), false }, \
	    { "manage", ROW(INTEGER, struct api_key_row, manage), false }, \
	    { "owner", ROW(TEXT, struct api_key_row, owner), false }, \
	    { "project", ROW(TEXT, struct api_key_row, project_id), false }, \
	    { "role", ROW(TEXT, struct api_key_row, role), false })

static const struct plan create_plan = {
	STEPS({ &keep_to_limit, ERR_KEY_LIMIT, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE }),
	TRAIL("key.create", ROW),
};
static const struct plan create_service_plan = {
	STEPS({ &keep_to_service_limit, ERR_KEY_LIMIT, ERR_NONE },
	    { &insert_service, ERR_STALE, ERR_NONE }),
	TRAIL("key.create", ROW),
};
static const struct plan rotate_plan = {
	STEPS({ &rotate_it, ERR_STALE, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE },
	    { &hand_over, ERR_NONE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.rotate", OLD),
	LISTS({ "made", &api_key_made, true }),
};
static const struct plan rotate_service_plan = {
	STEPS({ &rotate_it, ERR_STALE, ERR_NONE },
	    { &insert_service, ERR_STALE, ERR_NONE },
	    { &hand_over_invitations, ERR_NONE, ERR_NONE }),
	TRAIL("key.rotate", OLD),
};

static const struct plan *choose_creation(const void *row)
{
	return api_key_is_service(row) ? &create_service_plan : &create_plan;
}

static const struct plan *choose_rotation(const void *row)
{
	return api_key_is_service(row) ? &rotate_service_plan : &rotate_plan;
}

static const struct plan change_plan = {
	STEPS({ &change_it, ERR_STALE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.change", OLD),
	LISTS({ "made", &api_key_made, true }),
};
static const struct plan revoke_plan = {
	STEPS({ &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("key.revoke", OLD),
	LISTS({ "keys", &api_key_keys_going, false }),
};
static const struct plan revoke_service_plan = {
	STEPS({ &revoke_invitations, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("key.revoke", OLD),
	LISTS({ "invitations", &api_key_invitations_going, false }),
};

static const struct plan *choose_revocation(const void *row)
{
	return api_key_is_service(row) ? &revoke_service_plan : &revoke_plan;
}

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
	.insert = &create_plan,
	.choose_plan = choose_creation,
	.location = "/v1/api-keys/{}",
};
static const struct operation rotate = {
	.kind = OPERATION_CREATE,
	.shape = &api_key_shape_made,
	.read = &find,
	.judge = api_key_judge_rotation,
	.make = api_key_make_next,
	.seen = &get_one,
	.write = &rotate_plan,
	.choose_plan = choose_rotation,
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
	.write = &change_plan,
};
static const struct operation revoke = {
	.kind = OPERATION_REMOVE,
	.shape = &api_key_shape,
	.read = &find,
	.judge = api_key_judge,
	.make = api_key_make_revoked,
	.guards = api_key_guards,
	.write = &revoke_plan,
	.choose_plan = choose_revocation,
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
