#include "store/repeat.h"

#include <string.h>

struct stored {
	unsigned char fingerprint[CRYPTO_SHA256_SIZE];
	int64_t status;
	char location[REPEAT_LOCATION_SIZE];
	char body[REPEAT_BODY_SIZE + 1];
};
static const struct field stored_fields[] = {
	{ .column = "fingerprint",
	    .type = FIELD_BYTES,
	    FIELD_AT(struct stored, fingerprint) },
	{ .column = "status",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct stored, status) },
	{ .column = "location",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct stored, location) },
	{ .column = "body", .type = FIELD_TEXT, FIELD_AT(struct stored, body) },
};
static const struct field_table stored_table = FIELD_TABLE(stored_fields);

static const struct statement insert = {
	.text = "INSERT INTO idempotency_keys (digest, fingerprint, created_at)"
		" VALUES (?, ?, ?)",
	.values = 3,
};

static const struct statement expire = {
	.text = "DELETE FROM idempotency_keys WHERE digest = ?"
		" AND created_at < ?",
	.values = 2,
};

static const struct statement answer = {
	.text = "UPDATE idempotency_keys SET status = ?, location = ?, body = ?"
		" WHERE digest = ?",
	.values = 4,
};

static const struct statement find = {
	.text = "SELECT fingerprint, status, location, body"
		" FROM idempotency_keys WHERE digest = ? AND created_at >= ?",
	.values = 2,
	.tables = { &stored_table },
};

static const struct statement purge = {
	.bounded = "100 rows of the index, in its order",
	.text = "DELETE FROM idempotency_keys WHERE created_at < ?"
		" ORDER BY created_at LIMIT 100",
	.values = 1,
};

const struct statement *const repeat_statements[] = { &insert, &expire, &answer,
	&find, &purge, NULL };

static struct db_value digest_of(const struct repeat *repeat)
{
	return db_bytes(repeat->digest, sizeof(repeat->digest));
}

/* What was entered before is too old. */
static struct db_value oldest(const struct store *st)
{
	return db_time(st->now - (int64_t)REPEAT_HOURS * 60 * 60 * 1000);
}

enum err repeat_find(struct store *st, const struct repeat *repeat,
    const struct repeat_answer **out)
{
	struct db_value values[2] = { digest_of(repeat), oldest(st) };
	struct stored *row = arena_alloc(st->mem, sizeof(*row));
	struct repeat_answer *kept = arena_alloc(st->mem, sizeof(*kept));
	bool found;
	enum err err = store_find(st, &find, values, row, &found);

	*out = NULL;
	if (err || !found)
		return err;
	if (!crypto_equal(row->fingerprint, repeat->fingerprint,
		sizeof(row->fingerprint)))
		return ERR_KEY_REUSED;
	kept->status = row->status;
	kept->location = row->location;
	kept->body = row->body;
	kept->body_length = strlen(row->body);
	*out = kept;
	return ERR_NONE;
}

static enum err enter(struct store *st)
{
	const struct repeat *repeat = st->repeat;
	struct db_value values[3] = { digest_of(repeat),
		db_bytes(repeat->fingerprint, sizeof(repeat->fingerprint)),
		db_time(st->now) };
	struct db_value old[2] = { values[0], oldest(st) };
	uint64_t removed;
	enum err err = store_run(st, &insert, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	if ((err = store_run(st, &expire, old, &removed)))
		return err;
	return removed == 0 ? ERR_REPEATED
			    : store_run(st, &insert, values, NULL);
}

enum err repeat_enter(struct store *st)
{
	enum err err = db_wait_for_locks(st->db, REPEAT_WAIT_SECONDS);
	enum err again;

	if (err)
		return err;
	err = enter(st);
	again = db_wait_for_locks(st->db, 0);
	if (err == ERR_BUSY)
		return ERR_KEY_IN_USE;
	return err ? err : again;
}

enum err repeat_record(struct store *st)
{
	const struct repeat *repeat = st->repeat;
	struct repeat_answer told = { 0 };
	struct db_value values[4];
	enum err err;

	if (repeat->tell == NULL)
		return ERR_INTERNAL;
	if ((err = repeat->tell(repeat->context, &told)))
		return err;
	values[0] = db_integer(told.status);
	values[1] = db_text(told.location);
	values[2] = told.body_length > 0 ? db_bytes(told.body, told.body_length)
					 : db_text(NULL);
	values[3] = digest_of(repeat);
	return store_run(st, &answer, values, NULL);
}

enum err repeat_purge(struct store *st)
{
	struct db_value old = oldest(st);

	return store_run(st, &purge, &old, NULL);
}
