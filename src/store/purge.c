#include "store/purge.h"

#include <string.h>

#include "base/clock.h"
#include "store/deleted.h"
#include "store/ended.h"
#include "store/lock.h"

enum {
	SLICE = 100,      /* rows */
	PAUSE = 10000000, /* us between two looks of a process */
	ENDED_RATE = 16,  /* one look in so many is for what has ended */
};

/* --- statements ----------------------------------------------------------- */

struct row {
	char id[ULID_SIZE];
};
static const struct field row_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct row, id) },
};
static const struct field_table row_table = FIELD_TABLE(row_fields);

static const struct statement find = {
	.bounded = "the first row of the index, in its order",
	.text = "SELECT id FROM organizations FORCE INDEX (organizations_purge)"
		" WHERE purge_after <= ? ORDER BY purge_after, id LIMIT 1",
	.values = 1,
	.tables = { &row_table },
};

static const struct statement find_deleted = {
	.bounded = "asked by the tool only",
	.text = "SELECT id FROM organizations"
		" WHERE deleted_at IS NOT NULL AND id > ? ORDER BY id LIMIT 1",
	.values = 1,
	.tables = { &row_table },
};

static const struct statement lock = {
	.text = LOCK_ORGANIZATION
	" WHERE id = ? AND deleted_at IS NOT NULL"
	" AND (? OR is_restorable IS NULL OR purge_after <= ?)",
	.values = 3,
};

/* As many as its slice has room for. */
#define SOME_OF(table_, order_) \
	{ \
		.bounded = "100 rows of one organization", \
		.text = "DELETE FROM " table_ \
			" WHERE organization_id = ?" order_ " LIMIT ?", \
		.values = 2, \
	}

/* What refers to others goes first: nothing goes along by a foreign key. */
static const struct statement some[] = {
	SOME_OF("outbox", ""),
	SOME_OF("invitation_projects", ""),
	SOME_OF("invitations", ""),
	SOME_OF("deleted_bindings", ""),
	SOME_OF("project_bindings", ""),
	SOME_OF("organization_bindings", ""),
	SOME_OF("api_keys", " ORDER BY generation DESC"),
	SOME_OF("licences", ""),
	SOME_OF("secret_keys", ""),
	SOME_OF("projects", ""),
	SOME_OF("security_events", ""),
};
enum { TABLES = sizeof(some) / sizeof(some[0]) };

/* The newest row of its trail stays known. */
static const struct statement keep_chain = {
	.text = "INSERT INTO audit_chains (id, audit_seq, audit_at,"
		" audit_hash) SELECT id, audit_seq, audit_at, audit_hash"
		" FROM organizations WHERE id = ? AND audit_seq > 0",
	.values = 1,
};

/* The id that a purge has left there; no other is an organization's. */
static const struct statement was_there = {
	.text = "SELECT 1 AS found FROM audit_chains"
		" WHERE id = ? AND audit_seq > 0"
		" AND id <> '00000000000000000000000000'",
	.values = 1,
	.tables = { &statement_found_table },
};

static const struct statement last = {
	.text = "DELETE FROM organizations WHERE id = ?",
	.values = 1,
};

const struct statement *const purge_statements[] = { &find, &find_deleted,
	&lock, &some[0], &some[1], &some[2], &some[3], &some[4], &some[5],
	&some[6], &some[7], &some[8], &some[9], &some[10], &keep_chain,
	&was_there, &last, NULL };

_Static_assert(TABLES == 11, "each is in the list");

/* --- slices --------------------------------------------------------------- */

static enum err find_by(struct store *st, const struct statement *statement,
    struct db_value value, char id[ULID_SIZE])
{
	struct row row = { "" };
	bool found = false;
	enum err err = store_find(st, statement, &value, &row, &found);

	memcpy(id, found ? row.id : "", found ? ULID_SIZE : 1);
	return err;
}

enum err purge_find(struct store *st, char id[ULID_SIZE])
{
	return find_by(st, &find, db_time(st->now), id);
}

enum err purge_find_deleted(
    struct store *st, const char *after, char id[ULID_SIZE])
{
	return find_by(
	    st, &find_deleted, db_text(*after != '\0' ? after : " "), id);
}

enum err purge_is_done(
    struct store *st, const char *organization_id, bool *is_done)
{
	const struct db_value id = db_text(organization_id);

	*is_done = false;
	/* the ASCII column refuses other text */
	return ulid_is_valid(organization_id)
	    ? store_exists(st, &was_there, &id, is_done)
	    : ERR_NONE;
}

struct slice {
	const char *organization_id;
	bool is_early, is_done;
};

/* `*count`: of the rows that went. */
static enum err remove_some(
    struct store *st, const struct db_value *id, uint64_t *count)
{
	enum err err = ERR_NONE;

	*count = 0;
	for (size_t i = 0; i < TABLES && *count < SLICE && !err; i++) {
		const struct db_value values[] = { *id,
			db_integer(SLICE - (int64_t)*count) };
		uint64_t affected = 0;

		err = store_run(st, &some[i], values, &affected);
		*count += affected;
	}
	return err;
}

static enum err slice_body(struct store *st, void *context)
{
	struct slice *slice = context;
	const struct db_value values[] = { db_text(slice->organization_id),
		db_integer(slice->is_early), db_time(st->now) };
	uint64_t count = 0;
	enum err err = store_run(st, &lock, values, &count);

	slice->is_done = count == 0;
	if (err || slice->is_done)
		return err ? err : ERR_UNCHANGED;
	err = deleted_free(st, slice->organization_id, NULL);
	if (err && err != ERR_UNCHANGED)
		return err;
	if ((err = remove_some(st, values, &count)) || count >= SLICE)
		return err;
	slice->is_done = true;
	if ((err = store_run(st, &keep_chain, values, NULL)))
		return err;
	return store_run(st, &last, values, NULL);
}

enum err purge_slice(
    struct store *st, const char *organization_id, bool is_early, bool *is_done)
{
	struct slice slice = { organization_id, is_early, false };
	enum err err = store_transact(st, slice_body, &slice);

	*is_done = slice.is_done;
	return err;
}

/* What fails is tried again later; nobody waits for it. */
void purge_after_write(struct store *st)
{
	int64_t tick = clock_tick();
	uint64_t ended = 0;
	char id[ULID_SIZE];
	bool is_done;

	if (tick < st->purge_from)
		return;
	st->purge_from = tick + PAUSE;
	if (st->now % ENDED_RATE == 0)
		(void)ended_slice(st, &ended);
	if (ended > 0 ||
	    (!purge_find(st, id) && id[0] != '\0' &&
		!purge_slice(st, id, false, &is_done)))
		st->purge_from = tick;
}
