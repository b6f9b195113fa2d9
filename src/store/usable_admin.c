#include "store/usable_admin.h"

#include <string.h>

#include "store/lock.h"

#define LAST_SYSTEM_ADMIN \
	"this is the last usable system administrator: make another one first"

/* The organizations that have none, and the first of them. */
struct lacking {
	int64_t count;
	char name[NAME_SLUG_SIZE];
};
static const struct field lacking_fields[] = {
	{ .column = "value",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct lacking, count) },
	{ .column = "name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct lacking, name) },
};
static const struct field_table lacking_table = FIELD_TABLE(lacking_fields);

/* User `u` can log in, or has a key without an end and without bounds … */
#define IS_USABLE(bounds_) \
	"u.disabled_at IS NULL AND (u.password_hash IS NOT NULL OR EXISTS" \
	" (SELECT 1 FROM api_keys k FORCE INDEX (api_keys_user)" \
	" WHERE k.user_id = u.id" \
	" AND k.expires_at IS NULL AND k.project_id IS NULL" \
	" AND COALESCE(k.role, 'admin') = 'admin'" \
	" AND " bounds_ "))"

/* … that shut out organization `o`; `but_` leaves somebody out. */
#define HAS_USABLE_ADMIN_BUT(but_) \
	"EXISTS (SELECT 1 FROM organization_bindings b" \
	" FORCE INDEX (organization_bindings_role)" \
	" STRAIGHT_JOIN users u ON u.id = b.user_id" \
	" WHERE b.organization_id = o.id AND b.role = 'admin'" but_ \
	" AND " IS_USABLE("COALESCE(k.organization_id, o.id) = o.id") ")"
#define HAS_USABLE_ADMIN HAS_USABLE_ADMIN_BUT("")
#define HAS_ANOTHER HAS_USABLE_ADMIN_BUT(" AND b.user_id <> m.user_id")

#define LACKING "SELECT COUNT(*) AS value, MIN(o.name) AS name FROM "

static const struct statement lock_it = {
	.text = LOCK_ORGANIZATION " WHERE id = ? AND deleted_at IS NULL",
	.values = 1,
};

static const struct statement lock_user = {
	/* in the order of the key, (user_id, organization_id) */
	.text = "UPDATE organization_bindings b STRAIGHT_JOIN organizations o"
		" ON o.id = b.organization_id"
		" SET o.write_count = o.write_count + 1 WHERE b.user_id = ?",
	.values = 1,
};

static const struct statement lock_system = {
	.bounded = "asked for a system administrator only",
	.text = "SELECT COUNT(*) AS value FROM users"
		" WHERE is_system_admin = 1 FOR UPDATE",
	.tables = { &statement_number_table },
};

static const struct statement by_user = {
	.text = LACKING "organization_bindings m FORCE INDEX (PRIMARY)"
			" STRAIGHT_JOIN organizations o"
			" ON o.id = m.organization_id"
			" WHERE m.user_id = ? AND NOT " HAS_USABLE_ADMIN,
	.values = 1,
	.tables = { &lacking_table },
};

static const struct statement by_organization = {
	.text = LACKING "organizations o"
			" WHERE o.id = ? AND NOT " HAS_USABLE_ADMIN,
	.values = 1,
	.tables = { &lacking_table },
};

static const struct statement system_admins = {
	.bounded = "asked for a system administrator only",
	.text = "SELECT COUNT(*) AS value FROM users u"
		" WHERE u.is_system_admin = 1 AND " IS_USABLE(
		    "k.organization_id IS NULL"),
	.tables = { &statement_number_table },
};

static const struct statement other_system_admins = {
	.bounded = "asked for a system administrator only",
	.text = "SELECT COUNT(*) AS value FROM users u"
		" WHERE u.is_system_admin = 1 AND u.id <> ? AND " IS_USABLE(
		    "k.organization_id IS NULL"),
	.values = 1,
	.tables = { &statement_number_table },
};

static const struct field alone_fields[] = {
	{ .member = "id",
	    .column = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_alone, id) },
	{ .member = "name",
	    .column = "name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_alone, name) },
	{ .member = "displayName",
	    .column = "display_name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_alone, display_name) },
};
const struct field_table admin_alone_table = FIELD_TABLE(alone_fields);

static const struct statement alone = {
	.text = "SELECT o.id, o.name, o.display_name"
		" FROM organization_bindings m FORCE INDEX (PRIMARY)"
		" STRAIGHT_JOIN organizations o ON o.id = m.organization_id"
		" WHERE m.user_id = ? AND m.role = 'admin'"
		" AND " HAS_USABLE_ADMIN " AND NOT " HAS_ANOTHER
		" ORDER BY m.organization_id LIMIT 50",
	.values = 1,
	.tables = { &admin_alone_table },
};

const struct statement *const usable_admin_statements[] = { &lock_it,
	&lock_user, &lock_system, &by_user, &by_organization, &system_admins,
	&other_system_admins, &alone, NULL };

enum err usable_admin_lock(struct store *st, const char *organization_id)
{
	struct db_value id = db_text(organization_id);
	uint64_t affected = 0;
	enum err err = store_run(st, &lock_it, &id, &affected);

	return !err && affected == 0 ? ERR_NO_RESOURCE : err;
}

/* Organizations first, then users: the order of all locks. */
static enum err take_locks(struct store *st, const struct admin_guard *guard)
{
	struct db_value user = db_text(guard->user_id);
	int64_t ignored;
	enum err err;

	if (guard->is_locked)
		return ERR_NONE;
	if (guard->organization_id != NULL)
		return usable_admin_lock(st, guard->organization_id);
	err = store_run(st, &lock_user, &user, NULL);
	if (!err && guard->is_system_admin)
		err = store_number(st, &lock_system, NULL, &ignored);
	return err;
}

static enum err count(struct store *st, const struct admin_guard *guard,
    struct lacking *lacking, int64_t *system)
{
	bool is_one = guard->organization_id != NULL, found;
	struct db_value id = db_text(
	    is_one ? guard->organization_id : guard->user_id);
	enum err err = store_find(
	    st, is_one ? &by_organization : &by_user, &id, lacking, &found);

	*system = 0;
	if (!err && !is_one && guard->is_system_admin)
		err = store_number(st, &system_admins, NULL, system);
	return err;
}

enum err usable_admin_before(struct store *st, struct admin_guard *guard)
{
	struct lacking lacking;
	enum err err = take_locks(st, guard);

	if (err || guard->is_forced)
		return err;
	err = count(st, guard, &lacking, &guard->system);
	guard->lacking = lacking.count;
	return err;
}

enum err usable_admin_after(struct store *st, struct admin_guard *guard)
{
	struct lacking lacking;
	int64_t system;
	enum err err;

	if (guard->is_forced)
		return ERR_NONE;
	if ((err = count(st, guard, &lacking, &system)))
		return err;
	if (lacking.count > guard->lacking)
		return fault_set(guard->fault, ERR_LAST_ADMIN,
		    "this is the last usable admin of the organization %s:"
		    " make another member its admin first",
		    lacking.name);
	if (system < guard->system && system == 0)
		return fault_set(
		    guard->fault, ERR_LAST_ADMIN, LAST_SYSTEM_ADMIN);
	return ERR_NONE;
}

enum err usable_admin_alone(struct store *st, const char *user_id,
    struct admin_alone rows[ADMIN_ALONE_MAX], size_t *count)
{
	struct admin_alone row;
	const struct db_value user = db_text(user_id);
	const struct db_query query = { alone.text, &user, alone.values,
		false };
	const struct db_target target = { { { &admin_alone_table, &row } }, 1,
		0 };
	bool more;
	enum err err = db_select(st->db, &query, &target);

	*count = 0;
	memset(&row, 0, sizeof(row));
	while (!err && !(err = db_next(st->db, &more)) && more)
		if (*count < ADMIN_ALONE_MAX)
			rows[(*count)++] = row;
	db_finish(st->db);
	return err;
}

enum err usable_admin_other_system(
    struct store *st, const char *user_id, struct fault *fault)
{
	const struct db_value user = db_text(user_id);
	int64_t all = 0, others = 0;
	enum err err = store_number(st, &lock_system, NULL, &all);

	if (!err)
		err = store_number(st, &system_admins, NULL, &all);
	if (!err)
		err = store_number(st, &other_system_admins, &user, &others);
	if (err || all == 0 || others > 0)
		return err;
	return fault_set(fault, ERR_LAST_ADMIN, LAST_SYSTEM_ADMIN);
}
