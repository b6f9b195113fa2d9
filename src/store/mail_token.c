#include "store/mail_token.h"

#include <string.h>

#include "base/text.h"
#include "store/api_key.h"
#include "store/outbox.h"
#include "store/security_event.h"
#include "store/usable_admin.h"

/* The user whom a mail is about. */
struct person {
	char id[ULID_SIZE];
	char kind[11];
	bool is_unproved, has_address, is_same;
	int64_t lately; /* changes of the last hour */
};

#define FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct person, member_) \
	}

/* --- statements of a reset ------------------------------------------------ */

static const struct field asked_fields[] = {
	FACT("id", FIELD_TEXT, id),
};
static const struct field_table asked_table = FIELD_TABLE(asked_fields);

/* Locked, so that the mails of the hour can be counted. */
static const struct statement lock_asked = {
	.text = "SELECT id FROM users WHERE email_key = ?"
		" AND LOCATE('@', email) > 0 AND disabled_at IS NULL"
		" FOR UPDATE",
	.values = 1,
	.tables = { &asked_table },
};

/* One row for each request.  A second attempt finds it there. */
static const struct statement ask_reset = {
	.bounded = "one row that is made, and the mails of one user",
	.text = "INSERT INTO outbox (id, kind, user_id, state, created_at,"
		" due_at, ended_at) SELECT ?, 'reset', u.id,"
		" IF(u.id IS NULL, 'dropped', 'queued'), UTC_TIMESTAMP(3),"
		" UTC_TIMESTAMP(3), IF(u.id IS NULL, UTC_TIMESTAMP(3), NULL)"
		" FROM (SELECT 1 AS one) t LEFT JOIN users u ON u.id = ?"
		" AND (SELECT COUNT(*) FROM outbox x WHERE x.user_id = u.id"
		" AND x.kind = 'reset' AND x.created_at >"
		" UTC_TIMESTAMP(3) - INTERVAL 1 HOUR) < 3"
		" ON DUPLICATE KEY UPDATE id = VALUES(id)",
	.values = 2,
};
_Static_assert(MAIL_RESETS == 3, "as the statement says");

#define GOOD \
	" x.digest = ? AND x.token_ends_at > UTC_TIMESTAMP(3)" \
	" AND u.disabled_at IS NULL AND x.basis = " OUTBOX_BASIS("u")

static const struct field reset_fields[] = {
	FACT("id", FIELD_TEXT, id),
	FACT("is_unproved", FIELD_BOOL, is_unproved),
};
static const struct field_table reset_table = FIELD_TABLE(reset_fields);

#define FIND_RESET \
	"SELECT u.id, u.is_email_unproved AS is_unproved FROM outbox x" \
	" JOIN users u ON u.id = x.user_id WHERE x.kind = 'reset' AND" GOOD
static const struct statement find_reset = {
	.text = FIND_RESET,
	.values = 1,
	.tables = { &reset_table },
};
static const struct statement lock_reset = {
	.text = FIND_RESET " FOR UPDATE",
	.values = 1,
	.tables = { &reset_table },
};

/* The new epoch makes every token of a mail, and every session, an old one. */
static const struct statement set_password = {
	.text = "UPDATE users SET password_hash = ?, is_email_unproved = 0,"
		" session_epoch = session_epoch + 1 WHERE id = ?",
	.values = 2,
};

static const struct statement end_sessions = {
	.text = "DELETE FROM sessions WHERE user_id = ?",
	.values = 1,
};

static const struct statement end_change = {
	.text = "DELETE FROM address_changes WHERE user_id = ?",
	.values = 1,
};

struct place {
	char id[ULID_SIZE];
};
static const struct field place_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct place, id) },
};
static const struct field_table place_table = FIELD_TABLE(place_fields);

static const struct statement next_place = {
	.text = "SELECT MIN(k.organization_id) AS id FROM api_keys k"
		" WHERE k.user_id = ? AND k.organization_id > ?",
	.values = 2,
	.tables = { &place_table },
};

static const struct statement next_key = {
	.text = "SELECT MIN(k.id) AS id FROM api_keys k"
		" WHERE k.user_id = ? AND k.organization_id <=> ?",
	.values = 2,
	.tables = { &place_table },
};

/* --- statements of a change ----------------------------------------------- */

static const struct field verified_fields[] = {
	FACT("has_address", FIELD_BOOL, has_address),
	FACT("is_same", FIELD_BOOL, is_same),
};
static const struct field_table verified_table = FIELD_TABLE(verified_fields);

static const struct statement lock_verified = {
	.text = "SELECT LOCATE('@', email) > 0 AS has_address, email = ?"
		" AS is_same FROM users WHERE id = ? AND password_hash = ?"
		" AND session_epoch = ? AND disabled_at IS NULL FOR UPDATE",
	.values = 4,
	.tables = { &verified_table },
};

static const struct statement count_changes = {
	.text = "SELECT COUNT(*) AS value FROM outbox x WHERE x.user_id = ?"
		" AND x.kind = 'new' AND x.created_at >"
		" UTC_TIMESTAMP(3) - INTERVAL 1 HOUR AND x.id <> ?",
	.values = 2,
	.tables = { &statement_number_table },
};

static const struct statement enter_change = {
	.text = "INSERT INTO address_changes (user_id, id, email, email_key,"
		" created_at, old_agreed_at) VALUES (?, ?, ?, ?,"
		" UTC_TIMESTAMP(3), IF(?, NULL, UTC_TIMESTAMP(3)))",
	.values = 5,
};

/* What was true when it was asked for must be so when it is sent. */
static const struct statement enter_mail = {
	.text = "INSERT INTO outbox (id, kind, user_id, change_id, state,"
		" created_at, due_at, basis) SELECT ?, ?, u.id, ?, 'queued',"
		" UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), " OUTBOX_BASIS(
		    "u") " FROM users u WHERE u.id = ?"
			 " ON DUPLICATE KEY UPDATE id = VALUES(id)",
	.values = 4,
};

static const struct field agreed_fields[] = {
	FACT("id", FIELD_TEXT, id),
	FACT("kind", FIELD_TEXT, kind),
};
static const struct field_table agreed_table = FIELD_TABLE(agreed_fields);

static const struct statement lock_change = {
	.text =
	    "SELECT u.id, x.kind FROM outbox x"
	    " JOIN users u ON u.id = x.user_id"
	    " JOIN address_changes c ON c.user_id = u.id"
	    " AND c.id = x.change_id WHERE x.kind IN ('old', 'new') AND" GOOD
	    " FOR UPDATE",
	.values = 1,
	.tables = { &agreed_table },
};

static const struct statement agree = {
	.text = "UPDATE address_changes SET"
		" old_agreed_at = IF(? = 'old', COALESCE(old_agreed_at,"
		" UTC_TIMESTAMP(3)), old_agreed_at),"
		" new_agreed_at = IF(? = 'new', COALESCE(new_agreed_at,"
		" UTC_TIMESTAMP(3)), new_agreed_at) WHERE user_id = ?",
	.values = 3,
};

static const struct statement set_address = {
	.text = "UPDATE users u JOIN address_changes c ON c.user_id = u.id"
		" SET u.email = c.email, u.email_key = c.email_key,"
		" u.is_email_unproved = 0, u.modified_at = ?,"
		" u.version = u.version + 1 WHERE u.id = ?"
		" AND c.old_agreed_at IS NOT NULL"
		" AND c.new_agreed_at IS NOT NULL",
	.values = 2,
};

const struct statement *const mail_token_statements[] = { &lock_asked,
	&ask_reset, &find_reset, &lock_reset, &set_password, &end_sessions,
	&end_change, &next_place, &next_key, &lock_verified, &count_changes,
	&enter_change, &enter_mail, &lock_change, &agree, &set_address, NULL };

static enum err record(struct store *st, const char *user_id,
    const char *action, const char *session_id)
{
	const struct security_event event = { user_id, action, session_id };

	return security_event_insert(st, &event);
}

/* --- ask for a reset ------------------------------------------------------ */

struct asking {
	const char *key;
	char id[ULID_SIZE];
};

static enum err ask_body(struct store *st, void *context)
{
	const struct asking *asking = context;
	const struct db_value key = db_bytes(asking->key, strlen(asking->key));
	struct person person = { .id = "" };
	struct db_value values[] = { db_text(asking->id), db_text(NULL) };
	bool found = false;
	enum err err = store_find(st, &lock_asked, &key, &person, &found);

	if (err)
		return err;
	values[1] = db_text(person.id);
	if ((err = store_run(st, &ask_reset, values, NULL)) ||
	    (err = security_event_asked(st, "password.reset-ask", asking->id)))
		return err;
	return outbox_drop_nobodys(st, asking->id);
}

enum err mail_token_ask_reset(struct store *st, const char *email_key)
{
	struct asking asking = { .key = email_key };

	ulid_make(&st->ids, (uint64_t)st->now, asking.id);
	return store_transact(st, ask_body, &asking);
}

/* --- reset ---------------------------------------------------------------- */

struct resetting {
	const unsigned char *digest;
	const char *password_hash;
	const struct person *person; /* as found before the locks */
};

static enum err find_by(struct store *st, const struct statement *statement,
    const unsigned char *digest, struct person *person)
{
	const struct db_value value = db_bytes(digest, CRYPTO_SHA256_SIZE);
	bool found = false;
	enum err err;

	memset(person, 0, sizeof(*person));
	err = store_find(st, statement, &value, person, &found);
	return !err && !found ? ERR_TOKEN_DEAD : err;
}

enum err mail_token_find_reset(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *found)
{
	struct person person;
	enum err err = find_by(st, &find_reset, digest, &person);

	*found = err == ERR_NONE;
	return err == ERR_TOKEN_DEAD ? ERR_NONE : err;
}

/* `place`: an organization, or empty: those that are not bound to one. */
static enum err end_keys_at(
    struct store *st, const char *user_id, const char *place)
{
	const struct db_value values[] = { db_text(user_id), db_text(place) };
	struct api_key_owner owner = { .is_system_admin = false };

	text_set(owner.user_id, sizeof(owner.user_id), user_id);
	text_set(owner.organization_id, sizeof(owner.organization_id), place);
	for (;;) {
		struct audit_entry entry = { .user_id = user_id,
			.organization_id = *place != '\0' ? place : NULL,
			.detail = "by a new password" };
		struct place key = { "" };
		bool found = false;
		enum err err = store_find(st, &next_key, values, &key, &found);

		if (err || key.id[0] == '\0')
			return err;
		memcpy(owner.id, key.id, sizeof(owner.id));
		err = api_key_end(st, &owner, &entry);
		/* somebody ended it meanwhile: all is read anew */
		if (err)
			return err == ERR_NO_RESOURCE ? ERR_CONFLICT : err;
	}
}

/* Each organization of a key, in the order of ids. */
static enum err each_place(struct store *st, const char *user_id,
    enum err (*act)(struct store *st, const char *user_id, const char *place))
{
	struct place place = { " " };

	for (;;) {
		const struct db_value values[] = { db_text(user_id),
			db_text(place.id) };
		struct place next = { "" };
		bool found = false;
		enum err err = store_find(
		    st, &next_place, values, &next, &found);

		if (err || next.id[0] == '\0')
			return err;
		place = next;
		if ((err = act(st, user_id, place.id)))
			return err;
	}
}

static enum err lock_place(
    struct store *st, const char *user_id, const char *place)
{
	enum err err = usable_admin_lock(st, place);

	(void)user_id;
	/* one that is deleted keeps its keys, and nobody works in it */
	return err == ERR_NO_RESOURCE ? ERR_NONE : err;
}

static enum err end_keys(struct store *st, const char *user_id)
{
	enum err err = each_place(st, user_id, end_keys_at);

	return err ? err : end_keys_at(st, user_id, "");
}

/* Organizations are locked before the user, as everywhere. */
static enum err reset_body(struct store *st, void *context)
{
	const struct resetting *r = context;
	const struct db_value user = db_text(r->person->id);
	const struct db_value password[] = { db_text(r->password_hash), user };
	struct person now;
	enum err err = ERR_NONE;

	if (r->person->is_unproved)
		err = each_place(st, r->person->id, lock_place);
	if (err || (err = find_by(st, &lock_reset, r->digest, &now)))
		return err;
	if ((now.is_unproved && (err = end_keys(st, now.id))) ||
	    (err = store_run(st, &set_password, password, NULL)) ||
	    (err = store_run(st, &end_sessions, &user, NULL)) ||
	    (err = store_run(st, &end_change, &user, NULL)))
		return err;
	return record(st, now.id, "password.reset", NULL);
}

enum err mail_token_reset(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE],
    const char password_hash[PASSWORD_HASH_SIZE])
{
	struct person person;
	struct resetting r = { digest, password_hash, &person };
	enum err err = find_by(st, &find_reset, digest, &person);

	return err ? err : store_transact(st, reset_body, &r);
}

/* --- change of address ---------------------------------------------------- */

struct changing {
	const struct address_change *change;
	char id[ULID_SIZE], to_old[ULID_SIZE], to_new[ULID_SIZE];
};

static enum err put_mail(struct store *st, const struct changing *c,
    const char *id, const char *kind)
{
	const struct db_value values[] = { db_text(id), db_text(kind),
		db_text(c->id), db_text(c->change->user_id) };

	return store_run(st, &enter_mail, values, NULL);
}

static enum err lock_changer(
    struct store *st, const struct changing *c, struct person *person)
{
	const struct address_change *change = c->change;
	const struct db_value values[] = { db_text(change->email->display),
		db_text(change->user_id), db_text(change->password_hash),
		db_integer(change->epoch) };
	const struct db_value counted[] = { values[1], db_text(c->to_new) };
	bool found = false;
	enum err err;

	memset(person, 0, sizeof(*person));
	err = store_find(st, &lock_verified, values, person, &found);
	if (err || !found)
		return err ? err : ERR_UNAUTHENTICATED;
	if (person->is_same)
		return ERR_NAME_IN_USE;
	err = store_number(st, &count_changes, counted, &person->lately);
	if (err)
		return err;
	return person->lately >= MAIL_CHANGES ? ERR_THROTTLED : ERR_NONE;
}

static enum err change_body(struct store *st, void *context)
{
	const struct changing *c = context;
	const struct name *email = c->change->email;
	struct person person;
	enum err err = lock_changer(st, c, &person);
	const struct db_value user = db_text(c->change->user_id);
	const struct db_value values[] = { user, db_text(c->id),
		db_text(email->display),
		db_bytes(email->key, strlen(email->key)),
		db_integer(person.has_address) };

	if (err || (err = store_run(st, &end_change, &user, NULL)) ||
	    (err = store_run(st, &enter_change, values, NULL)) ||
	    (person.has_address && (err = put_mail(st, c, c->to_old, "old"))) ||
	    (err = put_mail(st, c, c->to_new, "new")))
		return err;
	return record(
	    st, c->change->user_id, "email.ask", c->change->session_id);
}

enum err mail_token_ask_change(
    struct store *st, const struct address_change *change)
{
	struct changing c = { .change = change };

	ulid_make(&st->ids, (uint64_t)st->now, c.id);
	ulid_make(&st->ids, (uint64_t)st->now, c.to_old);
	ulid_make(&st->ids, (uint64_t)st->now, c.to_new);
	return store_transact(st, change_body, &c);
}

struct agreeing {
	const unsigned char *digest;
	bool is_changed;
};

static enum err finish_change(struct store *st, const struct person *person)
{
	const struct db_value user = db_text(person->id);
	const struct audit_entry entry = { .user_id = person->id,
		.action = "user.email",
		.resource_kind = "User",
		.resource_id = person->id,
		.detail = "confirmed",
		.change = "{}" };
	enum err err = store_run(st, &end_change, &user, NULL);

	if (err || (err = audit_insert(st, &entry)))
		return err;
	return record(st, person->id, "email.change", NULL);
}

static enum err agree_body(struct store *st, void *context)
{
	struct agreeing *a = context;
	struct person person;
	uint64_t affected = 0;
	enum err err = find_by(st, &lock_change, a->digest, &person);
	const struct db_value user = db_text(person.id);
	const struct db_value agreed[] = { db_text(person.kind),
		db_text(person.kind), user };
	const struct db_value address[] = { db_time(st->now), user };

	a->is_changed = false;
	if (err || (err = store_run(st, &agree, agreed, NULL)))
		return err;
	err = store_run(st, &set_address, address, &affected);
	if (err || affected == 0)
		return err == ERR_DUPLICATE ? ERR_NAME_IN_USE : err;
	a->is_changed = true;
	return finish_change(st, &person);
}

enum err mail_token_agree(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *is_changed)
{
	struct agreeing a = { digest, false };
	enum err err = store_transact(st, agree_body, &a);

	*is_changed = a.is_changed;
	return err;
}
