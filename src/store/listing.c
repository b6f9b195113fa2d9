#include "store/listing.h"

#include <string.h>

#include "model/name.h"
#include "store/columns.h"
#include "store/invitation.h"

enum {
	LOGIN_SIZE = 1017, /* 254 characters of 4 bytes, and the NUL */
	VALUES_MAX = 6
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

struct member_row {
	char id[ULID_SIZE];
	char login[LOGIN_SIZE];
	char role[ROLE_SIZE];
	int64_t projects, created_at, disabled_at;
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

static const struct field member_fields[] = {
	ROW(member_row, "id", "id", FIELD_TEXT, id),
	ROW(member_row, "login", "email", FIELD_TEXT, login),
	ROW(member_row, "role", "role", FIELD_TEXT, role),
	ROW(member_row, "projects", "projects", FIELD_INTEGER, projects),
	ROW(member_row, "since", "created_at", FIELD_TIME, created_at),
	ROW(member_row, "disabledAt", "disabled_at", FIELD_TIME, disabled_at),
};
static const struct field_table member_table = FIELD_TABLE(member_fields);

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
static const struct statement keys = LISTING(6, &key_table,
    "SELECT k.id, u.email, k.organization_id, k.project_id, k.role,"
    " k.created_at, k.expires_at, k.last_used_on, k.manage, k.description"
    " FROM api_keys k LEFT JOIN users u ON u.id = k.user_id"
    " WHERE (? IS NULL OR k.user_id IS NULL)"
    " AND " ANY_OR("k.user_id") " AND " ANY_OR(
	"k.organization_id") " AND k.id > ? ORDER BY k.id" PAGE);

static const struct statement organizations = LISTING(3, &organization_table,
    "SELECT o.id, o.name, o.display_name, l.licence_type,"
    " o.project_count AS projects, l.limit_projects,"
    " o.member_count AS members, l.limit_users,"
    " l.expires_at, o.created_at, o.deleted_at FROM organizations o"
    " LEFT JOIN licences l ON l.organization_id = o.id"
    " WHERE " ANY_OR("o.id") " AND o.id > ? ORDER BY o.id" PAGE);

static const struct statement members = LISTING(5, &member_table,
    "SELECT u.id, u.email, b.role, (SELECT COUNT(*) FROM project_bindings p"
    " WHERE p.user_id = b.user_id AND p.organization_id = b.organization_id)"
    " AS projects, b.created_at, u.disabled_at"
    " FROM organization_bindings b JOIN users u ON u.id = b.user_id"
    " WHERE " ANY_OR("b.user_id") " AND " ANY_OR(
	"b.organization_id") " AND b.user_id > ? ORDER BY b.user_id" PAGE);

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

/* Who it was is looked up: no row of the trail has a name of a person. */
static const struct statement events = LISTING(3, &event_table,
    "SELECT e.id, COALESCE(e.seq, 0) AS seq, " EVENT_AT " AS at,"
    " e.action, e.resource_kind, e.resource_id, IF(e.user_id IS NULL,"
    " e.key_id, COALESCE(u.email, 'erased user')) AS done_by, e.detail"
    " FROM audit_events e LEFT JOIN users u ON u.id = e.user_id"
    " WHERE " ANY_OR("e.organization_id") " AND e.id > ? ORDER BY e.id" PAGE);

const struct statement *const listing_statements[] = { &users, &keys,
	&organizations, &members, &invitations, &mails, &events, NULL };

/* What a listing reads, and which of the filters its statement has. */
static const struct {
	const struct statement *statement;
	size_t row_size;
	bool by_owner, by_user, by_organization;
} listings[LISTING_COUNT] = {
	[LISTING_USERS] = { &users, sizeof(struct user_row), false, true,
	    false },
	[LISTING_KEYS] = { &keys, sizeof(struct key_row), true, true, true },
	[LISTING_ORGANIZATIONS] = { &organizations,
	    sizeof(struct organization_row), false, false, true },
	[LISTING_INVITATIONS] = { &invitations,
	    sizeof(struct invitation_listed), false, false, true },
	[LISTING_MAILS] = { &mails, sizeof(struct mail_row), false, false,
	    false },
	[LISTING_EVENTS] = { &events, sizeof(struct event_row), false, false,
	    true },
	[LISTING_MEMBERS] = { &members, sizeof(struct member_row), false, true,
	    true },
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
	size_t n = 0;

	if (listings[page->id].by_owner)
		values[n++] = db_text(page->filter.owner);
	for (unsigned i = 0; i < 2 && listings[page->id].by_user; i++)
		values[n++] = db_text(page->filter.user_id);
	for (unsigned i = 0; i < 2 && listings[page->id].by_organization; i++)
		values[n++] = db_text(page->filter.organization_id);
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
