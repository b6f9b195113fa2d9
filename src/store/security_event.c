#include "store/security_event.h"

#include <string.h>

#include "edge/crypto.h"
#include "store/audit.h"

enum {
	ONCE_IN = 900000, /* ms: a failure of the same login and address */
	PURGES = 16       /* one in so many events */
};
static const int64_t kept_for = INT64_C(90) * 86400 * 1000; /* ms */

static const struct statement insert = {
	.text = "INSERT INTO security_events (id, at, user_id, action,"
		" session_id, request_id) VALUES (?, ?, ?, ?, ?, ?)",
	.values = 6,
};

static const struct statement insert_asked = {
	.text = "INSERT INTO security_events (id, at, user_id, action,"
		" request_id) SELECT ?, ?, x.user_id, ?, ? FROM outbox x"
		" WHERE x.id = ? AND x.user_id IS NOT NULL",
	.values = 5,
};

/* One statement, so that known and unknown logins take the same work. */
static const struct statement insert_failure = {
	.text = "INSERT INTO security_events (id, at, user_id, action,"
		" request_id, digest) VALUES (?, ?, ?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE id = security_events.id",
	.values = 6,
};

static const struct statement insert_read = {
	.text = "INSERT INTO security_events (id, at, user_id, action,"
		" session_id, organization_id, request_id, digest)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE id = security_events.id",
	.values = 8,
};

static const struct statement purge_old = {
	.bounded = "100 rows, by the index of their time",
	.text =
	    "DELETE FROM security_events WHERE at < ? ORDER BY at LIMIT 100",
	.values = 1,
};

/* The newest of those that are too many. */
struct event_row {
	char id[ULID_SIZE];
};
static const struct field event_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct event_row, id) },
};
static const struct field_table event_table = FIELD_TABLE(event_fields);
static const struct statement find_surplus = {
	.bounded = "the table is capped",
	.text = "SELECT id FROM security_events ORDER BY id DESC"
		" LIMIT 1 OFFSET 100000",
	.tables = { &event_table },
};
static const struct statement purge_surplus = {
	.bounded = "200 rows, the first of the primary key",
	.text = "DELETE FROM security_events WHERE id <= ?"
		" ORDER BY id LIMIT 200",
	.values = 1,
};

static const struct statement purge_sessions = {
	.bounded = "100 rows, by the index of their end",
	.text = "DELETE FROM sessions"
		" WHERE ends_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY"
		" ORDER BY ends_at LIMIT 100",
};

const struct statement *const security_event_statements[] = { &insert,
	&insert_asked, &insert_failure, &insert_read, &purge_old, &find_surplus,
	&purge_surplus, &purge_sessions, NULL };

enum err security_event_insert(
    struct store *st, const struct security_event *event)
{
	char id[ULID_SIZE];
	struct db_value values[] = { db_text(NULL), db_time(st->now),
		db_text(event->user_id), db_text(event->action),
		db_text(event->session_id), db_text(audit_request(st)) };

	ulid_make(&st->ids, (uint64_t)st->now, id);
	values[0] = db_text(id);
	return store_run(st, &insert, values, NULL);
}

enum err security_event_asked(
    struct store *st, const char *action, const char *mail_id)
{
	char id[ULID_SIZE];
	struct db_value values[] = { db_text(NULL), db_time(st->now),
		db_text(action), db_text(audit_request(st)), db_text(mail_id) };

	ulid_make(&st->ids, (uint64_t)st->now, id);
	values[0] = db_text(id);
	return store_run(st, &insert_asked, values, NULL);
}

/* Of two texts, and of the quarter of an hour. */
static void digest_once(struct store *st, const char *one, const char *other,
    unsigned char digest[CRYPTO_SHA256_SIZE])
{
	unsigned char sums[2 * CRYPTO_SHA256_SIZE + sizeof(int64_t)];
	const int64_t quarter = st->now / ONCE_IN;

	crypto_sha256(one, strlen(one), sums);
	crypto_sha256(other, strlen(other), sums + CRYPTO_SHA256_SIZE);
	memcpy(sums + 2 * CRYPTO_SHA256_SIZE, &quarter, sizeof(quarter));
	crypto_sha256(sums, sizeof(sums), digest);
}

enum err security_event_failure(struct store *st, const char *user_id,
    const char *login_key, const char *address)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char id[ULID_SIZE];
	struct db_value values[] = { db_text(NULL), db_time(st->now),
		db_text(user_id), db_text("password.failure"),
		db_text(audit_request(st)), db_text(NULL) };

	digest_once(st, login_key, address, digest);
	ulid_make(&st->ids, (uint64_t)st->now, id);
	values[0] = db_text(id);
	values[5] = db_bytes(digest, sizeof(digest));
	return store_run_alone(st, &insert_failure, values, NULL);
}

enum err security_event_foreign_read(struct store *st, const char *user_id,
    const char *session_id, const char *organization_id)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char id[ULID_SIZE];
	struct db_value values[] = { db_text(NULL), db_time(st->now),
		db_text(user_id), db_text("organization.read"),
		db_text(session_id[0] != '\0' ? session_id : NULL),
		db_text(organization_id), db_text(audit_request(st)),
		db_text(NULL) };

	ulid_make(&st->ids, (uint64_t)st->now, id);
	digest_once(st, user_id, organization_id, digest);
	values[0] = db_text(id);
	values[7] = db_bytes(digest, sizeof(digest));
	return store_run_alone(st, &insert_read, values, NULL);
}

static enum err run_counted(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *removed)
{
	uint64_t count = 0;
	enum err err = store_run_alone(st, statement, values, &count);

	*removed += count;
	return err;
}

enum err security_event_slice(struct store *st, uint64_t *removed)
{
	const struct db_value oldest = db_time(st->now - kept_for);
	struct event_row row = { "" };
	struct db_value newest;
	bool found = false;
	enum err err;

	if ((err = run_counted(st, &purge_old, &oldest, removed)) ||
	    (err = run_counted(st, &purge_sessions, NULL, removed)) ||
	    (err = store_find(st, &find_surplus, NULL, &row, &found)) || !found)
		return err;
	newest = db_text(row.id);
	return run_counted(st, &purge_surplus, &newest, removed);
}

void security_event_purge(struct store *st)
{
	unsigned char byte;
	uint64_t removed = 0;

	crypto_random(&byte, 1);
	if (byte % PURGES == 0)
		(void)security_event_slice(st, &removed);
}
