#include "store/admin.h"

#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"

/* --- statements ----------------------------------------------------------- */

static const struct field user_rows[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct admin_user, id) },
	{ .column = "display_name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_user, display_name) },
	{ .column = "is_system_admin",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct admin_user, is_system_admin) },
	{ .column = "disabled_at",
	    .type = FIELD_TIME,
	    FIELD_AT(struct admin_user, disabled_at) },
};

static const struct field_table admin_user_table = FIELD_TABLE(user_rows);

static const struct field place_rows[] = {
	{ .column = "project_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_place, project_id) },
	{ .column = "organization_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct admin_place, organization_id) },
};

static const struct field_table place_table = FIELD_TABLE(place_rows);

static const struct statement user_count = {
	.bounded = "asked by the tool only",
	.scope = SCOPE_PUBLIC,
	.text = "SELECT COUNT(*) AS value FROM users",
	.tables = { &statement_number_table },
};

static const struct statement user_find = {
	.scope = SCOPE_PUBLIC,
	.text = "SELECT id, display_name, is_system_admin, disabled_at"
		" FROM users WHERE email_key = ?",
	.values = 1,
	.tables = { &admin_user_table },
};

static const struct statement user_insert = {
	.scope = SCOPE_PUBLIC,
	.text = "INSERT INTO users (id, name, display_name, email, email_key,"
		" password_hash, created_at, modified_at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 8,
};

/* Apart, since the service's account may not write this column. */
static const struct statement user_promote = {
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET is_system_admin = 1 WHERE id = ?",
	.values = 1,
};

static const struct statement user_password = {
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET password_hash = ?,"
		" session_epoch = session_epoch + 1 WHERE id = ?",
	.values = 2,
};

static const struct statement user_disable = {
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET disabled_at = COALESCE(disabled_at, ?),"
		" session_epoch = session_epoch + 1"
		" WHERE id = ?",
	.values = 2,
};

static const struct statement user_enable = {
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET disabled_at = NULL WHERE id = ?",
	.values = 1,
};

static const struct statement user_email = {
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET email = ?, email_key = ?, modified_at = ?,"
		" version = version + 1 WHERE id = ?",
	.values = 4,
};

static const struct statement project_find = {
	.scope = SCOPE_PUBLIC,
	.text = "SELECT p.id AS project_id, p.organization_id FROM projects p"
		" JOIN organizations o ON o.id = p.organization_id"
		" AND o.deleted_at IS NULL WHERE p.id = ?",
	.values = 1,
	.tables = { &place_table },
};

#define FIND_ORGANIZATION \
	"SELECT '' AS project_id, o.id AS organization_id" \
	" FROM organizations o WHERE o.id = COALESCE((SELECT t.id" \
	" FROM organizations t WHERE t.name = ?), ?) AND "

static const struct statement organization_find = {
	.scope = SCOPE_PUBLIC,
	.text = FIND_ORGANIZATION "o.deleted_at IS NULL",
	.values = 2,
	.tables = { &place_table },
};

static const struct statement deleted_find = {
	.scope = SCOPE_PUBLIC,
	.text = FIND_ORGANIZATION "o.deleted_at IS NOT NULL",
	.values = 2,
	.tables = { &place_table },
};

const struct statement *const admin_statements[] = {
	&user_count,
	&user_find,
	&user_insert,
	&user_promote,
	&user_password,
	&user_disable,
	&user_enable,
	&user_email,
	&project_find,
	&organization_find,
	&deleted_find,
	NULL,
};

/* --- reads ---------------------------------------------------------------- */

enum err admin_user_count(struct store *st, int64_t *count)
{
	return store_number(st, &user_count, NULL, count);
}

enum err admin_user_find(struct store *st, const char *email_key,
    struct admin_user *user, bool *found)
{
	const struct db_value values[] = {
		db_bytes(email_key, strlen(email_key)),
	};

	return store_find(st, &user_find, values, user, found);
}

enum err admin_project_find(
    struct store *st, const char *id, struct admin_place *place, bool *found)
{
	const struct db_value values[] = { db_text(id) };

	return store_find(st, &project_find, values, place, found);
}

enum err admin_organization_find(
    struct store *st, const char *text, struct admin_place *place, bool *found)
{
	const struct db_value values[] = { db_text(text), db_text(text) };

	return store_find(st, &organization_find, values, place, found);
}

enum err admin_deleted_find(
    struct store *st, const char *text, struct admin_place *place, bool *found)
{
	const struct db_value values[] = { db_text(text), db_text(text) };

	return store_find(st, &deleted_find, values, place, found);
}

/* --- users ---------------------------------------------------------------- */

struct user_writing {
	const struct admin_new_user *user;
	const struct api_key *key;
	const char *id;
};

/* The slug is that of the name, or if that is taken, the id's. */
static enum err insert_user(
    struct store *st, const struct user_writing *writing)
{
	const struct admin_new_user *user = writing->user;
	char slug[NAME_SLUG_SIZE];
	struct db_value id = db_text(writing->id);
	struct db_value values[] = {
		id,
		db_text(NULL),
		db_text(user->display_name),
		db_text(user->login->display),
		db_bytes(user->login->key, strlen(user->login->key)),
		db_text(user->password_hash),
		db_time(st->now),
		db_time(st->now),
	};
	enum err err;

	name_slug(user->display_name, writing->id, st->reserved, slug);
	values[1] = db_text(slug);
	err = store_run(st, &user_insert, values, NULL);
	if (err == ERR_DUPLICATE) {
		name_slug_of_id(writing->id, slug);
		values[1] = db_text(slug);
		err = store_run(st, &user_insert, values, NULL);
	}
	if (err || !user->is_system_admin)
		return err;
	return store_run(st, &user_promote, &id, NULL);
}

static enum err user_body(struct store *st, void *context)
{
	struct user_writing *writing = context;
	struct api_key key;
	const struct audit_entry entry = {
		.action = "user.create",
		.resource_kind = "User",
		.resource_id = writing->id,
		.detail = writing->user->is_system_admin ? "system admin"
							 : "user",
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TEXT("role",
			writing->user->is_system_admin ? "system-admin" : NULL),
		    AUDIT_MEMBER_TEXT("state", "active")),
	};
	struct admin_user other;
	bool found;
	enum err err;

	if ((err = admin_user_find(
		 st, writing->user->login->key, &other, &found)))
		return err;
	if (found)
		return ERR_NAME_IN_USE;
	err = insert_user(st, writing);
	if (err == ERR_DUPLICATE)
		return ERR_NAME_IN_USE; /* inserted by another meanwhile */
	if (err || (err = audit_insert(st, &entry)) || writing->key == NULL)
		return err;
	key = *writing->key;
	key.user_id = writing->id;
	return api_key_put(st, &key);
}

enum err admin_user_insert(struct store *st, const struct admin_new_user *user,
    const struct api_key *key, char id[ULID_SIZE])
{
	struct user_writing writing = { user, key, id };

	ulid_make(&st->ids, (uint64_t)st->now, id);
	return store_transact(st, user_body, &writing);
}

/* A change of one user that a single statement makes. */
struct user_change {
	const struct statement *statement;
	const struct db_value *values;
	const char *user_id;
	const char *action, *detail;
	const char *state;         /* that the user has then; NULL: as before */
	struct admin_guard *guard; /* NULL: it takes nothing away */
};

static enum err change_user(struct store *st, const struct user_change *change)
{
	const struct audit_entry entry = {
		.action = change->action,
		.resource_kind = "User",
		.resource_id = change->user_id,
		.detail = change->detail,
		.change = AUDIT_CHANGE(
		    st->mem, AUDIT_MEMBER_TEXT("state", change->state)),
	};
	uint64_t affected = 0;
	enum err err = store_run(
	    st, change->statement, change->values, &affected);

	if (err == ERR_DUPLICATE)
		return ERR_NAME_IN_USE;
	if (err)
		return err;
	return affected == 0 ? ERR_NO_RESOURCE : audit_insert(st, &entry);
}

static enum err change_body(struct store *st, void *context)
{
	const struct user_change *change = context;
	enum err err;

	if (change->guard == NULL)
		return change_user(st, change);
	if ((err = usable_admin_before(st, change->guard)) ||
	    (err = change_user(st, change)))
		return err;
	return usable_admin_after(st, change->guard);
}

enum err admin_user_password(
    struct store *st, const char *user_id, const char *password_hash)
{
	const struct db_value values[] = {
		db_text(password_hash),
		db_text(user_id),
	};
	struct user_change change = { &user_password, values, user_id,
		"user.password", "password set", NULL, NULL };

	return store_transact(st, change_body, &change);
}

enum err admin_user_email(
    struct store *st, const char *user_id, const struct name *email)
{
	const struct db_value values[] = {
		db_text(email->display),
		db_bytes(email->key, strlen(email->key)),
		db_time(st->now),
		db_text(user_id),
	};
	struct user_change change = { &user_email, values, user_id,
		"user.email", "another address", NULL, NULL };

	return store_transact(st, change_body, &change);
}

enum err admin_user_disable(struct store *st, struct admin_guard *guard)
{
	const struct db_value values[] = { db_time(st->now),
		db_text(guard->user_id) };
	struct user_change change = { &user_disable, values, guard->user_id,
		"user.disable", "disabled", "disabled", guard };

	return store_transact(st, change_body, &change);
}

enum err admin_user_enable(struct store *st, const char *user_id)
{
	const struct db_value values[] = { db_text(user_id) };
	struct user_change change = { &user_enable, values, user_id,
		"user.enable", "enabled", "active", NULL };

	return store_transact(st, change_body, &change);
}
