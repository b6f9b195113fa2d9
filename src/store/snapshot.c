#include "store/snapshot.h"

#include <string.h>

#include "model/name.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/licence.h"

/* --- statements ----------------------------------------------------------- */

/* `events` is what the trail has of it from before the chain. */
struct row {
	int64_t version, events, limit_projects, limit_users, expires_at;
	char name[NAME_DISPLAY_SIZE], type[LICENCE_TYPE_SIZE];
};
#define COLUMN(name_, type_) \
	{ \
		.column = #name_, .type = type_, FIELD_AT(struct row, name_) \
	}
static const struct field row_fields[] = {
	COLUMN(version, FIELD_INTEGER),
	COLUMN(events, FIELD_INTEGER),
	COLUMN(name, FIELD_TEXT),
	COLUMN(type, FIELD_TEXT),
	COLUMN(limit_projects, FIELD_INTEGER),
	COLUMN(limit_users, FIELD_INTEGER),
	COLUMN(expires_at, FIELD_TIME),
};
static const struct field_table row_table = FIELD_TABLE(row_fields);

static const struct statement look = {
	.text = "SELECT o.version, (SELECT COUNT(*) FROM audit_events e"
		" WHERE e.organization_id = o.id) AS events,"
		" o.display_name AS name, l.licence_type AS type,"
		" l.limit_projects, l.limit_users, l.expires_at"
		" FROM organizations o LEFT JOIN licences l"
		" ON l.organization_id = o.id WHERE o.id = ?",
	.values = 1,
	.tables = { &row_table },
};

/* More than AUDIT_LIST_MAX bytes of any of the lists. */
#define ENOUGH " LIMIT 2000"
#define LIST(text_) \
	{ \
		.text = text_ ENOUGH, .values = 1, .tables = { \
			&statement_word_table \
		} \
	}

/* CONVERT: of an ascii id and a name CONCAT has no collation. */
static const struct statement projects = LIST(
    "SELECT CONCAT(CONVERT(CONCAT('{\"id\":\"', p.id, '\",\"name\":')"
    " USING utf8mb4), JSON_QUOTE(p.display_name), '}') AS value FROM projects p"
    " WHERE p.organization_id = ? ORDER BY p.id");
static const struct statement members = LIST(AUDIT_ROLE(
    "b.user_id", "b.role") " FROM organization_bindings b"
			   " FORCE INDEX (organization_bindings_organization)"
			   " WHERE b.organization_id = ? ORDER BY b.user_id");
static const struct statement roles = LIST(
    "SELECT CONCAT('{\"project\":\"', p.project_id, '\",\"role\":\"', p.role,"
    " '\",\"user\":\"', p.user_id, '\"}') AS value FROM project_bindings p"
    " FORCE INDEX (project_bindings_project)"
    " WHERE p.organization_id = ? ORDER BY p.project_id");
#define END \
	"COALESCE(CONCAT('\"', " MILLISECONDS("k.expires_at") ", '\"'), 'null')"
static const struct statement keys = LIST(
    "SELECT CONCAT('{\"expiresAt\":', " END ", ',\"id\":\"', k.id,"
    " '\",\"owner\":\"', k.user_id, '\",\"project\":\"',"
    " COALESCE(k.project_id, ''), '\",\"role\":\"', COALESCE(k.role, ''),"
    " '\"}') AS value FROM api_keys k WHERE k.organization_id = ?"
    " ORDER BY k.id");

const struct statement *const snapshot_statements[] = { &look, &projects,
	&members, &roles, &keys, NULL };

/* --- read ----------------------------------------------------------------- */

static const char *licence_of(struct store *st, const struct row *row)
{
	struct licence licence = { .limits = { .projects = row->limit_projects,
				       .users = row->limit_users },
		.expires_at = row->expires_at };

	memcpy(licence.type, row->type, sizeof(licence.type));
	return row->type[0] != '\0' ? licence_change(st, &licence) : "";
}

enum err snapshot_read(struct store *st, const char *organization_id,
    const char **change, bool *is_there)
{
	const struct db_value id = db_text(organization_id);
	const char *of_projects, *of_members, *of_roles, *of_keys;
	struct row row;
	enum err err = store_find(st, &look, &id, &row, is_there);

	if (err || !*is_there ||
	    (err = audit_list(st, &projects, &id, &of_projects)) ||
	    (err = audit_list(st, &members, &id, &of_members)) ||
	    (err = audit_list(st, &roles, &id, &of_roles)) ||
	    (err = audit_list(st, &keys, &id, &of_keys)))
		return err;
	*change = AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_NUMBER("events", row.events),
	    AUDIT_MEMBER_JSON("keys", of_keys),
	    AUDIT_MEMBER_JSON("license", licence_of(st, &row)),
	    AUDIT_MEMBER_JSON("members", of_members),
	    AUDIT_MEMBER_TEXT("name", row.name),
	    AUDIT_MEMBER_JSON("projects", of_projects),
	    AUDIT_MEMBER_JSON("roles", of_roles),
	    AUDIT_MEMBER_NUMBER("version", row.version));
	return ERR_NONE;
}
