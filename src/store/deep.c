#include "store/deep.h"

#include <string.h>

#include "edge/name.h"

enum { IDS_SHOWN = 5, ID_SIZE = 64 };

/* A row that breaks an invariant, or that is to be looked at. */
struct suspect {
	char id[ID_SIZE]; /* two with a slash between for a binding */
	char display[NAME_DISPLAY_SIZE];
	char key[NAME_KEY_SIZE];
};

static const struct field id_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct suspect, id) },
};
static const struct field_table id_table = FIELD_TABLE(id_fields);

static const struct field name_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct suspect, id) },
	{ .column = "display",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct suspect, display) },
	{ .column = "name_key",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct suspect, key) },
};
static const struct field_table name_table = FIELD_TABLE(name_fields);

typedef const char *make_name(
    const char *text, size_t length, struct name *out);

static bool is_folded(const struct suspect *row, make_name *make)
{
	struct name name;

	return make(row->display, strlen(row->display), &name) == NULL &&
	    strcmp(name.display, row->display) == 0 &&
	    strcmp(name.key, row->key) == 0;
}

/* --- the invariants ------------------------------------------------------- */

struct invariant {
	struct statement statement; /* gives a row for each break of it … */
	make_name
	    *make; /* … or all rows, whose names are to be as this makes */
	const char *broken;
};

#define ASK(text_) \
	.statement = { .bounded = "asked by the tool only", \
		.scope = SCOPE_PUBLIC, \
		.text = text_, \
		.tables = { &id_table } }

#define ASK_NAMES(text_) \
	.statement = { .bounded = "asked by the tool only", \
		.scope = SCOPE_PUBLIC, \
		.text = text_, \
		.tables = { &name_table } }

#define NOT_ULID(column_, table_) \
	"SELECT " column_ " AS id FROM " table_ " WHERE " column_ \
	" NOT REGEXP '^[0-7][0-9A-HJKMNP-TV-Z]{25}$'"

/* What name_slug() makes, and no id of upper case that would look like one. */
#define NOT_SLUG(table_) \
	"SELECT id FROM " table_ \
	" WHERE name NOT REGEXP '^[a-z0-9]+(-[a-z0-9]+)*$'" \
	" OR name IN ('accounts', 'projects', 'users', 'verify')"

#define NOT_ROLE(table_, place_, roles_) \
	"SELECT CONCAT(user_id, '/', " place_ ") AS id FROM " table_ \
	" WHERE role NOT IN (" roles_ ")"

#define NO_EVENT(action_, organization_, resource_) \
	"NOT EXISTS (SELECT 1 FROM audit_events a" \
	" WHERE a.organization_id = " organization_ \
	" AND a.action = '" action_ "' AND a.resource_id = " resource_ ")"

#define OUTSIDE(column_) \
	"SELECT u.id FROM users u" \
	" LEFT JOIN projects p ON p.id = u." column_ \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = p.organization_id" \
	" WHERE u." column_ " IS NOT NULL AND b.user_id IS NULL"

#define KEY_ID "LOWER(HEX(LEFT(k.digest, 8))) AS id"

#define MEMBER(path_) "JSON_UNQUOTE(JSON_EXTRACT(k.body, '" path_ "'))"

static const struct invariant invariants[] = {
	{ ASK("SELECT CONCAT(b.user_id, '/', b.organization_id) AS id"
	      " FROM organization_bindings b"
	      " LEFT JOIN users u ON u.id = b.user_id"
	      " LEFT JOIN organizations o ON o.id = b.organization_id"
	      " WHERE u.id IS NULL OR o.id IS NULL"),
	    NULL, "organization bindings that lack an end" },
	{ ASK("SELECT CONCAT(b.user_id, '/', b.project_id) AS id"
	      " FROM project_bindings b"
	      " LEFT JOIN users u ON u.id = b.user_id"
	      " LEFT JOIN projects p ON p.organization_id = b.organization_id"
	      " AND p.id = b.project_id"
	      " WHERE u.id IS NULL OR p.id IS NULL"),
	    NULL, "project bindings that lack an end" },
	{ ASK("SELECT CONCAT(b.user_id, '/', b.project_id) AS id"
	      " FROM project_bindings b"
	      " LEFT JOIN organization_bindings m ON m.user_id = b.user_id"
	      " AND m.organization_id = b.organization_id"
	      " WHERE m.user_id IS NULL"),
	    NULL, "project bindings of who is no member" },
	{ ASK(NOT_ROLE("organization_bindings", "organization_id",
	      "'admin', 'user'") " UNION ALL " NOT_ROLE("project_bindings",
	      "project_id", "'admin', 'user', 'viewer'")),
	    NULL, "bindings with an unknown role" },
	{ ASK("SELECT p.id FROM projects p"
	      " LEFT JOIN organizations o ON o.id = p.organization_id"
	      " WHERE o.id IS NULL"),
	    NULL, "projects without an organization" },
	{ ASK("SELECT o.id FROM organizations o LEFT JOIN projects p"
	      " ON p.organization_id = o.id WHERE p.id IS NULL"),
	    NULL, "organizations without a project" },
	{ ASK("SELECT o.id FROM organizations o"
	      " WHERE (SELECT COUNT(*) FROM licences l"
	      " WHERE l.organization_id = o.id) <> 1"),
	    NULL, "organizations that have not one licence" },
	{ ASK("SELECT l.organization_id AS id FROM licences l"
	      " LEFT JOIN organizations o ON o.id = l.organization_id"
	      " LEFT JOIN licence_claims c ON c.jti = l.jti"
	      " AND c.organization_id = l.organization_id"
	      " WHERE o.id IS NULL OR c.jti IS NULL"),
	    NULL, "licences without their organization or claim" },
	{ ASK("SELECT o.id FROM organizations o WHERE NOT EXISTS"
	      " (SELECT 1 FROM organization_bindings b"
	      " WHERE b.organization_id = o.id AND b.role = 'admin')"),
	    NULL, "organizations without an admin" },
	{ ASK("SELECT l.organization_id AS id FROM licences l"
	      " WHERE l.limit_projects > 0 AND l.limit_projects <"
	      " (SELECT COUNT(*) FROM projects p"
	      " WHERE p.organization_id = l.organization_id)"),
	    NULL, "organizations with more projects than licensed" },
	{ ASK("SELECT l.organization_id AS id FROM licences l"
	      " WHERE l.limit_users > 0 AND l.limit_users <"
	      " (SELECT COUNT(*) FROM organization_bindings b"
	      " WHERE b.organization_id = l.organization_id)"),
	    NULL, "organizations with more users than licensed" },
	{ ASK("SELECT MAX(id) AS id FROM organizations"
	      " GROUP BY name_key HAVING COUNT(*) > 1"
	      " UNION ALL SELECT MAX(id) FROM projects"
	      " GROUP BY organization_id, name_key HAVING COUNT(*) > 1"
	      " UNION ALL SELECT MAX(id) FROM users"
	      " GROUP BY email_key HAVING COUNT(*) > 1"),
	    NULL, "names that are in use twice" },
	{ ASK_NAMES("SELECT id, display_name AS display, name_key"
		    " FROM organizations"),
	    name_make, "organizations with the key of another name" },
	{ ASK_NAMES(
	      "SELECT id, display_name AS display, name_key FROM projects"),
	    name_make, "projects with the key of another name" },
	{ ASK_NAMES(
	      "SELECT id, email AS display, email_key AS name_key FROM users"),
	    name_make_login, "users with the key of another login" },
	{ ASK(NOT_SLUG("organizations") " UNION ALL " NOT_SLUG(
	      "projects") " UNION ALL " NOT_SLUG("users")),
	    NULL, "malformed slugs" },
	{ ASK("SELECT k.id FROM api_keys k"
	      " LEFT JOIN users u ON u.id = k.user_id"
	      " LEFT JOIN organizations o ON o.id = k.organization_id"
	      " LEFT JOIN projects p ON p.id = k.project_id"
	      " WHERE u.id IS NULL"
	      " OR (k.organization_id IS NOT NULL AND o.id IS NULL)"
	      " OR (k.project_id IS NOT NULL AND (k.organization_id IS NULL"
	      " OR p.id IS NULL OR p.organization_id <> k.organization_id))"),
	    NULL, "API keys without their user, organization or project" },
	{ ASK(OUTSIDE("active_project_id")), NULL,
	    "users with an active project where they are no members" },
	{ ASK(OUTSIDE("next_login_project_id")), NULL,
	    "users with a next project where they are no members" },
	{ ASK("SELECT o.id FROM organizations o WHERE " NO_EVENT(
	      "organization.create", "o.id", "o.id")),
	    NULL, "organizations whose creation is not in the audit trail" },
	{ ASK("SELECT o.id FROM organizations o WHERE o.version <> 1 +"
	      " (SELECT COUNT(*) FROM audit_events a"
	      " WHERE a.organization_id = o.id"
	      " AND a.action = 'organization.rename')"),
	    NULL, "organizations whose version is not that of the renames" },
	{ ASK(/* one came with the organization */
	      "SELECT p.id FROM projects p JOIN organizations o"
	      " ON o.id = p.organization_id WHERE " NO_EVENT("project.create",
		  "o.id",
		  "p.id") " AND (p.created_at <> o.created_at"
			  " OR EXISTS (SELECT 1 FROM projects f"
			  " WHERE f.organization_id = o.id AND f.id < p.id"
			  " AND " NO_EVENT(
			      "project.create", "o.id", "f.id") "))"),
	    NULL, "projects whose creation is not in the audit trail" },
	{ ASK("SELECT l.id FROM licences l JOIN organizations o"
	      " ON o.id = l.organization_id"
	      " WHERE l.installed_at <> o.created_at AND " NO_EVENT(
		  "licence.install", "o.id", "l.id")),
	    NULL, "licences whose installation is not in the audit trail" },
	{ ASK(/* quick without an index, as the inner rows are hashed */
	      "SELECT id FROM users WHERE id NOT IN (SELECT resource_id"
	      " FROM audit_events WHERE action = 'user.create') UNION ALL"
	      " SELECT id FROM api_keys WHERE id NOT IN (SELECT resource_id"
	      " FROM audit_events WHERE action = 'key.create')"),
	    NULL, "users and keys whose creation is not in the audit trail" },
	{ ASK("SELECT a.organization_id AS id FROM audit_events a"
	      " LEFT JOIN organizations o ON o.id = a.organization_id"
	      " WHERE a.action = 'organization.delete'"
	      " AND o.id IS NOT NULL UNION ALL"
	      " SELECT a.organization_id FROM audit_events a"
	      " LEFT JOIN organizations o ON o.id = a.organization_id"
	      " LEFT JOIN audit_events d ON"
	      " d.organization_id = a.organization_id"
	      " AND d.action = 'organization.delete'"
	      " WHERE a.action = 'organization.create'"
	      " AND o.id IS NULL AND d.id IS NULL"),
	    NULL, "organizations that the audit trail tells otherwise of" },
	{ ASK("SELECT a.resource_id AS id FROM audit_events a"
	      " JOIN organizations o ON o.id = a.organization_id"
	      " LEFT JOIN projects p ON p.organization_id = o.id"
	      " AND p.id = a.resource_id"
	      " WHERE a.action = 'project.create' AND p.id IS NULL"),
	    NULL, "projects of the audit trail that are not there" },
	{ ASK(NOT_ULID("id", "users") " UNION ALL " NOT_ULID(
	      "id", "organizations") " UNION ALL " NOT_ULID("id",
	      "projects") " UNION ALL " NOT_ULID("secret_key",
	      "projects") " UNION ALL " NOT_ULID("id",
	      "licences") " UNION ALL " NOT_ULID("id",
	      "api_keys") " UNION ALL " NOT_ULID("id", "audit_events")),
	    NULL, "malformed ids" },
	{ ASK("SELECT " KEY_ID " FROM idempotency_keys k"
	      " WHERE k.status IS NULL OR k.status NOT IN (200, 201, 204)"
	      " OR (k.status = 204 AND k.body IS NOT NULL)"
	      " OR (k.location IS NOT NULL AND k.body IS NULL)"
	      " OR (k.body IS NOT NULL AND NOT JSON_VALID(k.body))"
	      " OR (k.location <> '' AND k.location NOT LIKE '/v1/%')"),
	    NULL, "idempotency keys without a sound answer" },
	{ ASK("SELECT " KEY_ID " FROM idempotency_keys k"
	      " WHERE k.body LIKE '%\"secretKey\":\"%'"
	      " OR k.body LIKE '%\"alternateSecretKeys\":[\"%'"),
	    NULL, "idempotency keys whose answer has a secret" },
	{ ASK(/*
	       * both are of the time at which the request began; a write
	       * that changed nothing has no event, and its answer no body
	       */
	      "SELECT " KEY_ID " FROM idempotency_keys k"
	      " WHERE k.body IS NOT NULL"
	      " AND k.created_at NOT IN (SELECT at FROM audit_events)"
	      " UNION SELECT " KEY_ID " FROM idempotency_keys k"
	      " WHERE JSON_VALID(k.body)"
	      " AND COALESCE(" MEMBER("$.organization.metadata.id") ", " MEMBER(
		  "$.account.metadata.id") ", '') NOT IN"
					   " (SELECT resource_id"
					   " FROM audit_events)"),
	    NULL, "idempotency keys whose write is not in the audit trail" },
	{ ASK(/* one write in 16 removes the oldest of those that are over */
	      "SELECT " KEY_ID " FROM idempotency_keys k JOIN"
	      " (SELECT MIN(created_at) AS at FROM idempotency_keys) oldest"
	      " ON k.created_at = oldest.at"
	      " WHERE (SELECT COUNT(*) FROM idempotency_keys n"
	      " WHERE n.created_at > oldest.at + INTERVAL 24 HOUR) > 1000"),
	    NULL, "idempotency keys of a day ago, after 1000 later ones" },
};

enum { COUNT = sizeof(invariants) / sizeof(invariants[0]) };

const int deep_count = COUNT;

#define STATEMENT(number_) &invariants[number_].statement

const struct statement *const deep_statements[] = { STATEMENT(0), STATEMENT(1),
	STATEMENT(2), STATEMENT(3), STATEMENT(4), STATEMENT(5), STATEMENT(6),
	STATEMENT(7), STATEMENT(8), STATEMENT(9), STATEMENT(10), STATEMENT(11),
	STATEMENT(12), STATEMENT(13), STATEMENT(14), STATEMENT(15),
	STATEMENT(16), STATEMENT(17), STATEMENT(18), STATEMENT(19),
	STATEMENT(20), STATEMENT(21), STATEMENT(22), STATEMENT(23),
	STATEMENT(24), STATEMENT(25), STATEMENT(26), STATEMENT(27),
	STATEMENT(28), STATEMENT(29), STATEMENT(30), NULL };

_Static_assert(
    sizeof(deep_statements) / sizeof(deep_statements[0]) == COUNT + 1,
    "`check` prepares them all");

/* --- asking --------------------------------------------------------------- */

struct breaks {
	int64_t count;
	const char *ids; /* the first ones, a comma between */
};

static void keep(struct store *st, struct breaks *breaks, const char *id)
{
	breaks->count++;
	if (breaks->count == 1)
		breaks->ids = arena_text(st->mem, id);
	else if (breaks->count <= IDS_SHOWN)
		breaks->ids = arena_print(st->mem, "%s, %s", breaks->ids, id);
}

static enum err ask(
    struct store *st, const struct invariant *invariant, struct breaks *breaks)
{
	const struct statement *statement = &invariant->statement;
	struct suspect row;
	const struct db_query query = {
		.text = statement->text,
		.is_once = true,
	};
	const struct db_target target = {
		.segments = { { statement->tables[0], &row } },
		.count = 1,
	};
	bool more;
	enum err err = db_select(st->db, &query, &target);

	while (!err && !(err = db_next(st->db, &more)) && more) {
		if (invariant->make == NULL ||
		    !is_folded(&row, invariant->make))
			keep(st, breaks, row.id);
	}
	return err;
}

int deep_check(struct store *st, void (*report)(const char *line))
{
	int broken = 0;

	for (size_t i = 0; i < COUNT; i++) {
		struct breaks breaks = { 0, "" };

		if (ask(st, &invariants[i], &breaks))
			return -1;
		if (breaks.count == 0)
			continue;
		broken++;
		report(arena_print(st->mem, "%s (%lld): %s%s",
		    invariants[i].broken, (long long)breaks.count, breaks.ids,
		    breaks.count > IDS_SHOWN ? ", ..." : ""));
	}
	return broken;
}
