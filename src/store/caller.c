#include "store/caller.h"

#include <string.h>

#include "store/rights.h"
#include "store/session.h"
#include "store/values.h"

/*
 * `u` is the user, `k` the user's key (a row of NULLs with a password), `o` the
 * organization of the scope and `b` his binding to it, `hp`, `ho` and `hb`
 * what the headers name.  A table that a scope has no use for is not joined:
 * the server would open and scan it even where it is joined ON FALSE.
 */
#define FROM_KEY \
	"api_keys k JOIN users u ON u.id = k.user_id AND k.digest = ?" \
	" AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(3))" \
	" AND u.disabled_at IS NULL"
/* No key has an empty id: the look-up by primary key costs next to nothing. */
#define FROM_LOGIN \
	"(SELECT id, is_system_admin, active_project_id FROM users" \
	" WHERE email_key = ? AND password_hash = ?" \
	" AND disabled_at IS NULL) u LEFT JOIN api_keys k ON k.id = ''"

/*
 * A service key has no user: `u` is the key, so that nothing is found by
 * `u.id` but what service_text() looks for.
 */
#define FROM_SERVICE \
	"(SELECT id, 0 AS is_system_admin, NULL AS active_project_id" \
	" FROM api_keys WHERE digest = ? AND user_id IS NULL" \
	" AND (expires_at IS NULL OR expires_at > UTC_TIMESTAMP(3))) u" \
	" JOIN api_keys k ON k.id = u.id"

/* `ss` is the session, `k` a row of NULLs as with a password. */
#define FROM_SESSION \
	"sessions ss JOIN users u ON u.id = ss.user_id AND ss.digest = ?" \
	" AND " SESSION_IS_LIVE( \
	    "ss") " AND ss.epoch = u.session_epoch" \
		  " AND u.disabled_at IS NULL LEFT JOIN api_keys k ON k.id = ''"

/* Of no credential: a system administrator who is no user (resource/tool.h). */
#define FROM_TOOL \
	"(SELECT NULL AS id, 1 AS is_system_admin," \
	" NULL AS active_project_id) u LEFT JOIN api_keys k ON k.id = ''"

/*
 * A deleted organization is nobody's.  Its members' bindings are aside, so that
 * only a system administrator could reach it, who needs none.
 */
#define IS_THERE " AND o.deleted_at IS NULL"

/* By slug, else by id: an id is never a slug. */
#define FROM_NAMED \
	" LEFT JOIN organizations o ON o.id = COALESCE((SELECT t.id" \
	" FROM organizations t WHERE t.name = ?), ?)" IS_THERE \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = o.id"
/*
 * As FROM_NAMED, but also one that is deleted, as long as its row is there: the
 * role of who was an admin of it then is aside (store/deleted.h).
 */
#define FROM_TRAIL \
	" LEFT JOIN organizations o ON o.id = COALESCE((SELECT t.id" \
	" FROM organizations t WHERE t.name = ?), ?)" \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = o.id" \
	" LEFT JOIN deleted_bindings db ON db.organization_id = o.id" \
	" AND db.user_id = u.id AND db.project_id = ''" \
	" AND db.role = 'admin'"
/*
 * The five rules: key, headers, active project, only organization, none.  The
 * binding is looked up first, and the organization by it (by a system
 * administrator also without): what is not the caller's is not read, so that
 * it costs the same as what is not there.  After a project's header that names
 * nothing an id that nobody has is looked up instead, for the same reason.
 */
#define CONTEXT_BY(header) \
	" LEFT JOIN projects ap ON ap.id = u.active_project_id" \
	" LEFT JOIN organization_bindings ab ON ab.user_id = u.id" \
	" AND ab.organization_id = ap.organization_id" \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = COALESCE(k.organization_id," \
	" " header ".organization_id, ?, ab.organization_id," \
	" (SELECT MAX(s.organization_id) FROM organization_bindings s" \
	" WHERE s.user_id = u.id HAVING COUNT(*) = 1))" \
	" LEFT JOIN organizations o ON o.id = COALESCE(b.organization_id," \
	" IF(u.is_system_admin, COALESCE(k.organization_id," \
	" " header ".organization_id, ?), NULL))" IS_THERE
#define FROM_CONTEXT \
	" LEFT JOIN projects hp ON hp.id = ?" \
	" LEFT JOIN project_bindings hb ON hb.user_id = u.id" \
	" AND hb.project_id = ?" CONTEXT_BY("hp")

/*
 * And the project there: the header's, if there is one; else the key's, the
 * active one, the only one that the caller may use.  `xp` is the header's.  Of
 * many projects none is read: an admin may use them all, others those of their
 * roles.
 */
#define IS_USABLE MAY_USE_PROJECT_OF("b", "x")
#define ONLY_PROJECT \
	"IF(o.project_count = 1," \
	" (SELECT MAX(p.id) FROM projects p FORCE INDEX (PRIMARY)" \
	" LEFT JOIN project_bindings x FORCE INDEX (PRIMARY)" \
	" ON x.user_id = u.id AND x.project_id = p.id" \
	" WHERE p.organization_id = o.id AND " IS_USABLE ")," \
	" IF(" USER_IS_ADMIN( \
	    "b") " AND " KEY_IS_FULL ", NULL," \
		 " (SELECT MAX(x.project_id) FROM project_bindings x" \
		 " WHERE x.user_id = u.id AND x.organization_id = o.id" \
		 " HAVING COUNT(*) = 1)))"
#define BY_OTHER_HEADER CONTEXT_BY("xp")
#define FROM_CURRENT \
	" LEFT JOIN projects xp ON xp.id = ?" BY_OTHER_HEADER \
	" LEFT JOIN projects hp ON hp.organization_id = o.id AND hp.id =" \
	" IF(? IS NOT NULL, xp.id, COALESCE(k.project_id," \
	" IF(ap.organization_id = o.id, ap.id, NULL), " ONLY_PROJECT "))" \
	" LEFT JOIN project_bindings hb ON hb.user_id = u.id" \
	" AND hb.project_id = hp.id"

/*
 * By the project, the API key or the invitation in the path.  As above: the
 * organization is looked up by the caller's binding, so that what is foreign
 * costs the same as what is not there.
 */
#define OF_THE_PATH(alias) \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = " alias ".organization_id" \
	" LEFT JOIN organizations o ON o.id = COALESCE(b.organization_id," \
	" IF(u.is_system_admin, " alias ".organization_id, NULL))" IS_THERE
#define FROM_PROJECT \
	" LEFT JOIN projects hp ON hp.id = ?" \
	" LEFT JOIN project_bindings hb ON hb.user_id = u.id" \
	" AND hb.project_id = ?" OF_THE_PATH("hp")
#define FROM_PATH_KEY " LEFT JOIN api_keys tk ON tk.id = ?" OF_THE_PATH("tk")
/* A key that is bound finds none of another organization. */
#define FROM_INVITATION \
	" LEFT JOIN invitations i ON i.id = ? AND (k.organization_id IS NULL" \
	" OR i.organization_id = k.organization_id)" OF_THE_PATH("i")

#define COLUMNS_OF(user_id_) \
	user_id_ " AS user_id, u.is_system_admin, u.active_project_id," \
		 " k.id AS key_id, k.organization_id AS key_organization_id," \
		 " k.project_id AS key_project_id, k.role AS key_role," \
		 " k.last_used_on >= UTC_DATE() AS is_key_used_today"
#define COLUMNS_USER COLUMNS_OF("u.id")
#define COLUMNS_SERVICE "k.manage AS can_manage, " COLUMNS_OF("NULL")
/* How long a password counts: model/caller.h. */
#define COLUMNS_SESSION \
	"ss.id AS session_id, ss.seen_at >" \
	" UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE AS is_session_seen," \
	" ss.confirmed_at > UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE" \
	" AS is_confirmed, FALSE AS can_manage, " COLUMNS_USER
#define COLUMNS_ORGANIZATION \
	", o.id AS organization_id, b.role AS organization_role," \
	" o.version AS organization_version"
#define COLUMNS_TRAIL \
	", o.id AS organization_id," \
	" COALESCE(b.role, db.role) AS organization_role," \
	" o.version AS organization_version"
#define COLUMNS_PROJECT \
	", hp.id AS project_id," \
	" hp.organization_id AS project_organization_id," \
	" hb.role AS project_role"

static const struct statement find_self = { .scope = SCOPE_SELF };
static const struct statement find_named = { .scope = SCOPE_NAMED };
static const struct statement find_trail = { .scope = SCOPE_TRAIL };
static const struct statement find_context = { .scope = SCOPE_CONTEXT };
static const struct statement find_current = { .scope = SCOPE_CURRENT };
static const struct statement find_project = { .scope = SCOPE_PROJECT };
static const struct statement find_key = { .scope = SCOPE_KEY };
static const struct statement find_invitation = { .scope = SCOPE_INVITATION };

/* Why a key found no row: for the log, after the refusal is certain. */
struct refused_row {
	bool is_disabled;
};
static const struct field refused_fields[] = {
	{ .column = "is_disabled",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct refused_row, is_disabled) },
};
static const struct field_table refused_table = FIELD_TABLE(refused_fields);

static const struct statement refused = {
	.text = "SELECT u.disabled_at IS NOT NULL AS is_disabled"
		" FROM api_keys k LEFT JOIN users u ON u.id = k.user_id"
		" WHERE k.digest = ?",
	.values = 1,
	.tables = { &refused_table },
};

struct slug_row {
	char id[ULID_SIZE];
};
static const struct field slug_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct slug_row, id) },
};
static const struct field_table slug_table = FIELD_TABLE(slug_fields);

static const struct statement by_slug = {
	.text = "SELECT id FROM organizations WHERE name = ?"
		" AND deleted_at IS NULL",
	.values = 1,
	.tables = { &slug_table },
};

#define LICENCE_FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct asker, member_) \
	}
static const struct field licence_fields[] = {
	LICENCE_FACT("has_licence", FIELD_BOOL, has_licence),
	LICENCE_FACT("licence_expires_at", FIELD_TIME, licence.expires_at),
	LICENCE_FACT(
	    "licence_projects", FIELD_INTEGER, licence.limits.projects),
	LICENCE_FACT("licence_users", FIELD_INTEGER, licence.limits.users),
	LICENCE_FACT("used_projects", FIELD_INTEGER, licence.use.projects),
	LICENCE_FACT("used_users", FIELD_INTEGER, licence.use.users),
	LICENCE_FACT("is_licence_revoked", FIELD_BOOL, licence.is_revoked),
};
const struct field_table caller_licence_table = FIELD_TABLE(licence_fields);

const struct statement *const caller_statements[] = { &find_self, &find_named,
	&find_trail, &find_context, &find_current, &find_project, &find_key,
	&find_invitation, &refused, &by_slug, NULL };

#define COLUMNS_BY_SCOPE(caller_) \
	{ \
		[SCOPE_SELF] = caller_, \
		[SCOPE_NAMED] = caller_ COLUMNS_ORGANIZATION, \
		[SCOPE_TRAIL] = caller_ COLUMNS_TRAIL, \
		[SCOPE_CONTEXT] = caller_ COLUMNS_ORGANIZATION \
		    COLUMNS_PROJECT, \
		[SCOPE_CURRENT] = caller_ COLUMNS_ORGANIZATION \
		    COLUMNS_PROJECT, \
		[SCOPE_PROJECT] = caller_ COLUMNS_ORGANIZATION \
		    COLUMNS_PROJECT, \
		[SCOPE_KEY] = caller_ COLUMNS_ORGANIZATION, \
		[SCOPE_INVITATION] = caller_ COLUMNS_ORGANIZATION, \
	}

const char *caller_columns(enum credential_kind kind, enum scope scope)
{
	static const char *const texts[SCOPE_COUNT] = COLUMNS_BY_SCOPE(
	    COLUMNS_USER);
	static const char *const of_services[SCOPE_COUNT] = COLUMNS_BY_SCOPE(
	    COLUMNS_SERVICE);
	static const char *const of_sessions[SCOPE_COUNT] = COLUMNS_BY_SCOPE(
	    COLUMNS_SESSION);

	if (kind == CREDENTIAL_SESSION)
		return of_sessions[scope];
	return kind == CREDENTIAL_SERVICE ? of_services[scope] : texts[scope];
}

/* parentheses: no comma is missing in the others, clang-tidy thinks */
#define FROM_BY_SCOPE(caller_) \
	{ \
		[SCOPE_SELF] = (caller_), [SCOPE_NAMED] = caller_ FROM_NAMED, \
		[SCOPE_TRAIL] = caller_ FROM_TRAIL, \
		[SCOPE_CONTEXT] = caller_ FROM_CONTEXT, \
		[SCOPE_CURRENT] = caller_ FROM_CURRENT, \
		[SCOPE_PROJECT] = caller_ FROM_PROJECT, \
		[SCOPE_KEY] = caller_ FROM_PATH_KEY, \
		[SCOPE_INVITATION] = caller_ FROM_INVITATION, \
	}

const char *caller_from(enum credential_kind kind, enum scope scope)
{
	static const char *const texts[CREDENTIAL_KINDS][SCOPE_COUNT] = {
		[CREDENTIAL_KEY] = FROM_BY_SCOPE(FROM_KEY),
		[CREDENTIAL_LOGIN] = FROM_BY_SCOPE(FROM_LOGIN),
		[CREDENTIAL_SERVICE] = FROM_BY_SCOPE(FROM_SERVICE),
		[CREDENTIAL_SESSION] = FROM_BY_SCOPE(FROM_SESSION),
		[CREDENTIAL_TOOL] = FROM_BY_SCOPE(FROM_TOOL),
	};

	return texts[kind][scope];
}

static size_t scope_values(enum scope scope)
{
	static const size_t counts[SCOPE_COUNT] = { [SCOPE_NAMED] = 2,
		[SCOPE_TRAIL] = 2,
		[SCOPE_CONTEXT] = 4,
		[SCOPE_CURRENT] = 4,
		[SCOPE_PROJECT] = 2,
		[SCOPE_KEY] = 1,
		[SCOPE_INVITATION] = 1 };

	return counts[scope];
}

size_t caller_value_count(enum credential_kind kind, enum scope scope)
{
	static const size_t counts[CREDENTIAL_KINDS] = { [CREDENTIAL_KEY] = 1,
		[CREDENTIAL_LOGIN] = 2,
		[CREDENTIAL_SERVICE] = 1,
		[CREDENTIAL_SESSION] = 1 };

	return counts[kind] + scope_values(scope);
}

bool caller_fits(const struct statement *statement)
{
	return caller_value_count(CREDENTIAL_LOGIN, statement->scope) +
	    statement->values <=
	    CALLER_VALUES_MAX;
}

/* What cannot be an id or a slug is nobody's. */
static struct db_value name_value(const char *text)
{
	return db_text(text != NULL && values_is_name(text) ? text : NULL);
}

/* What the headers say besides a project that is there. */
static struct db_value organization_value(const struct caller_ask *ask)
{
	return ask->project != NULL ? db_text("-")
				    : name_value(ask->organization);
}

size_t caller_values(const struct asker *asker, struct db_value *values)
{
	const struct credential *credential = &asker->credential;
	const struct caller_ask *ask = &asker->ask;
	size_t n = 0;

	if (credential->kind == CREDENTIAL_LOGIN) {
		values[n++] = db_bytes(
		    credential->login_key, strlen(credential->login_key));
		values[n++] = db_text(credential->password_hash);
	} else if (credential->kind != CREDENTIAL_TOOL) {
		values[n++] = db_bytes(
		    credential->digest, sizeof(credential->digest));
	}
	if (ask->scope == SCOPE_NAMED || ask->scope == SCOPE_TRAIL ||
	    ask->scope == SCOPE_PROJECT) {
		values[n++] = name_value(ask->target);
		values[n++] = name_value(ask->target);
	} else if (ask->scope == SCOPE_KEY || ask->scope == SCOPE_INVITATION) {
		values[n++] = name_value(ask->target);
	} else if (ask->scope == SCOPE_CONTEXT) {
		values[n++] = name_value(ask->project);
		values[n++] = name_value(ask->project);
		values[n++] = organization_value(ask);
		values[n++] = organization_value(ask);
	} else if (ask->scope == SCOPE_CURRENT) {
		values[n++] = name_value(ask->project);
		values[n++] = organization_value(ask);
		values[n++] = organization_value(ask);
		values[n++] = db_text(ask->project != NULL ? "-" : NULL);
	}
	return n;
}

/* A login's password fitted a moment ago: it or the user has changed. */
static enum cause cause_of(
    struct store *st, const struct credential *credential)
{
	struct db_value digest = db_bytes(
	    credential->digest, sizeof(credential->digest));
	struct refused_row row = { false };
	bool found = false;

	if (credential->kind == CREDENTIAL_SESSION)
		return CAUSE_SESSION;
	if (credential->kind == CREDENTIAL_LOGIN)
		return CAUSE_PASSWORD;
	if (store_find(st, &refused, &digest, &row, &found) || !found)
		return CAUSE_KEY;
	return row.is_disabled ? CAUSE_DISABLED : CAUSE_EXPIRED;
}

static enum err refuse(struct store *st, const struct asker *asker)
{
	enum cause cause;

	db_finish(st->db);
	cause = cause_of(st, &asker->credential);
	return fault_refuse(asker->fault, ERR_UNAUTHENTICATED, cause, "%s",
	    cause == CAUSE_SESSION ? SESSION_REFUSED : CREDENTIAL_REFUSED);
}

/*
 * X-Organization-ID may be a slug.  It is looked up alone, so that the ids that
 * most clients send cost nothing; one that names nothing stays as it is, and is
 * the caller's as little as another's.
 */
static enum err find_by_slug(struct store *st, struct caller_ask *ask)
{
	struct db_value slug = name_value(ask->organization);
	struct slug_row row = { "" };
	bool found = false;
	enum err err;

	if (ask->organization == NULL || ulid_is_valid(ask->organization))
		return ERR_NONE;
	err = store_find(st, &by_slug, &slug, &row, &found);
	if (!err && found)
		ask->organization = arena_text(st->mem, row.id);
	return err;
}

enum err caller_select(struct store *st, struct asker *asker,
    const struct statement *statement, const struct db_value *values,
    void *const rows[STATEMENT_TABLES_MAX])
{
	enum credential_kind kind = asker->credential.kind;
	struct db_value all[CALLER_VALUES_MAX];
	size_t n;
	const struct field_table *table = caller_table(statement->scope, kind);
	struct db_target target = { { { table, &asker->caller } }, 1, 1 };
	bool with_licence = asker->wants_licence &&
	    scope_has_organization(statement->scope);
	struct db_query query = {
		statement_text(st, statement, kind, with_licence), all, 0, false
	};
	bool found;
	enum err err;

	asker->is_known = false;
	if (!caller_fits(statement))
		return ERR_INTERNAL;
	if ((err = find_by_slug(st, &asker->ask)))
		return err;
	n = caller_values(asker, all);
	for (size_t i = 0; values != NULL && i < statement->values; i++)
		all[n++] = values[i];
	query.value_count = n;
	asker->has_licence = false;
	if (with_licence)
		target.segments[target.count++] = (struct db_segment){
			&caller_licence_table, asker
		};
	for (size_t i = 0; i < STATEMENT_TABLES_MAX; i++)
		if (statement->tables[i] != NULL)
			target.segments[target.count++] = (struct db_segment){
				statement->tables[i], rows[i]
			};
	if ((err = db_select(st->db, &query, &target)) ||
	    (err = db_next(st->db, &found)))
		return err;
	asker->is_known = found;
	err = found ? caller_permit(&asker->caller, &asker->ask, asker->fault)
		    : refuse(st, asker);
	if (err)
		db_finish(st->db);
	return err;
}

enum err caller_find(struct store *st, struct asker *asker)
{
	static const struct statement *const by_scope[SCOPE_COUNT] = {
		[SCOPE_SELF] = &find_self,
		[SCOPE_NAMED] = &find_named,
		[SCOPE_TRAIL] = &find_trail,
		[SCOPE_CONTEXT] = &find_context,
		[SCOPE_CURRENT] = &find_current,
		[SCOPE_PROJECT] = &find_project,
		[SCOPE_KEY] = &find_key,
		[SCOPE_INVITATION] = &find_invitation,
	};
	void *const none[STATEMENT_TABLES_MAX] = { NULL, NULL };
	enum err err;

	err = caller_select(st, asker, by_scope[asker->ask.scope], NULL, none);
	db_finish(st->db);
	return err;
}
