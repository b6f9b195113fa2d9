#include "store/login.h"

#include <string.h>

#include "edge/crypto.h"

enum {
	FREE_FAILURES = 5, /* without any wait */
	GUESSES_FEW = 10,  /* of an address; see login.h */
	GUESSES_MANY = 50,
	PAUSE = 2000,   /* ms */
	WAIT_MAX = 900, /* seconds; also how long failures are kept */
	ROWS_MAX = 10000
};

static const struct field login_fields[] = {
	{ .column = "user_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct login, user_id) },
	{ .column = "session_epoch",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct login, session_epoch) },
	{ .column = "password_hash",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct login, password_hash) },
	{ .column = "is_disabled",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct login, is_disabled) },
	{ .column = "failures",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct login, failures) },
	{ .column = "last_at",
	    .type = FIELD_TIME,
	    FIELD_AT(struct login, failed_at) },
	{ .column = "address_failures",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct login, address_failures) },
	{ .column = "address_failed_at",
	    .type = FIELD_TIME,
	    FIELD_AT(struct login, address_failed_at) },
};
static const struct field_table login_table = FIELD_TABLE(login_fields);

/* The row of the first migration is always there: an unknown login has one. */
static const struct statement find = {
	.text = "SELECT u.id AS user_id, u.session_epoch,"
		" u.password_hash, u.disabled_at IS NOT NULL"
		" AS is_disabled, f.failures, f.last_at,"
		" (SELECT CAST(SUM(a.failures) AS SIGNED)"
		" FROM login_failures a WHERE a.address = ? AND a.last_at > ?)"
		" AS address_failures,"
		" (SELECT MAX(a.last_at) FROM login_failures a"
		" WHERE a.address = ? AND a.last_at > ?) AS address_failed_at"
		" FROM schema_migrations s"
		" LEFT JOIN users u ON u.email_key = ?"
		" LEFT JOIN login_failures f ON f.login_digest = ?"
		" AND f.address = ? AND f.last_at > ? WHERE s.version = 1",
	.values = 8,
	.tables = { &login_table },
};

/* What is too old to count must not count again with the next failure. */
static const struct statement failed = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (?, ?, 1, ?)"
		" ON DUPLICATE KEY UPDATE"
		" failures = IF(last_at > ?, failures + 1, 1),"
		" last_at = VALUES(last_at)",
	.values = 4,
};

static const struct statement succeeded = {
	.text = "DELETE FROM login_failures WHERE login_digest = ?"
		" AND address = ?",
	.values = 2,
};

static const struct statement purge = {
	.bounded = "the table is capped",
	.text = "DELETE FROM login_failures WHERE last_at < ? LIMIT 100",
	.values = 1,
};

static const struct statement count = {
	.bounded = "the table is capped",
	.text = "SELECT COUNT(*) AS value FROM login_failures",
	.tables = { &statement_number_table },
};

static const struct statement trim = {
	.bounded = "the table is capped",
	.text = "DELETE FROM login_failures ORDER BY last_at LIMIT 100",
};

const struct statement *const login_statements[] = { &find, &failed, &succeeded,
	&purge, &count, &trim, NULL };

/* The table must not hold what people type into a login field by mistake. */
static void digest(const char *key, unsigned char out[CRYPTO_SHA256_SIZE])
{
	crypto_sha256(key, strlen(key), out);
}

enum err login_find(
    struct store *st, const char *key, const char *address, struct login *out)
{
	unsigned char sum[CRYPTO_SHA256_SIZE];
	struct db_value from = db_bytes(address, strlen(address));
	struct db_value since = db_time(st->now - (int64_t)WAIT_MAX * 1000);
	struct db_value values[8] = { from, since, from, since };
	bool found;

	digest(key, sum);
	values[4] = db_bytes(key, strlen(key));
	values[5] = db_bytes(sum, sizeof(sum));
	values[6] = from;
	values[7] = since;
	return store_find(st, &find, values, out, &found);
}

/* Seconds that are left of so many, which a clock's step makes no more. */
static int seconds_left(int64_t seconds, int64_t since, int64_t now)
{
	int64_t left = seconds - (now - since) / 1000;

	return left > seconds ? (int)seconds : left > 0 ? (int)left : 0;
}

int login_wait(const struct login *login, int64_t now)
{
	int64_t over = login->failures - FREE_FAILURES;

	if (login->failures > 0 && login->address_failures >= GUESSES_MANY)
		return seconds_left(WAIT_MAX, login->failed_at, now);
	if (over < 0)
		return 0;
	return seconds_left(
	    over > 8 ? WAIT_MAX : INT64_C(2) << over, login->failed_at, now);
}

bool login_is_guessing(const struct login *login)
{
	return login->address_failures >= GUESSES_FEW;
}

bool login_pauses(const struct login *login, int64_t now)
{
	int64_t since = now - login->address_failed_at;

	return login->address_failures >= GUESSES_MANY && since >= 0 &&
	    since < PAUSE;
}

enum err login_failed(struct store *st, const char *key, const char *address)
{
	unsigned char sum[CRYPTO_SHA256_SIZE];
	struct db_value values[4];
	struct db_value old = db_time(st->now - (int64_t)WAIT_MAX * 1000);
	int64_t rows;
	enum err err;

	digest(key, sum);
	values[0] = db_bytes(sum, sizeof(sum));
	values[1] = db_bytes(address, strlen(address));
	values[2] = db_time(st->now);
	values[3] = old;
	if ((err = store_run(st, &failed, values, NULL)) ||
	    (err = store_run(st, &purge, &old, NULL)) ||
	    (err = store_number(st, &count, NULL, &rows)))
		return err;
	return rows > ROWS_MAX ? store_run(st, &trim, NULL, NULL) : ERR_NONE;
}

enum err login_succeeded(struct store *st, const char *key, const char *address)
{
	unsigned char sum[CRYPTO_SHA256_SIZE];
	struct db_value values[2];

	digest(key, sum);
	values[0] = db_bytes(sum, sizeof(sum));
	values[1] = db_bytes(address, strlen(address));
	return store_run(st, &succeeded, values, NULL);
}
