#include "store/cut.h"

#include <string.h>

#include "store/columns.h"

#define BY_TOOL "asked by the tool only"

#define AT_TEXT MICROSECONDS("e.chain_at")
static const struct statement find = {
	.bounded = BY_TOOL,
	.text = "SELECT e.chain_id AS id, e.seq, " AT_TEXT " AS at,"
		" LOWER(HEX(e.hash)) AS hash, FALSE AS is_old"
		" FROM audit_events e FORCE INDEX (audit_events_chain)"
		" LEFT JOIN audit_beginnings b ON b.chain_id = e.chain_id"
		" WHERE e.chain_id = ? AND e.seq < ? AND e.chain_at < ?"
		" AND e.seq > COALESCE(b.seq, 0)"
		" ORDER BY e.chain_id DESC, e.seq DESC LIMIT 1",
	.values = 3,
	.tables = { &chain_head_table },
};

static const struct statement begin = {
	.text = "REPLACE INTO audit_beginnings (chain_id, seq, at, hash, head)"
		" SELECT chain_id, seq, chain_at, hash, ? FROM audit_events"
		" WHERE chain_id = ? AND seq = ?",
	.values = 3,
};

static const struct statement some = {
	.bounded = "1,000 rows of a chain, in its order",
	.text = "DELETE FROM audit_events WHERE chain_id = ?"
		" AND seq <= (SELECT b.seq FROM audit_beginnings b"
		" WHERE b.chain_id = ?) ORDER BY chain_id, seq LIMIT 1000",
	.values = 2,
};

/* Rows of before the chain are older than its first one. */
static const struct statement some_before = {
	.bounded = "1,000 rows of one organization",
	.text = "DELETE FROM audit_events WHERE organization_id = ?"
		" AND chain_id IS NULL AND EXISTS (SELECT 1"
		" FROM audit_beginnings b WHERE b.chain_id = ?) LIMIT 1000",
	.values = 2,
};

const struct statement *const cut_statements[] = { &find, &begin, &some,
	&some_before, NULL };

enum err cut_find(
    struct store *st, const char *id, int64_t before, struct chain_head *last)
{
	struct chain_head newest;
	struct db_value values[3] = { db_text(id), db_integer(0),
		db_time(before) };
	bool found;
	enum err err = chain_find(st, id, &newest, &found);

	memset(last, 0, sizeof(*last));
	if (err || !found)
		return err;
	values[1] = db_integer(newest.seq);
	return store_find(st, &find, values, last, &found);
}

enum err cut_begin(
    struct store *st, const struct chain_head *last, const char *token)
{
	const struct db_value values[] = { db_text(token), db_text(last->id),
		db_integer(last->seq) };
	uint64_t affected = 0;
	enum err err = store_run_alone(st, &begin, values, &affected);

	return !err && affected == 0 ? ERR_INTERNAL : err;
}

enum err cut_slice(struct store *st, const char *id, uint64_t *count)
{
	const struct db_value values[] = { db_text(id), db_text(id) };
	enum err err = store_run_alone(st, &some, values, count);

	return err || *count > 0
	    ? err
	    : store_run_alone(st, &some_before, values, count);
}
