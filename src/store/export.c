#include "store/export.h"

#include <string.h>

#include "edge/crypto.h"
#include "edge/json.h"
#include "store/invitation.h"
#include "store/schema.h"

#define COLUMN(member_, column_, type_, at_) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		FIELD_AT(struct export_row, at_) \
	}
#define TEXT(member_, column_, i_) \
	COLUMN(member_, column_, FIELD_TEXT, text[i_])
#define TIME(member_, column_, i_) \
	COLUMN(member_, column_, FIELD_TIME, time[i_])
#define NUMBER(member_, column_, i_) \
	COLUMN(member_, column_, FIELD_INTEGER, number[i_])
#define FLAG(member_, column_, i_) \
	COLUMN(member_, column_, FIELD_BOOL, flag[i_])
#define LABELS_OF(column_) COLUMN("labels", column_, FIELD_JSON, labels)

/* --- of a person ---------------------------------------------------------- */

static const struct field user_fields[] = {
	TEXT("id", "id", 0),
	TEXT("name", "name", 1),
	TEXT("displayName", "display_name", 2),
	TEXT("email", "email", 3),
	TEXT("activeProjectId", "active_project_id", 4),
	TEXT("nextLoginProjectId", "next_login_project_id", 5),
	FLAG("systemAdmin", "is_system_admin", 0),
	FLAG("emailProved", "is_email_proved", 1),
	TIME("createdAt", "created_at", 0),
	TIME("modifiedAt", "modified_at", 1),
};
static const struct field_table user_table = FIELD_TABLE(user_fields);

static const struct field membership_fields[] = {
	TEXT("organizationId", "organization_id", 0),
	TEXT("displayName", "display_name", 1),
	TEXT("role", "role", 2),
	TIME("since", "created_at", 0),
};
static const struct field_table membership_table = FIELD_TABLE(
    membership_fields);

static const struct field project_role_fields[] = {
	TEXT("organizationId", "organization_id", 0),
	TEXT("projectId", "project_id", 1),
	TEXT("displayName", "display_name", 2),
	TEXT("role", "role", 3),
	TIME("since", "created_at", 0),
};
static const struct field_table project_role_table = FIELD_TABLE(
    project_role_fields);

static const struct field deleted_role_fields[] = {
	TEXT("organizationId", "organization_id", 0),
	TEXT("projectId", "project_id", 1),
	TEXT("role", "role", 2),
	TIME("since", "created_at", 0),
};
static const struct field_table deleted_role_table = FIELD_TABLE(
    deleted_role_fields);

static const struct field own_key_fields[] = {
	TEXT("id", "id", 0),
	TEXT("description", "description", 1),
	TEXT("organizationId", "organization_id", 2),
	TEXT("projectId", "project_id", 3),
	TEXT("role", "role", 4),
	TEXT("lastUsedOn", "last_used_on", 5),
	TIME("createdAt", "created_at", 0),
	TIME("expiresAt", "expires_at", 1),
};
static const struct field_table own_key_table = FIELD_TABLE(own_key_fields);

static const struct field own_invitation_fields[] = {
	TEXT("id", "id", 0),
	TEXT("organizationId", "organization_id", 1),
	TEXT("email", "email", 2),
	TEXT("role", "role", 3),
	TEXT("state", "state", 4),
	TIME("createdAt", "created_at", 0),
	TIME("expiresAt", "expires_at", 1),
};
static const struct field_table own_invitation_table = FIELD_TABLE(
    own_invitation_fields);

static const struct field session_fields[] = {
	TEXT("id", "id", 0),
	TIME("createdAt", "created_at", 0),
	TIME("lastSeenAt", "seen_at", 1),
	TIME("expiresAt", "ends_at", 2),
};
static const struct field_table session_table = FIELD_TABLE(session_fields);

static const struct field event_fields[] = {
	TEXT("id", "id", 0),
	TEXT("action", "action", 1),
	TEXT("sessionId", "session_id", 2),
	TEXT("organizationId", "organization_id", 3),
	TEXT("requestId", "request_id", 4),
	TIME("at", "at", 0),
};
static const struct field_table event_table = FIELD_TABLE(event_fields);

static const struct field failure_fields[] = {
	TEXT("address", "address", 0),
	NUMBER("failures", "failures", 0),
	TIME("lastAt", "last_at", 0),
};
static const struct field_table failure_table = FIELD_TABLE(failure_fields);

static const struct field address_change_fields[] = {
	TEXT("email", "email", 0),
	TIME("askedAt", "created_at", 0),
};
static const struct field_table address_change_table = FIELD_TABLE(
    address_change_fields);

static const struct field mail_fields[] = {
	TEXT("id", "id", 0),
	TEXT("about", "kind", 1),
	TEXT("state", "state", 2),
	TIME("createdAt", "created_at", 0),
	TIME("endedAt", "ended_at", 1),
};
static const struct field_table mail_table = FIELD_TABLE(mail_fields);

#define SECTION(name_, kind_, table_, values_, text_) \
	{ \
		name_, kind_, \
		{ \
			.text = text_, .values = values_, .tables = { \
				&table_ \
			} \
		} \
	}
#define INVITATION_COLUMNS \
	"SELECT i.id, i.organization_id, i.email, i.role, i.state," \
	" i.created_at, i.expires_at FROM "

const struct export_section export_person[] = {
	SECTION("user", NULL, user_table, 1,
	    "SELECT id, name, display_name, email, active_project_id,"
	    " next_login_project_id, is_system_admin, NOT is_email_unproved"
	    " AND LOCATE('@', email) > 0 AS is_email_proved, created_at,"
	    " modified_at FROM users WHERE id = ?"),
	SECTION("memberships", NULL, membership_table, 1,
	    "SELECT b.organization_id, o.display_name, b.role, b.created_at"
	    " FROM organization_bindings b FORCE INDEX (PRIMARY)"
	    " STRAIGHT_JOIN organizations o ON o.id = b.organization_id"
	    " WHERE b.user_id = ?"),
	SECTION("projectRoles", NULL, project_role_table, 1,
	    "SELECT b.organization_id, b.project_id, p.display_name, b.role,"
	    " b.created_at FROM project_bindings b FORCE INDEX (PRIMARY)"
	    " STRAIGHT_JOIN projects p"
	    " ON p.organization_id = b.organization_id"
	    " AND p.id = b.project_id WHERE b.user_id = ?"),
	SECTION("rolesInDeletedOrganizations", NULL, deleted_role_table, 1,
	    "SELECT organization_id, project_id, role, created_at"
	    " FROM deleted_bindings FORCE INDEX (deleted_bindings_user)"
	    " WHERE user_id = ?"),
	SECTION("apiKeys", NULL, own_key_table, 1,
	    "SELECT id, description, organization_id, project_id, role,"
	    " last_used_on, created_at, expires_at"
	    " FROM api_keys FORCE INDEX (api_keys_user) WHERE user_id = ?"),
	SECTION("invitationsMade", NULL, own_invitation_table, 1,
	    INVITATION_COLUMNS "invitations i FORCE INDEX (invitations_inviter)"
			       " WHERE i.invited_by = ?"),
	SECTION("invitationsReceived", NULL, own_invitation_table, 1,
	    INVITATION_COLUMNS
	    "users u STRAIGHT_JOIN"
	    " invitations i FORCE INDEX (invitations_address)"
	    " ON i.email_key = u.email_key"
	    " AND ((NOT u.is_email_unproved"
	    " AND " INVITATION_IS_TO("i", "u") ") OR i.accepted_by = u.id)"
					       " WHERE u.id = ?"),
	SECTION("sessions", NULL, session_table, 1,
	    "SELECT id, created_at, seen_at, ends_at FROM sessions"
	    " FORCE INDEX (PRIMARY) WHERE user_id = ?"),
	SECTION("securityEvents", NULL, event_table, 1,
	    "SELECT id, action, session_id, organization_id, request_id, at"
	    " FROM security_events FORCE INDEX (security_events_user)"
	    " WHERE user_id = ?"),
	SECTION("loginFailures", NULL, failure_table, 1,
	    "SELECT address, failures, last_at FROM login_failures"
	    " FORCE INDEX (PRIMARY) WHERE login_digest ="
	    " UNHEX(SHA2((SELECT u.email_key FROM users u"
	    " WHERE u.id = ?), 256))"),
	SECTION("addressChanges", NULL, address_change_table, 1,
	    "SELECT email, created_at FROM address_changes WHERE user_id = ?"),
	SECTION("mails", NULL, mail_table, 1,
	    "SELECT id, kind, state, created_at, ended_at FROM outbox"
	    " FORCE INDEX (outbox_user) WHERE user_id = ?"),
	{ NULL, NULL, { .text = NULL } },
};

/* --- of an organization --------------------------------------------------- */

static const struct field named_fields[] = {
	TEXT("id", "id", 0),
	TEXT("name", "name", 1),
	TEXT("displayName", "display_name", 2),
	LABELS_OF("labels"),
	NUMBER("version", "version", 0),
	TIME("createdAt", "created_at", 0),
	TIME("modifiedAt", "modified_at", 1),
};
static const struct field_table named_table = FIELD_TABLE(named_fields);

static const struct field licence_fields[] = {
	TEXT("licenseType", "licence_type", 0),
	NUMBER("projects", "limit_projects", 0),
	NUMBER("users", "limit_users", 1),
	TIME("expiresAt", "expires_at", 0),
};
static const struct field_table licence_table = FIELD_TABLE(licence_fields);

static const struct field member_fields[] = {
	TEXT("userId", "user_id", 0),
	TEXT("email", "email", 1),
	TEXT("displayName", "display_name", 2),
	TEXT("role", "role", 3),
	TIME("since", "created_at", 0),
};
static const struct field_table member_table = FIELD_TABLE(member_fields);

static const struct field role_fields[] = {
	TEXT("userId", "user_id", 0),
	TEXT("projectId", "project_id", 1),
	TEXT("role", "role", 2),
	TIME("since", "created_at", 0),
};
static const struct field_table role_table = FIELD_TABLE(role_fields);

static const struct field invited_fields[] = {
	TEXT("id", "id", 0),
	TEXT("email", "email", 1),
	TEXT("role", "role", 2),
	TEXT("invitedBy", "invited_by", 3),
	TIME("createdAt", "created_at", 0),
	TIME("expiresAt", "expires_at", 1),
};
static const struct field_table invited_table = FIELD_TABLE(invited_fields);

static const struct field key_fields[] = {
	TEXT("id", "id", 0),
	TEXT("userId", "user_id", 1),
	TEXT("projectId", "project_id", 2),
	TEXT("role", "role", 3),
	TEXT("description", "description", 4),
	TEXT("lastUsedOn", "last_used_on", 5),
	FLAG("manage", "manage", 0),
	TIME("createdAt", "created_at", 0),
	TIME("expiresAt", "expires_at", 1),
};
static const struct field_table key_table = FIELD_TABLE(key_fields);

#define NAMED(from_) \
	"SELECT n.id, n.name, n.display_name," \
	" COALESCE(n.labels, '{}') AS labels, n.version, n.created_at," \
	" n.modified_at FROM " from_

const struct export_section export_organization[] = {
	SECTION("organization", "organization", named_table, 1,
	    NAMED("organizations n WHERE n.id = ?")),
	SECTION("license", "license", licence_table, 1,
	    "SELECT licence_type, limit_projects, limit_users, expires_at"
	    " FROM licences WHERE organization_id = ?"),
	SECTION("projects", "project", named_table, 1,
	    NAMED("projects n FORCE INDEX (PRIMARY)"
		  " WHERE n.organization_id = ?")),
	SECTION("members", "member", member_table, 1,
	    "SELECT b.user_id, u.email, u.display_name, b.role, b.created_at"
	    " FROM organization_bindings b"
	    " FORCE INDEX (organization_bindings_organization)"
	    " STRAIGHT_JOIN users u ON u.id = b.user_id"
	    " WHERE b.organization_id = ?"),
	SECTION("projectRoles", "projectRole", role_table, 1,
	    "SELECT user_id, project_id, role, created_at"
	    " FROM project_bindings FORCE INDEX (project_bindings_project)"
	    " WHERE organization_id = ?"),
	SECTION("invitations", "invitation", invited_table, 1,
	    "SELECT id, email, role, invited_by, created_at, expires_at"
	    " FROM invitations FORCE INDEX (PRIMARY)"
	    " WHERE organization_id = ? AND pending_key IS NOT NULL"
	    " AND expires_at > UTC_TIMESTAMP(3)"),
	SECTION("apiKeys", "apiKey", key_table, 1,
	    "SELECT id, user_id, project_id, role, description, last_used_on,"
	    " manage, created_at, expires_at FROM api_keys"
	    " FORCE INDEX (api_keys_organization)"
	    " WHERE organization_id = ?"),
	{ NULL, NULL, { .text = NULL } },
};

#define OF(i_) &export_person[i_].statement
#define OF_ORGANIZATION(i_) &export_organization[i_].statement
const struct statement *const export_statements[] = { OF(0), OF(1), OF(2),
	OF(3), OF(4), OF(5), OF(6), OF(7), OF(8), OF(9), OF(10), OF(11),
	OF_ORGANIZATION(0), OF_ORGANIZATION(1), OF_ORGANIZATION(2),
	OF_ORGANIZATION(3), OF_ORGANIZATION(4), OF_ORGANIZATION(5),
	OF_ORGANIZATION(6), NULL };

_Static_assert(sizeof(export_person) / sizeof(export_person[0]) == 13 &&
	sizeof(export_organization) / sizeof(export_organization[0]) == 8,
    "each is in the list");

/* --- rows ----------------------------------------------------------------- */

static enum err one_section(struct store *st,
    const struct export_section *section, const char *id,
    const struct export_to *to)
{
	const struct statement *statement = &section->statement;
	struct export_row *row = arena_alloc(st->mem, sizeof(*row));
	const struct db_value value = db_text(id);
	const struct db_query query = { statement->text, &value,
		statement->values, false };
	const struct db_target target = { { { statement->tables[0], row } }, 1,
		0 };
	bool more = false;
	enum err err = db_select(st->db, &query, &target);

	while (!err && !(err = db_next(st->db, &more)) && more)
		err = to->take(to->context, section, row);
	db_finish(st->db);
	return err;
}

enum err export_each(struct store *st, const struct export_section *sections,
    const char *id, const struct export_to *to)
{
	enum err err = ERR_NONE;

	for (; sections->name != NULL && !err; sections++) {
		db_begin_request(st->db);
		err = one_section(st, sections, id, to);
	}
	return err;
}

/* --- lines ---------------------------------------------------------------- */

/* Each byte of a text may take six; labels have no escapes. */
enum { LINE_SIZE = EXPORT_TEXTS * 6 * EXPORT_TEXT_SIZE + LABELS_SIZE + 1024 };

struct writing {
	const struct export_lines *out;
	struct crypto_sum *sum;
	char *line;
	int64_t lines;
};

static void begin_line(struct writing *w, struct json_writer *json)
{
	/* one byte less: it ends with a line feed */
	json_start(json, w->line, LINE_SIZE - 1, NULL, NULL);
	json_open_object(json);
}

static enum err end_line(struct writing *w, struct json_writer *json)
{
	json_close_object(json);
	if (json->failed)
		return json->failed;
	w->line[json->used] = '\n';
	w->lines++;
	if (w->sum != NULL)
		crypto_sum_add(w->sum, w->line, json->used + 1);
	return w->out->put(w->out->context, w->line, json->used + 1);
}

static enum err put_row(void *context, const struct export_section *section,
    const struct export_row *row)
{
	const struct field_table *table = section->statement.tables[0];
	struct writing *w = context;
	struct json_writer json;

	begin_line(w, &json);
	json_key(&json, "kind");
	json_text(&json, section->kind);
	for (size_t i = 0; i < table->count; i++) {
		json_key(&json, table->rows[i].member);
		json_field(&json, &table->rows[i], row);
	}
	return end_line(w, &json);
}

static enum err put_head(
    struct writing *w, const struct store *st, const char *organization_id)
{
	struct json_writer json;

	begin_line(w, &json);
	json_key(&json, "format");
	json_text(&json, EXPORT_FORMAT);
	json_key(&json, "organizationId");
	json_text(&json, organization_id);
	json_key(&json, "exportedAt");
	json_time(&json, st->now);
	json_key(&json, "schema");
	json_integer(&json, schema_version_known());
	return end_line(w, &json);
}

static enum err put_sum(struct writing *w)
{
	char hex[CRYPTO_SHA256_HEX_SIZE];
	struct json_writer json;

	crypto_sum_end(w->sum, hex);
	w->sum = NULL;
	begin_line(w, &json);
	json_key(&json, "lines");
	json_integer(&json, w->lines);
	json_key(&json, "sha256");
	json_text(&json, hex);
	return end_line(w, &json);
}

enum err export_write(struct store *st, const char *organization_id,
    const struct export_lines *out)
{
	struct writing w = { .out = out, .sum = crypto_sum_begin() };
	const struct export_to to = { put_row, &w };
	char unused[CRYPTO_SHA256_HEX_SIZE];
	enum err err;

	w.line = arena_alloc(st->mem, LINE_SIZE);
	err = put_head(&w, st, organization_id);
	if (!err)
		err = export_each(
		    st, export_organization, organization_id, &to);
	if (!err)
		err = put_sum(&w);
	if (w.sum != NULL)
		crypto_sum_end(w.sum, unused);
	return err;
}
