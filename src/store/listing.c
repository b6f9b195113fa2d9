#include "store/listing.h"

#include <string.h>

#include "model/label.h"
#include "model/name.h"
#include "store/columns.h"
#include "store/invitation.h"

enum {
	LOGIN_SIZE = 1017, /* 254 characters of 4 bytes, and the NUL */
	VALUES_MAX = 8
};

/* Each begins with the id, by which pages follow each other. */
struct user_row {
	char id[ULID_SIZE];
	char login[LOGIN_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	bool is_system_admin, has_password;
	int64_t keys, organizations, created_at, disabled_at;
};

struct key_row {
	char id[ULID_SIZE];
	char login[LOGIN_SIZE];
	char organization_id[ULID_SIZE];
	char project_id[ULID_SIZE];
	char role[ROLE_SIZE];
	bool can_manage;
	char description[NAME_DISPLAY_SIZE];
	int64_t created_at, expires_at;
	char last_used_on[11];
};

struct organization_row {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	char licence_type[24];
	int64_t projects, limit_projects, members, limit_users;
	int64_t licence_expires_at, created_at, deleted_at;
};

struct project_row {
	char id[ULID_SIZE];
	char organization_id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t created_at, modified_at;
	char labels[LABELS_SIZE];
};

struct secret_key_row {
	char id[ULID_SIZE];
	char secret_key[ULID_SIZE];
	bool is_default;
	int64_t created_at;
	char name[NAME_DISPLAY_SIZE];
};

struct licence_row {
	char id[ULID_SIZE]; /* of the row in the trail */
	char licence_id[ULID_SIZE];
	char licence_type[24];
	int64_t installed_at;
	char installed_by[LOGIN_SIZE];
};

struct member_row {
	char id[ULID_SIZE];
	char login[LOGIN_SIZE];
	char role[ROLE_SIZE];
	int64_t projects, created_at, disabled_at;
};

struct project_member_row {
	char id[ULID_SIZE];
	char login[LOGIN_SIZE];
	char role[ROLE_SIZE];
	int64_t created_at, disabled_at;
};

struct invitation_listed {
	char id[ULID_SIZE];
	char email[LOGIN_SIZE];
	char role[ROLE_SIZE];
	char state[9];
	char invited_by[LOGIN_SIZE];
	int64_t expires_at;
};

struct mail_row {
	char id[ULID_SIZE];
	char kind[11], state[8];
	char organization_id[ULID_SIZE], user_id[ULID_SIZE];
	int64_t attempts, created_at, due_at, ended_at;
	char last_error[201];
};

struct event_row {
	char id[ULID_SIZE];
	int64_t seq; /* 0: before the chain */
	char at[28];
	char action[41], kind[21];
	char resource_id[ULID_SIZE];
	char done_by[LOGIN_SIZE];
	char detail[2001];
};

#define ROW(struct_, member_, column_, type_, at_) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		FIELD_AT(struct struct_, at_) \
	}

static const struct field user_fields[] = {
	ROW(user_row, "id", "id", FIELD_TEXT, id),
	ROW(user_row, "login", "email", FIELD_TEXT, login),
	ROW(user_row, "displayName", "display_name", FIELD_TEXT, display_name),
	ROW(user_row, "systemAdmin", "is_system_admin", FIELD_BOOL,
	    is_system_admin),
	ROW(user_row, "hasPassword", "has_password", FIELD_BOOL, has_password),
	ROW(user_row, "keys", "key_count", FIELD_INTEGER, keys),
	ROW(user_row, "organizations", "organizations", FIELD_INTEGER,
	    organizations),
	ROW(user_row, "createdAt", "created_at", FIELD_TIME, created_at),
	ROW(user_row, "disabledAt", "disabled_at", FIELD_TIME, disabled_at),
};
static const struct field_table user_table = FIELD_TABLE(user_fields);

static const struct field key_fields[] = {
	ROW(key_row, "id", "id", FIELD_TEXT, id),
	ROW(key_row, "user", "email", FIELD_TEXT, login),
	ROW(key_row, "organizationId", "organization_id", FIELD_TEXT,
	    organization_id),
	ROW(key_row, "projectId", "project_id", FIELD_TEXT, project_id),
	ROW(key_row, "role", "role", FIELD_TEXT, role),
	ROW(key_row, "createdAt", "created_at", FIELD_TIME, created_at),
	ROW(key_row, "expiresAt", "expires_at", FIELD_TIME, expires_at),
	ROW(key_row, "lastUsedOn", "last_used_on", FIELD_TEXT, last_used_on),
	ROW(key_row, "manage", "manage", FIELD_BOOL, can_manage),
	ROW(key_row, "description", "description", FIELD_TEXT, description),
};
static const struct field_table key_table = FIELD_TABLE(key_fields);

static const struct field organization_fields[] = {
	ROW(organization_row, "id", "id", FIELD_TEXT, id),
	ROW(organization_row, "name", "name", FIELD_TEXT, name),
	ROW(organization_row, "displayName", "display_name", FIELD_TEXT,
	    display_name),
	ROW(organization_row, "licenseType", "licence_type", FIELD_TEXT,
	    licence_type),
	ROW(organization_row, "projects", "projects", FIELD_INTEGER, projects),
	ROW(organization_row, "projectLimit", "limit_projects", FIELD_INTEGER,
	    limit_projects),
	ROW(organization_row, "members", "members", FIELD_INTEGER, members),
	ROW(organization_row, "memberLimit", "limit_users", FIELD_INTEGER,
	    limit_users),
	ROW(organization_row, "licenseExpiresAt", "expires_at", FIELD_TIME,
	    licence_expires_at),
	ROW(organization_row, "createdAt", "created_at", FIELD_TIME,
	    created_at),
	ROW(organization_row, "deletedAt", "deleted_at", FIELD_TIME,
	    deleted_at),
};
static const struct field_table organization_table = FIELD_TABLE(
    organization_fields);

static const struct field project_fields[] = {
	ROW(project_row, "id", "id", FIELD_TEXT, id),
	ROW(project_row, "organizationId", "organization_id", FIELD_TEXT,
	    organization_id),
	ROW(project_row, "name", "name", FIELD_TEXT, name),
	ROW(project_row, "displayName", "display_name", FIELD_TEXT,
	    display_name),
	ROW(project_row, "createdAt", "created_at", FIELD_TIME, created_at),
	ROW(project_row, "modifiedAt", "modified_at", FIELD_TIME, modified_at),
	ROW(project_row, "labels", "labels", FIELD_JSON, labels),
};
static const struct field_table project_table = FIELD_TABLE(project_fields);

static const struct field secret_key_fields[] = {
	ROW(secret_key_row, "id", "id", FIELD_TEXT, id),
	ROW(secret_key_row, "secretKey", "secret_key", FIELD_TEXT, secret_key),
	ROW(secret_key_row, "default", "is_default", FIELD_BOOL, is_default),
	ROW(secret_key_row, "createdAt", "created_at", FIELD_TIME, created_at),
	ROW(secret_key_row, "name", "name", FIELD_TEXT, name),
};
static const struct field_table secret_key_table = FIELD_TABLE(
    secret_key_fields);

static const struct field licence_fields[] = {
	ROW(licence_row, "id", "id", FIELD_TEXT, id),
	ROW(licence_row, "licenseId", "licence_id", FIELD_TEXT, licence_id),
	ROW(licence_row, "licenseType", "licence_type", FIELD_TEXT,
	    licence_type),
	ROW(licence_row, "installedAt", "installed_at", FIELD_TIME,
	    installed_at),
	ROW(licence_row, "installedBy", "installed_by", FIELD_TEXT,
	    installed_by),
};
static const struct field_table licence_table = FIELD_TABLE(licence_fields);

static const struct field member_fields[] = {
	ROW(member_row, "id", "id", FIELD_TEXT, id),
	ROW(member_row, "login", "email", FIELD_TEXT, login),
	ROW(member_row, "role", "role", FIELD_TEXT, role),
	ROW(member_row, "projects", "projects", FIELD_INTEGER, projects),
	ROW(member_row, "since", "created_at", FIELD_TIME, created_at),
	ROW(member_row, "disabledAt", "disabled_at", FIELD_TIME, disabled_at),
};
static const struct field_table member_table = FIELD_TABLE(member_fields);

static const struct field project_member_fields[] = {
	ROW(project_member_row, "id", "id", FIELD_TEXT, id),
	ROW(project_member_row, "login", "email", FIELD_TEXT, login),
	ROW(project_member_row, "role", "role", FIELD_TEXT, role),
	ROW(project_member_row, "since", "created_at", FIELD_TIME, created_at),
	ROW(project_member_row, "disabledAt", "disabled_at", FIELD_TIME,
	    disabled_at),
};
static const struct field_table project_member_table = FIELD_TABLE(
    project_member_fields);

static const struct field mail_fields[] = {
	ROW(mail_row, "id", "id", FIELD_TEXT, id),
	ROW(mail_row, "kind", "kind", FIELD_TEXT, kind),
	ROW(mail_row, "state", "state", FIELD_TEXT, state),
	ROW(mail_row, "organizationId", "organization_id", FIELD_TEXT,
	    organization_id),
	ROW(mail_row, "userId", "user_id", FIELD_TEXT, user_id),
	ROW(mail_row, "attempts", "attempts", FIELD_INTEGER, attempts),
	ROW(mail_row, "createdAt", "created_at", FIELD_TIME, created_at),
	ROW(mail_row, "dueAt", "due_at", FIELD_TIME, due_at),
	ROW(mail_row, "endedAt", "ended_at", FIELD_TIME, ended_at),
	ROW(mail_row, "lastError", "last_error", FIELD_TEXT, last_error),
};
static const struct field_table mail_table = FIELD_TABLE(mail_fields);

static const struct field invitation_fields[] = {
	ROW(invitation_listed, "id", "id", FIELD_TEXT, id),
	ROW(invitation_listed, "email", "email", FIELD_TEXT, email),
	ROW(invitation_listed, "role", "role", FIELD_TEXT, role),
	ROW(invitation_listed, "state", "state", FIELD_TEXT, state),
	ROW(invitation_listed, "invitedBy", "invited_by", FIELD_TEXT,
	    invited_by),
	ROW(invitation_listed, "expiresAt", "expires_at", FIELD_TIME,
	    expires_at),
};
static const struct field_table invitation_table = FIELD_TABLE(
    invitation_fields);

static const struct field event_fields[] = {
	ROW(event_row, "id", "id", FIELD_TEXT, id),
	ROW(event_row, "seq", "seq", FIELD_INTEGER, seq),
	ROW(event_row, "at", "at", FIELD_TEXT, at),
	ROW(event_row, "action", "action", FIELD_TEXT, action),
	ROW(event_row, "kind", "resource_kind", FIELD_TEXT, kind),
	ROW(event_row, "resource", "resource_id", FIELD_TEXT, resource_id),
	ROW(event_row, "by", "done_by", FIELD_TEXT, done_by),
	ROW(event_row, "detail", "detail", FIELD_TEXT, detail),
};
static const struct field_table event_table = FIELD_TABLE(event_fields);

/* --- statements ----------------------------------------------------------- */

/* A value that is NULL if any will do; it is bound twice. */
#define ANY_OR(column_) "(? IS NULL OR " column_ " = ?)"
#define PAGE " LIMIT 200"

/* Who it was is looked up: no row of the trail has a name of a person. */
#define DONE_BY \
	"IF(e.user_id IS NULL, e.key_id, COALESCE(u.email, 'erased user'))"

_Static_assert(LISTING_PAGE == 200, "as PAGE says");

#define LISTING(values_, table_, text_) \
	{ \
		.bounded = "asked by the tool only, a page a time", \
		.text = text_, .values = values_, .tables = { \
			table_ \
		} \
	}

static const struct statement users = LISTING(3, &user_table,
    "SELECT u.id, u.email, u.display_name, u.is_system_admin,"
    " u.password_hash IS NOT NULL AS has_password,"
    " (SELECT COUNT(*) FROM api_keys k WHERE k.user_id = u.id) AS key_count,"
    " (SELECT COUNT(*) FROM organization_bindings b"
    " WHERE b.user_id = u.id) AS organizations, u.created_at, u.disabled_at"
    " FROM users u WHERE " ANY_OR("u.id") " AND u.id > ? ORDER BY u.id" PAGE);

/* A service key has no user. */
static const struct statement keys = LISTING(8, &key_table,
    "SELECT k.id, u.email, k.organization_id, k.project_id, k.role,"
    " k.created_at, k.expires_at, k.last_used_on, k.manage, k.description"
    " FROM api_keys k LEFT JOIN users u ON u.id = k.user_id"
    " WHERE (? IS NULL OR k.user_id IS NULL)"
    " AND " ANY_OR("k.id") " AND " ANY_OR("k.user_id") " AND " ANY_OR(
	"k.organization_id") " AND k.id > ? ORDER BY k.id" PAGE);

static const struct statement organizations = LISTING(3, &organization_table,
    "SELECT o.id, o.name, o.display_name, l.licence_type,"
    " o.project_count AS projects, l.limit_projects,"
    " o.member_count AS members, l.limit_users,"
    " l.expires_at, o.created_at, o.deleted_at FROM organizations o"
    " LEFT JOIN licences l ON l.organization_id = o.id"
    " WHERE " ANY_OR("o.id") " AND o.id > ? ORDER BY o.id" PAGE);

static const struct statement projects = LISTING(5, &project_table,
    "SELECT p.id, p.organization_id, p.name, p.display_name, p.created_at,"
    " p.modified_at, COALESCE(p.labels, '{}') AS labels FROM projects p"
    " JOIN organizations o ON o.id = p.organization_id"
    " AND o.deleted_at IS NULL WHERE " ANY_OR("p.id") " AND " ANY_OR(
	"p.organization_id") " AND p.id > ? ORDER BY p.id" PAGE);

/* The one that a project was made with has no row until it needs one. */
static const struct statement secret_keys = LISTING(3, &secret_key_table,
    "SELECT x.* FROM (SELECT p.id, p.secret_key, 1 AS is_default,"
    " p.created_at, '' AS name FROM projects p LEFT JOIN secret_keys s"
    " ON s.secret_key = p.secret_key WHERE p.id = ? AND s.id IS NULL"
    " UNION ALL SELECT s.id, s.secret_key, s.secret_key = p.secret_key,"
    " s.created_at, s.name FROM projects p JOIN secret_keys s"
    " ON s.organization_id = p.organization_id AND s.project_id = p.id"
    " WHERE p.id = ?) x WHERE x.id > ? ORDER BY x.id" PAGE);

/*
 * The first licence came with the organization: while it is in force, it says
 * itself what it is.
 */
static const struct statement licences = LISTING(3, &licence_table,
    "SELECT e.id, IF(e.resource_kind = 'License', e.resource_id, l.id)"
    " AS licence_id, IF(e.resource_kind = 'License', e.detail,"
    " l.licence_type) AS licence_type, e.at AS installed_at, " DONE_BY
    " AS installed_by FROM audit_events e LEFT JOIN users u"
    " ON u.id = e.user_id LEFT JOIN organizations o"
    " ON o.id = e.organization_id LEFT JOIN licences l"
    " ON l.organization_id = o.id AND l.installed_at = o.created_at"
    " WHERE (e.action = 'organization.create' OR e.action = 'licence.install')"
    " AND " ANY_OR("e.organization_id") " AND e.id > ? ORDER BY e.id" PAGE);

static const struct statement members = LISTING(5, &member_table,
    "SELECT u.id, u.email, b.role, (SELECT COUNT(*) FROM project_bindings p"
    " WHERE p.user_id = b.user_id AND p.organization_id = b.organization_id)"
    " AS projects, b.created_at, u.disabled_at"
    " FROM organization_bindings b JOIN users u ON u.id = b.user_id"
    " WHERE " ANY_OR("b.user_id") " AND " ANY_OR(
	"b.organization_id") " AND b.user_id > ? ORDER BY b.user_id" PAGE);

static const struct statement project_members = LISTING(3,
    &project_member_table,
    "SELECT u.id, u.email, b.role, b.created_at, u.disabled_at"
    " FROM project_bindings b JOIN users u ON u.id = b.user_id WHERE " ANY_OR(
	"b.project_id") " AND b.user_id > ? ORDER BY b.user_id" PAGE);

static const struct statement invitations = LISTING(3, &invitation_table,
    "SELECT i.id, i.email, i.role, " INVITATION_STATE " AS state,"
    " u.email AS invited_by, i.expires_at FROM invitations i"
    " LEFT JOIN users u ON u.id = i.invited_by"
    " WHERE " ANY_OR("i.organization_id") " AND i.id > ? ORDER BY i.id" PAGE);

static const struct statement mails = LISTING(1, &mail_table,
    "SELECT x.id, x.kind, x.state, x.organization_id, x.user_id, x.attempts,"
    " x.created_at, x.due_at, x.ended_at, x.last_error FROM outbox x"
    " WHERE x.id > ? ORDER BY x.id" PAGE);

#define EVENT_AT MICROSECONDS("COALESCE(e.chain_at, e.at)")

static const struct statement events = LISTING(3, &event_table,
    "SELECT e.id, COALESCE(e.seq, 0) AS seq, " EVENT_AT " AS at,"
    " e.action, e.resource_kind, e.resource_id, " DONE_BY
    " AS done_by, e.detail"
    " FROM audit_events e LEFT JOIN users u ON u.id = e.user_id"
    " WHERE " ANY_OR("e.organization_id") " AND e.id > ? ORDER BY e.id" PAGE);

const struct statement *const listing_statements[] = { &users, &keys,
	&organizations, &projects, &secret_keys, &licences, &members,
	&project_members, &invitations, &mails, &events, NULL };

/* What a listing reads, and which of the filters its statement has. */
enum filter {
	BY_OWNER = 1, /* once, the others twice, in this order */
	BY_ID = 2,
	BY_USER = 4,
	BY_ORGANIZATION = 8,
	BY_PROJECT = 16
};
static const struct {
	const struct statement *statement;
	size_t row_size;
	unsigned filters;
} listings[LISTING_COUNT] = {
	[LISTING_USERS] = { &users, sizeof(struct user_row), BY_USER },
	[LISTING_KEYS] = { &keys, sizeof(struct key_row),
	    BY_OWNER | BY_ID | BY_USER | BY_ORGANIZATION },
	[LISTING_ORGANIZATIONS] = { &organizations,
	    sizeof(struct organization_row), BY_ORGANIZATION },
	[LISTING_PROJECTS] = { &projects, sizeof(struct project_row),
	    BY_ID | BY_ORGANIZATION },
	[LISTING_SECRET_KEYS] = { &secret_keys, sizeof(struct secret_key_row),
	    BY_PROJECT },
	[LISTING_LICENCES] = { &licences, sizeof(struct licence_row),
	    BY_ORGANIZATION },
	[LISTING_INVITATIONS] = { &invitations,
	    sizeof(struct invitation_listed), BY_ORGANIZATION },
	[LISTING_MAILS] = { &mails, sizeof(struct mail_row), 0 },
	[LISTING_EVENTS] = { &events, sizeof(struct event_row),
	    BY_ORGANIZATION },
	[LISTING_PROJECT_MEMBERS] = { &project_members,
	    sizeof(struct project_member_row), BY_PROJECT },
	[LISTING_MEMBERS] = { &members, sizeof(struct member_row),
	    BY_USER | BY_ORGANIZATION },
};

/* --- pages ---------------------------------------------------------------- */

const struct field_table *listing_table(enum listing_id id)
{
	return listings[id].statement->tables[0];
}

struct listing_page *listing_begin(
    struct arena *mem, enum listing_id id, const struct listing_filter *filter)
{
	struct listing_page *page = arena_alloc(mem, sizeof(*page));

	memset(page, 0, sizeof(*page));
	page->id = id;
	page->filter = *filter;
	page->rows = arena_alloc(
	    mem, (LISTING_PAGE + 1) * listings[id].row_size);
	memset(page->rows, 0, (LISTING_PAGE + 1) * listings[id].row_size);
	page->after[0] = ' '; /* before every id, as '' would be NULL */
	return page;
}

const void *listing_row(const struct listing_page *page, size_t i)
{
	return page->rows + i * listings[page->id].row_size;
}

/* The filters, ids twice, and the id to go on from. */
static void set_values(
    const struct listing_page *page, struct db_value values[VALUES_MAX])
{
	const struct listing_filter *filter = &page->filter;
	const struct {
		enum filter is;
		const char *id;
	} ids[] = { { BY_ID, filter->id }, { BY_USER, filter->user_id },
		{ BY_ORGANIZATION, filter->organization_id },
		{ BY_PROJECT, filter->project_id } };
	unsigned filters = listings[page->id].filters;
	size_t n = 0;

	if ((filters & BY_OWNER) != 0)
		values[n++] = db_text(filter->owner);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if ((filters & ids[i].is) == 0)
			continue;
		values[n++] = db_text(ids[i].id);
		values[n++] = db_text(ids[i].id);
	}
	values[n] = db_text(page->after);
}

enum err listing_next(struct store *st, struct listing_page *page, bool *more)
{
	const struct statement *statement = listings[page->id].statement;
	size_t size = listings[page->id].row_size;
	struct db_value values[VALUES_MAX];
	/* rows are read into the place behind the last one */
	char *row = page->rows + LISTING_PAGE * size;
	struct db_target target = { { { statement->tables[0], row } }, 1, 0 };
	struct db_query query = { statement->text, values, statement->values,
		false };
	bool found = true;
	enum err err;

	set_values(page, values);
	page->count = 0;
	err = db_select(st->db, &query, &target);
	while (!err && !(err = db_next(st->db, &found)) && found)
		memcpy(page->rows + page->count++ * size, row, size);
	if (page->count > 0)
		memcpy(page->after, row, ULID_SIZE);
	*more = page->count == LISTING_PAGE;
	return err;
}
