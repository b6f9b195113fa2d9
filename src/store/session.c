#include "store/session.h"

#include <string.h>

#include "store/security_event.h"

/* --- statements ----------------------------------------------------------- */

/*
 * Locks the user's row, so that no other session begins while this one counts
 * those that live.
 */
static const struct statement lock_verified = {
	.text = "SELECT 1 AS found FROM users WHERE id = ?"
		" AND password_hash = ? AND session_epoch = ?"
		" AND disabled_at IS NULL FOR UPDATE",
	.values = 3,
	.tables = { &statement_found_table },
};

#define IN_SECONDS "UTC_TIMESTAMP(3) + INTERVAL ? SECOND"

/* A second attempt after an unknown COMMIT finds it there. */
static const struct statement insert = {
	.text = "INSERT INTO sessions (id, user_id, digest, epoch, created_at,"
		" seen_at, idle_ends_at, ends_at, confirmed_at) VALUES (?, ?,"
		" ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), " IN_SECONDS
		", " IN_SECONDS ", UTC_TIMESTAMP(3))"
		" ON DUPLICATE KEY UPDATE id = VALUES(id)",
	.values = 6,
};

struct session_row {
	char id[ULID_SIZE];
};
static const struct field session_fields[] = {
	{ .column = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct session_row, id) },
};
static const struct field_table session_table = FIELD_TABLE(session_fields);

static const struct statement find_surplus = {
	.bounded = "the sessions of one user, by the primary key",
	.text = "SELECT s.id FROM sessions s WHERE s.user_id = ?"
		" AND " SESSION_IS_LIVE(
		    "s") " AND s.epoch = ?"
			 " ORDER BY s.id DESC LIMIT 1 OFFSET 20",
	.values = 2,
	.tables = { &session_table },
};
_Static_assert(SESSION_MOST == 20, "as the statement says");

static const struct statement end_surplus = {
	.text = "DELETE FROM sessions WHERE user_id = ? AND id <= ?",
	.values = 2,
};

static const struct statement confirm = {
	.text = "UPDATE sessions SET digest = ?, confirmed_at ="
		" UTC_TIMESTAMP(3), seen_at = UTC_TIMESTAMP(3),"
		" idle_ends_at = " IN_SECONDS " WHERE user_id = ? AND id = ?"
		" AND epoch = ? AND idle_ends_at > UTC_TIMESTAMP(3)"
		" AND ends_at > UTC_TIMESTAMP(3)",
	.values = 5,
};

static const struct statement is_live = {
	.text = "SELECT 1 AS found FROM sessions s JOIN users u"
		" ON u.id = s.user_id AND u.session_epoch = s.epoch"
		" AND u.disabled_at IS NULL WHERE s.digest = ?"
		" AND " SESSION_IS_LIVE("s"),
	.values = 1,
	.tables = { &statement_found_table },
};

static const struct statement end = {
	.text = "DELETE FROM sessions WHERE user_id = ? AND id = ?",
	.values = 2,
};

static const struct statement raise_epoch = {
	.text = "UPDATE users SET session_epoch = session_epoch + 1"
		" WHERE id = ?",
	.values = 1,
};

static const struct statement end_all = {
	.text = "DELETE FROM sessions WHERE user_id = ?",
	.values = 1,
};

static const struct statement set_password = {
	.text = "UPDATE users SET password_hash = ?,"
		" session_epoch = session_epoch + 1 WHERE id = ?",
	.values = 2,
};

static const struct statement end_others = {
	.text = "DELETE FROM sessions WHERE user_id = ? AND id <> ?",
	.values = 2,
};

static const struct statement go_on = {
	.text = "UPDATE sessions SET epoch = epoch + 1"
		" WHERE user_id = ? AND id = ? AND epoch = ?",
	.values = 3,
};

/* Of several requests at once the first writes it. */
static const struct statement use = {
	.text = "UPDATE sessions SET seen_at = UTC_TIMESTAMP(3),"
		" idle_ends_at = " IN_SECONDS " WHERE id = ?"
		" AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE"
		" AND idle_ends_at > UTC_TIMESTAMP(3)",
	.values = 2,
};

const struct statement *const session_statements[] = { &lock_verified, &insert,
	&find_surplus, &end_surplus, &confirm, &is_live, &end, &raise_epoch,
	&end_all, &set_password, &end_others, &go_on, &use, NULL };

/* --- begin and confirm ---------------------------------------------------- */

void session_make_token(struct store *st, struct session *session)
{
	unsigned char bytes[SESSION_TOKEN_BYTES];

	crypto_random(bytes, sizeof(bytes));
	session->token = crypto_base64url(st->mem, bytes, sizeof(bytes));
	crypto_sha256(session->token, strlen(session->token), session->digest);
	crypto_wipe(bytes, sizeof(bytes));
}

static enum err lock_user(struct store *st, const char *user_id,
    const char *password_hash, int64_t epoch)
{
	const struct db_value values[] = { db_text(user_id),
		db_text(password_hash), db_integer(epoch) };
	bool found = false;
	enum err err = store_exists(st, &lock_verified, values, &found);

	return !err && !found ? ERR_UNAUTHENTICATED : err;
}

static enum err lock_verified_user(
    struct store *st, const struct session *session)
{
	return lock_user(
	    st, session->user_id, session->password_hash, session->epoch);
}

static enum err record(
    struct store *st, const struct session *session, const char *action)
{
	const struct security_event event = { session->user_id, action,
		session->id };

	return security_event_insert(st, &event);
}

static enum err end_oldest(struct store *st, const struct session *session)
{
	struct db_value values[] = { db_text(session->user_id),
		db_integer(session->epoch) };
	struct session_row row = { "" };
	bool found = false;
	enum err err = store_find(st, &find_surplus, values, &row, &found);

	if (err || !found)
		return err;
	values[1] = db_text(row.id);
	return store_run(st, &end_surplus, values, NULL);
}

static enum err begin_body(struct store *st, void *context)
{
	const struct session *session = context;
	const struct db_value values[] = { db_text(session->id),
		db_text(session->user_id),
		db_bytes(session->digest, sizeof(session->digest)),
		db_integer(session->epoch), db_integer(session->idle),
		db_integer(session->life) };
	enum err err;

	if ((err = lock_verified_user(st, session)) ||
	    (err = store_run(st, &insert, values, NULL)) ||
	    (err = end_oldest(st, session)))
		return err;
	return record(st, session, "session.create");
}

enum err session_begin(struct store *st, struct session *session)
{
	ulid_make(&st->ids, (uint64_t)st->now, session->id);
	return store_transact(st, begin_body, session);
}

static enum err confirm_body(struct store *st, void *context)
{
	const struct session *session = context;
	const struct db_value values[] = { db_bytes(session->digest,
					       sizeof(session->digest)),
		db_integer(session->idle), db_text(session->user_id),
		db_text(session->id), db_integer(session->epoch) };
	uint64_t affected = 0;
	enum err err;

	if ((err = lock_verified_user(st, session)) ||
	    (err = store_run(st, &confirm, values, &affected)))
		return err;
	return affected == 0 ? ERR_UNAUTHENTICATED
			     : record(st, session, "session.confirm");
}

enum err session_confirm(struct store *st, struct session *session)
{
	return store_transact(st, confirm_body, session);
}

enum err session_is_live(struct store *st,
    const unsigned char digest[CRYPTO_SHA256_SIZE], bool *found)
{
	const struct db_value value = db_bytes(digest, CRYPTO_SHA256_SIZE);

	*found = false;
	return store_exists(st, &is_live, &value, found);
}

/* --- end and use ---------------------------------------------------------- */

struct ending {
	const char *user_id, *id;
	bool is_found;
};

static enum err end_body(struct store *st, void *context)
{
	struct ending *ending = context;
	const struct db_value values[] = { db_text(ending->user_id),
		db_text(ending->id) };
	const struct security_event event = { ending->user_id, "session.end",
		ending->id };
	uint64_t affected = 0;
	enum err err = store_run(st, &end, values, &affected);

	ending->is_found = ending->is_found || affected > 0;
	return err || affected == 0 ? err : security_event_insert(st, &event);
}

enum err session_end(
    struct store *st, const char *user_id, const char *id, bool *found)
{
	struct ending ending = { user_id, id, false };
	enum err err = store_transact(st, end_body, &ending);

	*found = ending.is_found;
	return err;
}

static enum err end_all_body(struct store *st, void *context)
{
	const char *user_id = context;
	const struct db_value value = db_text(user_id);
	const struct security_event event = { user_id, "session.end-all",
		NULL };
	enum err err;

	if ((err = store_run(st, &raise_epoch, &value, NULL)) ||
	    (err = store_run(st, &end_all, &value, NULL)))
		return err;
	return security_event_insert(st, &event);
}

enum err session_end_all(struct store *st, const char *user_id)
{
	return store_transact(st, end_all_body, arena_text(st->mem, user_id));
}

static enum err change_password(struct store *st, void *context)
{
	const struct password_change *change = context;
	const bool has_session = change->session_id[0] != '\0';
	const struct db_value user = db_text(change->user_id);
	const struct db_value password[] = { db_text(change->new_hash), user };
	const struct db_value session[] = { user,
		db_text(has_session ? change->session_id : "-"),
		db_integer(change->epoch) };
	const struct security_event event = { change->user_id,
		"password.change", change->session_id };
	enum err err;

	if ((err = lock_user(
		 st, change->user_id, change->password_hash, change->epoch)) ||
	    (err = store_run(st, &set_password, password, NULL)) ||
	    (err = store_run(st, &end_others, session, NULL)) ||
	    (err = store_run(st, &go_on, session, NULL)))
		return err;
	return security_event_insert(st, &event);
}

enum err session_change_password(
    struct store *st, struct password_change *change)
{
	return store_transact(st, change_password, change);
}

enum err session_use(struct store *st, const char *id, int idle)
{
	const struct db_value values[] = { db_integer(idle), db_text(id) };
	enum err err = db_wait_for_locks(st->db, 1), again;

	if (err)
		return err;
	err = store_run(st, &use, values, NULL);
	again = db_wait_for_locks(st->db, 0);
	return err ? err : again;
}
