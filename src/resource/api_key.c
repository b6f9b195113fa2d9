/*
 * API keys of people: list, make, rotate, change, revoke.  A key makes no key
 * that is wider, later or stronger than itself, and what it made ends with it.
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
	" tk.description, tk.hint, tk.user_id AS owner, tk.role," \
	" tk.organization_id, tk.project_id, tk.expires_at," \
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
				      "b") ")" IN_BOUNDS " AND ? IS NULL" \
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
	.text = "UPDATE organizations SET write_count = write_count + 1"
		" WHERE id = ? AND (SELECT COUNT(*) FROM api_keys x"
		" WHERE x.user_id = ? AND x.organization_id = organizations.id"
		" AND x.project_id <=> ? AND (x.expires_at IS NULL"
		" OR x.expires_at > UTC_TIMESTAMP(3))) < 25",
	IN(CALLER(organization_id), ROW(TEXT, struct api_key_row, owner),
	    ROW(TEXT, struct api_key_row, project_id)),
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
	    ROW(TEXT, struct api_key_row, hint), CALLER(user_id),
	    ROW(INTEGER, struct api_key_row, generation),
	    ROW(TIME, struct api_key_row, shortened_at),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TEXT, struct api_key_row, owner),
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
	&find_place, &keep_to_limit, &insert, &rotate_it, &hand_over, &end_made,
	&change_it, &delete_it, &lost_keys, &removed, NULL };

/* --- operations ----------------------------------------------------------- */

#define TRAIL(action_, from_) \
	.action = action_, .kind = "Key", \
	.subject = from_(TEXT, struct api_key_row, id), \
	.detail = ROW(TEXT, struct api_key_row, detail)

static const struct plan create_plan = {
	STEPS({ &keep_to_limit, ERR_KEY_LIMIT, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE }),
	TRAIL("key.create", ROW),
};
static const struct plan rotate_plan = {
	STEPS({ &rotate_it, ERR_STALE, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE },
	    { &hand_over, ERR_NONE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.rotate", OLD),
};
static const struct plan change_plan = {
	STEPS({ &change_it, ERR_STALE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.change", OLD),
};
static const struct plan revoke_plan = {
	STEPS({ &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("key.revoke", OLD),
};

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
	.make = api_key_make_new,
	.seen = &get_one,
	.insert = &create_plan,
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
	.removed = &removed,
	.lost_keys = &lost_keys,
};

/* --- words --------------------------------------------------------------- */

static const struct describe list_words = {
	.tag = "API keys",
	.summary = "List API keys",
	.says =
	    "Ordered by creation. An admin of the context's organization gets"
	    " all keys that are bound to it, and those of the caller; any"
	    " other member gets their own, bound to this organization or to"
	    " none. No list shows a key itself.",
	.answer = "The keys.",
};
static const struct describe create_words = {
	.tag = "API keys",
	.summary = "Make an API key",
	.says =
	    "For the caller, bound to the context's organization. Any member"
	    " may make keys, up to 25 live ones in an organization and"
	    " project (409 `key-limit`). A key never has more than the role"
	    " of its user. A `role` above the caller's is 403.\n\nWhen the"
	    " credential is an API key, the new key is never wider, later or"
	    " stronger. It takes over the role, project and end that the body"
	    " leaves out. A body that asks for more is 403. The new key ends"
	    " with the key that made it.",
	.answer = "The new key. `key` is shown this once.",
	.body = "CreateApiKey",
	.body_says = "The new key.",
	BODIES({ "plain", "description" },
	    { "narrow", "description role projectId expiresIn" }),
	PROBLEMS(ERR_NO_RESOURCE),
};
static const struct describe rotate_words = {
	.tag = "API keys",
	.summary = "Replace an API key by a new one",
	.says =
	    "The new key has the description, role and bounds of the old one."
	    " If the old one has an end, the new one lives as long from now"
	    " on, but not longer than the key that made it. The old one works"
	    " for `overlap` seconds more, at most until its own end, and has"
	    " the state `rotated`. What the old one has made goes over to the"
	    " new one; with `overlap` 0 it ends. For the key's user alone. An"
	    " API key as credential rotates only itself or what it has made."
	    " A key that was rotated before, or has ended, is 409"
	    " `already-rotated`.",
	.answer = "The new key. `key` is shown this once.",
	.body = "RotateApiKey",
	.body_says =
	    "How long the old key still works; a day, if there is no body.",
	BODIES({ "day", "overlap" }, { "now", "overlap=0" }),
	PROBLEMS(ERR_ROTATED),
};
static const struct describe change_words = {
	.tag = "API keys",
	.summary = "Change an API key",
	.says =
	    "Its description, or an earlier end: a later one is 400. For its"
	    " user and the admins of its organization. An API key as"
	    " credential changes only itself or what it has made. When the"
	    " key is all that the last usable admin has, it gets no end: 409"
	    " `last-admin`.",
	.answer = "The key as it is now.",
	.body = "ChangeApiKey",
	.body_says = "What changes.",
	BODIES({ "description", "description" }, { "end", "expiresIn" }),
};
static const struct describe revoke_words = {
	.tag = "API keys",
	.summary = "Revoke an API key",
	.says =
	    "The key, and each key that it has made, is refused from the next"
	    " request on. For its user and the admins of its organization. An"
	    " API key as credential revokes only itself or what it has made."
	    " When the key is all that the last usable admin has, it stays"
	    " (409 `last-admin`): rotate it with `overlap` 0. A key that was"
	    " revoked before is 204 again.",
	.answer = "The key is revoked.",
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
		    " keys that belong to the organization and to no user, of"
		    " which there are none yet.",
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
	    .describe = &list_words },
	{ COLLECTION, .method = METHOD_POST,
	    .flags = ROUTE_FUSED | ROUTE_WRITES, .body = &api_key_create_table,
	    .body_size = sizeof(struct api_key_create),
	    .body_default = &api_key_create_default, .does = &create,
	    .operation_id = "createApiKey", .describe = &create_words },
	{ ONE("/rotate"), .method = METHOD_POST,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MAY_BE_BARE,
	    .body = &api_key_rotate_table,
	    .body_size = sizeof(struct api_key_rotate),
	    .body_default = &api_key_rotate_default, .does = &rotate,
	    .operation_id = "rotateApiKey", .describe = &rotate_words },
	{ ONE(""), .method = METHOD_PATCH, .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .body = &api_key_change_table,
	    .body_size = sizeof(struct api_key_change),
	    .body_default = &api_key_change_default, .does = &change,
	    .operation_id = "changeApiKey", .describe = &change_words },
	{ ONE(""), .method = METHOD_DELETE, .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .query = &dry_run_query, .does = &revoke,
	    .operation_id = "revokeApiKey", .describe = &revoke_words },
};

extern const struct module api_key_module;
const struct module api_key_module = { ROUTES(routes),
	.statements = statements };
