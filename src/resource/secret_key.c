/*
 * Secret keys of the project of the context: the default one, which stands in
 * the project, and those beside it.  Each change of them is one of the project,
 * whose version goes up.
 */
#include "resource/secret_key.h"

#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "edge/crypto.h"
#include "store/lock.h"
#include "store/rights.h"

enum { DIGEST_LENGTH = 16 /* in hexadecimal, of a key in the trail */ };

/* --- what is read --------------------------------------------------------- */

#define PROJECT \
	"hp.id AS project_id, hp.version, hp.secret_key AS default_key," \
	" COALESCE(hp.alternate_secret_keys, '[]') AS alternates"

static const struct statement get = {
	.scope = SCOPE_CURRENT,
	.columns = PROJECT
	", NULL AS key_id, NULL AS key_text, NULL AS key_name,"
	" s.id AS named_id, s.secret_key AS named_key, s.name",
	.text = "LEFT JOIN secret_keys s FORCE INDEX (PRIMARY)"
		" ON s.organization_id = hp.organization_id"
		" AND s.project_id = hp.id AND s.name <> ''",
	.tables = { &secret_key_columns, &secret_key_name_columns },
};

/* What a new one depends on: the project is its id until it has one. */
static const struct statement find_place = {
	.scope = SCOPE_CURRENT,
	.columns = PROJECT
	", hp.id AS key_id, NULL AS key_text, NULL AS key_name",
	.tables = { &secret_key_columns },
};

static const struct statement find_made = {
	.scope = SCOPE_CURRENT,
	.columns = PROJECT
	", s.id AS key_id, s.secret_key AS key_text, NULL AS key_name",
	.text = "LEFT JOIN secret_keys s ON s.id = ? AND s.project_id = hp.id",
	.tables = { &secret_key_columns },
	IN(PATH("id")),
};

/* That of the path: the default one may have no row of its own. */
static const struct statement find = {
	.scope = SCOPE_CURRENT,
	.columns = "COALESCE(s.project_id, d.id) AS project_id, hp.version,"
		   " hp.secret_key AS default_key, NULL AS alternates,"
		   " s.id AS key_id,"
		   " COALESCE(s.secret_key, d.secret_key) AS key_text,"
		   " s.name AS key_name",
	.text = "LEFT JOIN projects d ON d.id = hp.id AND d.secret_key = ?"
		" LEFT JOIN secret_keys s ON s.secret_key = ?"
		" AND s.project_id = hp.id",
	.tables = { &secret_key_columns },
	IN(PATH("key"), PATH("key")),
};

/* A digest of it stands in the trail. */
static const struct statement removed = {
	.scope = SCOPE_CURRENT,
	.columns = TRAIL_FOUND,
	.text = "LEFT JOIN audit_events a ON a.id = (SELECT MIN(t.id)"
		" FROM audit_events t FORCE INDEX (audit_events_resource)"
		" WHERE t.resource_id = hp.id"
		" AND t.organization_id = o.id"
		" AND t.action = 'secret-key.delete'"
		" AND t.detail = CONCAT('secret key ',"
		" LEFT(SHA2(?, 256), 16)))",
	.tables = { &statement_found_table },
	IN(PATH("key")),
};

/* --- what is written ------------------------------------------------------ */

#define LOCKED LOCK_ORGANIZATION " WHERE id = ?"

/* The organization is locked: nobody else makes one meanwhile. */
static const struct statement keep_to_limit = {
	.text = LOCKED
	" AND (SELECT COUNT(*) FROM secret_keys s"
	" JOIN projects p ON p.id = s.project_id"
	" WHERE s.organization_id = organizations.id AND s.project_id = ?"
	" AND s.secret_key <> p.secret_key) + 1 < " TEXT_OF_NUMBER(
	    SECRET_KEYS_MOST),
	IN(CALLER(organization_id), CALLER(project_id)),
};

static const struct statement insert = {
	.text = "INSERT INTO secret_keys (id, organization_id, project_id,"
		" secret_key, created_at) VALUES (?, ?, ?, ?, ?)",
	IN(ROW(TEXT, struct secret_keys, key_id), CALLER(organization_id),
	    CALLER(project_id), ROW(TEXT, struct secret_keys, key), NOW),
};

/* The key that the project was made with has no row until it needs one. */
static const struct statement give_row = {
	.text = "INSERT INTO secret_keys (id, organization_id, project_id,"
		" secret_key, created_at) SELECT p.id, p.organization_id, p.id,"
		" p.secret_key, p.created_at FROM projects p"
		" LEFT JOIN secret_keys s ON s.secret_key = p.secret_key"
		" WHERE p.id = ? AND s.id IS NULL",
	IN(CALLER(project_id)),
};

static const struct statement keep_default = {
	.text = LOCKED " AND EXISTS (SELECT 1 FROM projects p"
		       " WHERE p.id = ? AND p.secret_key <> ?)",
	IN(CALLER(organization_id), CALLER(project_id),
	    OLD(TEXT, struct secret_keys, key)),
};

#define THE_KEY \
	" WHERE organization_id = ? AND project_id = ? AND secret_key = ?"
#define THE_KEY_VALUES \
	CALLER(organization_id), CALLER(project_id), \
	    OLD(TEXT, struct secret_keys, key)

static const struct statement delete_it = {
	.text = "DELETE FROM secret_keys" THE_KEY,
	IN(THE_KEY_VALUES),
};

static const struct statement set_name = {
	.text = "UPDATE secret_keys SET name = ?" THE_KEY,
	IN(ROW(KEY, struct secret_keys, name), THE_KEY_VALUES),
};

/* The project as it was read, with what it shows of its keys from now on. */
static const struct statement change_project = {
	.bounded = "the keys of one project, ten at most, are ordered",
	.text = "UPDATE projects SET version = version + 1, modified_at = ?,"
		" secret_key = ?, alternate_secret_keys = (SELECT CONCAT('[',"
		" GROUP_CONCAT(CONCAT('\"', s.secret_key, '\"') ORDER BY s.id"
		" SEPARATOR ','), ']') FROM secret_keys s"
		" WHERE s.organization_id = ? AND s.project_id = ?"
		" AND s.secret_key <> ?)"
		" WHERE organization_id = ? AND id = ? AND version = ?",
	IN(NOW, ROW(TEXT, struct secret_keys, default_key),
	    CALLER(organization_id), CALLER(project_id),
	    ROW(TEXT, struct secret_keys, default_key), CALLER(organization_id),
	    CALLER(project_id), OLD(INTEGER, struct secret_keys, version)),
};

static const struct statement *const statements[] = { &get, &find_place,
	&find_made, &find, &removed, &keep_to_limit, &insert, &give_row,
	&keep_default, &delete_it, &set_name, &change_project, NULL };

/* --- operations ----------------------------------------------------------- */

/* `state`: that the key has then. */
static void set_detail(
    struct call *call, struct secret_keys *row, const char *state)
{
	char hex[CRYPTO_SHA256_HEX_SIZE];

	crypto_sha256_hex(row->key, strlen(row->key), hex);
	hex[DIGEST_LENGTH] = '\0';
	text_set(row->detail, sizeof(row->detail),
	    arena_print(call->rq->mem, "secret key %s", hex));
	text_set(row->digest, sizeof(row->digest), hex);
	text_set(row->state, sizeof(row->state), state);
}

static enum err make_new(struct call *call, void *row)
{
	struct secret_keys *made_row = row;
	struct ulid_clock apart; /* a secret must not follow from an id */

	memset(&apart, 0, sizeof(apart));
	ulid_make(&apart, (uint64_t)call->st->now, made_row->key);
	ulid_make(&call->st->ids, (uint64_t)call->st->now, made_row->key_id);
	set_detail(call, made_row, "alternate");
	return ERR_NONE;
}

static enum err make_default(struct call *call, void *row)
{
	struct secret_keys *made_row = row;

	if (strcmp(made_row->default_key, made_row->key) == 0)
		return ERR_NONE;
	memcpy(made_row->default_key, made_row->key, sizeof(made_row->key));
	set_detail(call, made_row, "default");
	return ERR_NONE;
}

static enum err make_named(struct call *call, void *row)
{
	const struct secret_key_name_body *body = call->body;
	struct secret_keys *made_row = row;

	if (strcmp(made_row->name, body->name.display) == 0)
		return ERR_NONE;
	text_set(made_row->name, sizeof(made_row->name), body->name.display);
	set_detail(call, made_row, "");
	return ERR_NONE;
}

static enum err make_removed(struct call *call, void *row)
{
	set_detail(call, row, "deleted");
	return ERR_NONE;
}

#define TRAIL(action_) \
	.action = action_, .kind = "Account", \
	.subject = OLD(TEXT, struct secret_keys, project_id), \
	.detail = ROW(TEXT, struct secret_keys, detail), \
	ABOUT_PROJECT(OLD(TEXT, struct secret_keys, project_id)), \
	PARTS({ "secretKey", ROW(TEXT, struct secret_keys, digest), false }, \
	    { "state", ROW(TEXT, struct secret_keys, state), false })

static const struct plan create_plan = {
	STEPS({ &keep_to_limit, ERR_SECRET_KEY_LIMIT, ERR_NONE },
	    { &insert, ERR_STALE, ERR_STALE },
	    { &change_project, ERR_STALE, ERR_NONE }),
	TRAIL("secret-key.create"),
};
static const struct plan default_plan = {
	STEPS({ &give_row, ERR_NONE, ERR_STALE },
	    { &change_project, ERR_STALE, ERR_NONE }),
	TRAIL("secret-key.default"),
};
static const struct plan name_plan = {
	STEPS({ &give_row, ERR_NONE, ERR_STALE },
	    { &set_name, ERR_STALE, ERR_NONE },
	    { &change_project, ERR_STALE, ERR_NONE }),
	TRAIL("secret-key.name"),
};
static const struct plan delete_plan = {
	STEPS({ &keep_default, ERR_DEFAULT_SECRET_KEY, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE },
	    { &change_project, ERR_STALE, ERR_NONE }),
	TRAIL("secret-key.delete"),
};

static const struct operation get_all = {
	.kind = OPERATION_GET, .shape = &secret_key_shape, .read = &get
};
/* No route reads one; a replay does. */
static const struct operation get_made = {
	.kind = OPERATION_GET,
	.shape = &secret_key_shape_of_made,
	.read = &find_made,
	.need = NEED_PROJECT_ADMIN,
};
/* Each is made under the limit: a project that is refused has just as many. */
static enum err explain(struct call *call, const void *row, enum err err)
{
	struct fault *fault = &call->rq->fault;

	(void)row;
	if (err != ERR_SECRET_KEY_LIMIT)
		return err;
	(void)fault_set(fault, err,
	    "the project has %d secret keys with the default one, as many as"
	    " are allowed; nothing was changed: delete one first, at"
	    " /v1/secret-keys/{key}",
	    SECRET_KEYS_MOST);
	fault_limit(fault, "secretKeys", SECRET_KEYS_MOST, SECRET_KEYS_MOST);
	return err;
}

static const struct operation create = {
	.kind = OPERATION_CHANGE,
	.shape = &secret_key_shape_of_made,
	.read = &find_place,
	.make = make_new,
	.explain = explain,
	.seen = &get_made,
	.write = &create_plan,
};
#define CHANGE(make_, plan_) \
	{ \
		.kind = OPERATION_CHANGE, .shape = &secret_key_shape_of_one, \
		.read = &find, .make = make_, .write = &plan_, .status = 204, \
	}
static const struct operation make_it_default = CHANGE(
    make_default, default_plan);
static const struct operation name_it = CHANGE(make_named, name_plan);
static const struct operation remove_it = {
	.kind = OPERATION_REMOVE,
	.shape = &secret_key_shape_of_one,
	.read = &find,
	.make = make_removed,
	.write = &delete_plan,
	.removed = &removed,
	LOSSES({ "secretKeys", NULL, false }),
};

/* --- words ---------------------------------------------------------------- */

#define OF_CONTEXT \
	" The project is that of the context: the one that the API key is" \
	" bound to; else the one that the header names, the active one, or" \
	" the only one that the caller may use. For the project's admins."

static const struct describe get_words = {
	.tag = "Projects",
	.summary = "List the secret keys of a project",
	.says =
	    "The default one, the others, and their names. The project itself"
	    " shows the same keys as `secretKey` and `alternateSecretKeys`,"
	    " without names." OF_CONTEXT,
	.answer = "The secret keys.",
};
static const struct describe create_words = {
	.tag = "Projects",
	.summary = "Make a secret key",
	.says = "Beside those that the project has, up to"
		" " TEXT_OF_NUMBER(
		    SECRET_KEYS_MOST) " with the default one:"
				      " 409 `secret-key-limit`." OF_CONTEXT,
	.answer = "The new secret key.",
};
static const struct describe_path path = {
	.name = "key",
	.component = "SecretKey",
	.says = "The secret key itself.",
	.domain = &domain_id,
	.example = SECRET_KEY_EXAMPLE,
};
static const struct describe remove_words = {
	.tag = "Projects",
	.summary = "Delete a secret key",
	.says = "The default one stays, 409 `default-secret-key`: make another"
		" one the default first. A key that was deleted before is 204"
		" again." OF_CONTEXT,
	.answer = "The key is deleted.",
	.path = &path,
};
static const struct describe default_words = {
	.tag = "Projects",
	.summary = "Make a secret key the default one",
	.says = "The one that was the default before stays as an alternate"
		" key." OF_CONTEXT,
	.answer = "The key is the default one.",
	.path = &path,
};
static const struct describe name_words = {
	.tag = "Projects",
	.summary = "Name a secret key",
	.says = "Two keys may have the same name." OF_CONTEXT,
	.answer = "The key has the name.",
	.body = "NameSecretKey",
	.body_says = "The name.",
	BODIES({ "name", "name" }),
	.path = &path,
};

/* --- routes --------------------------------------------------------------- */

#define KEYS(more_) \
	.pattern = "/v1/secret-keys" more_, .scope = SCOPE_CURRENT, \
	.need = NEED_PROJECT_ADMIN, .unknown = ERR_FORBIDDEN
#define WRITES .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES

static const struct route routes[] = {
	{ KEYS(""), .method = METHOD_GET,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY, .does = &get_all,
	    .operation_id = "getSecretKeys", .describe = &get_words },
	{ KEYS(""), .method = METHOD_POST, WRITES, .does = &create,
	    .operation_id = "createSecretKey", .describe = &create_words },
	{ KEYS("/{key}"), .method = METHOD_DELETE, WRITES,
	    .query = &dry_run_query, .does = &remove_it,
	    .operation_id = "deleteSecretKey", .describe = &remove_words },
	{ KEYS("/{key}/default"), .method = METHOD_POST, WRITES,
	    .does = &make_it_default, .operation_id = "setDefaultSecretKey",
	    .describe = &default_words },
	{ KEYS("/{key}/name"), .method = METHOD_POST, WRITES,
	    .body = &secret_key_name_table,
	    .body_size = sizeof(struct secret_key_name_body), .does = &name_it,
	    .operation_id = "nameSecretKey", .describe = &name_words },
};

extern const struct module secret_key_module;
const struct module secret_key_module = { ROUTES(routes),
	.statements = statements };
