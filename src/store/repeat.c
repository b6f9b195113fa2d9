#include "store/repeat.h"

#include <string.h>

#include "edge/seal.h"

struct stored {
	bool found;
	unsigned char fingerprint[CRYPTO_SHA256_SIZE];
	int64_t status;
	char id[ULID_SIZE], beside_id[ULID_SIZE];
	char sealed[SEAL_SIZE];
	int64_t kept; /* answers for the user, up to the most */
};

#define STORED(type_, member_, column_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct stored, member_) \
	}

static const struct field stored_fields[] = {
	STORED(FIELD_BOOL, found, "found"),
	STORED(FIELD_BYTES, fingerprint, "fingerprint"),
	STORED(FIELD_INTEGER, status, "status"),
	STORED(FIELD_TEXT, id, "resource_id"),
	STORED(FIELD_TEXT, beside_id, "beside_id"),
	STORED(FIELD_TEXT, sealed, "sealed"),
	STORED(FIELD_INTEGER, kept, "kept"),
};
static const struct field_table stored_table = FIELD_TABLE(stored_fields);

static const struct statement insert = {
	.text = "INSERT INTO idempotency_keys (digest, fingerprint, user_id,"
		" created_at) VALUES (?, ?, ?, ?)",
	.values = 4,
};

static const struct statement expire = {
	.text = "DELETE FROM idempotency_keys WHERE digest = ?"
		" AND created_at < ?",
	.values = 2,
};

static const struct statement record = {
	.text = "UPDATE idempotency_keys SET status = ?, resource_id = ?,"
		" beside_id = ?, sealed = ? WHERE digest = ?",
	.values = 5,
};

/* How many are kept is counted without a lock: a few more do no harm. */
static const struct statement find = {
	.bounded = "the rows of one user, as many as may be kept",
	.text = "SELECT k.digest IS NOT NULL AS found, k.fingerprint,"
		" k.status, k.resource_id, k.beside_id, k.sealed,"
		" (SELECT COUNT(*) FROM (SELECT 1 FROM idempotency_keys c"
		" WHERE c.user_id = ? AND c.created_at >= ? LIMIT ?) m)"
		" AS kept FROM (SELECT 1) d LEFT JOIN idempotency_keys k"
		" ON k.digest = ? AND k.created_at >= ?",
	.values = 5,
	.tables = { &stored_table },
};

static const struct statement purge = {
	.bounded = "100 rows of the index, in its order",
	.text = "DELETE FROM idempotency_keys WHERE created_at < ?"
		" ORDER BY created_at LIMIT 100",
	.values = 1,
};

const struct statement *const repeat_statements[] = { &insert, &expire, &record,
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
	struct db_value values[5] = { db_text(repeat->owner_id), oldest(st),
		db_integer(repeat->most), digest_of(repeat), oldest(st) };
	struct stored *row = arena_alloc(st->mem, sizeof(*row));
	struct repeat_answer *kept = arena_alloc(st->mem, sizeof(*kept));
	bool found;
	enum err err = store_find(st, &find, values, row, &found);

	*out = NULL;
	if (err)
		return err;
	if (!row->found)
		return repeat->most > 0 && row->kept >= repeat->most
		    ? ERR_TOO_MANY_KEYS
		    : ERR_NONE;
	if (!crypto_equal(row->fingerprint, repeat->fingerprint,
		sizeof(row->fingerprint)))
		return ERR_KEY_REUSED;
	*kept = (struct repeat_answer){ row->status, row->id, row->beside_id,
		row->sealed };
	*out = kept;
	return ERR_NONE;
}

static enum err enter(struct store *st)
{
	const struct repeat *repeat = st->repeat;
	struct db_value values[4] = { digest_of(repeat),
		db_bytes(repeat->fingerprint, sizeof(repeat->fingerprint)),
		db_text(repeat->owner_id), db_time(st->now) };
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
	struct repeat_answer told = repeat->promised;
	struct db_value values[5];
	enum err err;

	if (repeat->tell != NULL &&
	    (err = repeat->tell(repeat->context, &told)))
		return err;
	if (told.status == 0)
		return ERR_INTERNAL;
	values[0] = db_integer(told.status);
	values[1] = db_text(told.id);
	values[2] = db_text(told.beside_id);
	values[3] = db_text(told.sealed);
	values[4] = digest_of(repeat);
	return store_run(st, &record, values, NULL);
}

void repeat_promise(struct store *st, struct repeat_answer promised)
{
	if (st->repeat != NULL)
		st->repeat->promised = promised;
}

enum err repeat_purge(struct store *st)
{
	struct db_value old = oldest(st);

	return store_run(st, &purge, &old, NULL);
}
