#include "store/admin.h"

#include <string.h>

#include "edge/crypto.h"
#include "edge/name.h"
#include "store/audit.h"

enum { KEY_BYTES = 24 };

static const char key_prefix[] = "tny_";

_Static_assert(sizeof(key_prefix) + KEY_BYTES / 3 * 4 == ADMIN_KEY_SIZE,
    "base64url of 24 bytes is without padding");

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
	.id = STATEMENT_ADMIN_USER_COUNT,
	.bounded = "asked by the tool only",
	.scope = SCOPE_PUBLIC,
	.text = "SELECT COUNT(*) AS value FROM users",
	.tables = { &statement_number_table },
};

static const struct statement user_find = {
	.id = STATEMENT_ADMIN_USER_FIND,
	.scope = SCOPE_PUBLIC,
	.text = "SELECT id, display_name, is_system_admin, disabled_at"
		" FROM users WHERE email_key = ?",
	.values = 1,
	.tables = { &admin_user_table },
};

static const struct statement user_insert = {
	.id = STATEMENT_ADMIN_USER_INSERT,
	.scope = SCOPE_PUBLIC,
	.text = "INSERT INTO users (id, name, display_name, email, email_key,"
		" password_hash, is_system_admin, created_at, modified_at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 9,
};

static const struct statement user_password = {
	.id = STATEMENT_ADMIN_USER_PASSWORD,
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET password_hash = ? WHERE id = ?",
	.values = 2,
};

static const struct statement user_disable = {
	.id = STATEMENT_ADMIN_USER_DISABLE,
	.scope = SCOPE_PUBLIC,
	.text = "UPDATE users SET disabled_at = COALESCE(disabled_at, ?)"
		" WHERE id = ?",
	.values = 2,
};

static const struct statement key_insert = {
	.id = STATEMENT_ADMIN_KEY_INSERT,
	.scope = SCOPE_PUBLIC,
	.text = "INSERT INTO api_keys (id, digest, user_id, organization_id,"
		" project_id, role, created_at, expires_at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 8,
};

static const struct statement project_find = {
	.id = STATEMENT_ADMIN_PROJECT_FIND,
	.scope = SCOPE_PUBLIC,
	.text = "SELECT id AS project_id, organization_id FROM projects"
		" WHERE id = ?",
	.values = 1,
	.tables = { &place_table },
};

static const struct statement organization_find = {
	.id = STATEMENT_ADMIN_ORGANIZATION_FIND,
	.scope = SCOPE_PUBLIC,
	.text = "SELECT '' AS project_id, id AS organization_id"
		" FROM organizations WHERE id = ?",
	.values = 1,
	.tables = { &place_table },
};

const struct statement *const admin_statements[] = {
	&user_count,
	&user_find,
	&user_insert,
	&user_password,
	&user_disable,
	&key_insert,
	&project_find,
	&organization_find,
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
    struct store *st, const char *id, struct admin_place *place, bool *found)
{
	const struct db_value values[] = { db_text(id) };

	return store_find(st, &organization_find, values, place, found);
}

/* --- keys ----------------------------------------------------------------- */

void admin_key_make(struct admin_key *key)
{
	unsigned char bytes[KEY_BYTES];
	struct arena mem;
	char *text;

	arena_init(&mem);
	crypto_random(bytes, sizeof(bytes));
	text = crypto_base64url(&mem, bytes, sizeof(bytes));
	memcpy(key->text, key_prefix, sizeof(key_prefix) - 1);
	memcpy(key->text + sizeof(key_prefix) - 1, text, strlen(text) + 1);
	crypto_wipe(text, strlen(text));
	crypto_wipe(bytes, sizeof(bytes));
	arena_release(&mem);
}

static enum err insert_key(struct store *st, const struct admin_key *key)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char id[ULID_SIZE];
	enum err err;

	ulid_make(&st->ids, (uint64_t)st->now, id);
	crypto_sha256(key->text, strlen(key->text), digest);

	const struct db_value values[] = {
		db_text(id),
		db_bytes(digest, sizeof(digest)),
		db_text(key->user_id),
		db_text(key->organization_id),
		db_text(key->project_id),
		db_text(key->role),
		db_time(st->now),
		db_time(key->expires_at),
	};
	const struct audit_entry entry = {
		.organization_id = key->organization_id,
		.action = "key.create",
		.resource_kind = "Key",
		.resource_id = id,
		.detail = arena_print(st->mem, "for user %s", key->user_id),
	};

	if ((err = store_run(st, &key_insert, values, NULL)))
		return err;
	return audit_insert(st, &entry);
}

static enum err key_body(struct store *st, void *context)
{
	enum err err = insert_key(st, context);

	return err == ERR_REFERENCE ? ERR_NO_RESOURCE : err;
}

enum err admin_key_insert(struct store *st, const struct admin_key *key)
{
	struct admin_key copy = *key;

	return store_transact(st, key_body, &copy);
}

/* --- users ---------------------------------------------------------------- */

struct user_writing {
	const struct admin_new_user *user;
	const struct admin_key *key;
	char *id;
};

/* The slug is that of the name, or where that is taken, the id's. */
static enum err insert_user(
    struct store *st, const struct user_writing *writing)
{
	const struct admin_new_user *user = writing->user;
	char slug[NAME_SLUG_SIZE];
	struct db_value values[] = {
		db_text(writing->id),
		db_text(NULL),
		db_text(user->display_name),
		db_text(user->email->display),
		db_bytes(user->email->key, strlen(user->email->key)),
		db_text(user->password_hash),
		db_integer(user->is_system_admin),
		db_time(st->now),
		db_time(st->now),
	};
	enum err err;

	name_slug(user->display_name, writing->id, slug);
	values[1] = db_text(slug);
	err = store_run(st, &user_insert, values, NULL);
	if (err != ERR_DUPLICATE)
		return err;
	name_slug("", writing->id, slug);
	values[1] = db_text(slug);
	return store_run(st, &user_insert, values, NULL);
}

static enum err user_body(struct store *st, void *context)
{
	struct user_writing *writing = context;
	struct admin_key key = *writing->key;
	const struct audit_entry entry = {
		.action = "user.create",
		.resource_kind = "User",
		.resource_id = writing->id,
		.detail = writing->user->is_system_admin ? "system admin"
							 : "user",
	};
	struct admin_user other;
	bool found;
	enum err err;

	if ((err = admin_user_find(
		 st, writing->user->email->key, &other, &found)))
		return err;
	if (found)
		return ERR_NAME_IN_USE;
	ulid_make(&st->ids, (uint64_t)st->now, writing->id);
	err = insert_user(st, writing);
	if (err == ERR_DUPLICATE)
		return ERR_NAME_IN_USE; /* inserted by another meanwhile */
	if (err || (err = audit_insert(st, &entry)))
		return err;
	key.user_id = writing->id;
	return insert_key(st, &key);
}

enum err admin_user_insert(struct store *st, const struct admin_new_user *user,
    const struct admin_key *key, char id[ULID_SIZE])
{
	struct user_writing writing = { user, key, id };

	return store_transact(st, user_body, &writing);
}

/* A change of one user that a single statement makes. */
struct user_change {
	const struct statement *statement;
	const struct db_value *values;
	const char *user_id;
	const char *action, *detail;
};

static enum err change_body(struct store *st, void *context)
{
	const struct user_change *change = context;
	const struct audit_entry entry = {
		.action = change->action,
		.resource_kind = "User",
		.resource_id = change->user_id,
		.detail = change->detail,
	};
	uint64_t affected = 0;
	enum err err = store_run(
	    st, change->statement, change->values, &affected);

	if (err)
		return err;
	return affected == 0 ? ERR_NO_RESOURCE : audit_insert(st, &entry);
}

enum err admin_user_password(
    struct store *st, const char *user_id, const char *password_hash)
{
	const struct db_value values[] = {
		db_text(password_hash),
		db_text(user_id),
	};
	struct user_change change = { &user_password, values, user_id,
		"user.password", "password set" };

	return store_transact(st, change_body, &change);
}

enum err admin_user_disable(struct store *st, const char *user_id)
{
	const struct db_value values[] = { db_time(st->now), db_text(user_id) };
	struct user_change change = { &user_disable, values, user_id,
		"user.disable", "disabled" };

	return store_transact(st, change_body, &change);
}
