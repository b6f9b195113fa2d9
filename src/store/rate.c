#include "store/rate.h"

#include <string.h>

enum { TRIES = 3 }; /* of two that begin a minute at once, and of conflicts */

static const struct field fields[] = {
	{ .column = "requests",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct rate, requests) },
	{ .column = "seconds",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct rate, seconds) },
};
static const struct field_table table = FIELD_TABLE(fields);

/* Or it begins in the future, since a clock was set back. */
#define IS_PAST \
	"(began_at <= UTC_TIMESTAMP(3) - INTERVAL ? SECOND" \
	" OR began_at > UTC_TIMESTAMP(3) + INTERVAL ? SECOND)"

/*
 * An UPDATE of one table assigns from left to right: `requests` sees the old
 * time.  No row is changed if there is none, or if it has as many as may be.
 */
static const struct statement count = {
	.text = "UPDATE rates SET requests = IF(" IS_PAST ", 1, requests + 1),"
		" began_at = IF(" IS_PAST ", UTC_TIMESTAMP(3), began_at)"
		" WHERE route = ? AND address = ?"
		" AND (requests < ? OR " IS_PAST ")",
	.values = 9,
};

static const struct statement begin = {
	.text = "INSERT INTO rates (route, address, requests, began_at)"
		" VALUES (?, ?, 1, UTC_TIMESTAMP(3))",
	.values = 2,
};

static const struct statement find = {
	.text = "SELECT requests, GREATEST(1, LEAST(?, ? -"
		" TIMESTAMPDIFF(SECOND, began_at, UTC_TIMESTAMP(3))))"
		" AS seconds FROM rates WHERE route = ? AND address = ?",
	.values = 4,
	.tables = { &table },
};

/* Of two routes the hour is counted, of the others the minute. */
static const struct statement purge = {
	.bounded = "100 rows, by the index of their time",
	.text = "DELETE FROM rates"
		" WHERE began_at <= UTC_TIMESTAMP(3) - INTERVAL 60 SECOND"
		" AND (route NOT IN ('" RATE_RESETS "',"
		" '" RATE_ORGANIZATIONS "') OR began_at <="
		" UTC_TIMESTAMP(3) - INTERVAL 3600 SECOND)"
		" ORDER BY began_at LIMIT 100",
};

const struct statement *const rate_statements[] = { &count, &begin, &find,
	&purge, NULL };

enum err rate_purge(struct store *st)
{
	return store_run_alone(st, &purge, NULL, NULL);
}

/* The first of its time, for which others have to make room. */
static enum err begin_anew(
    struct store *st, const struct rate_ask *ask, struct rate *out)
{
	const struct db_value values[] = { db_text(ask->route),
		db_bytes(ask->address, strlen(ask->address)) };
	enum err err = store_run(st, &begin, values, NULL);

	if (err)
		return err == ERR_DUPLICATE ? ERR_CONFLICT : err;
	*out = (struct rate){ 1, ask->window, false };
	/* what is not removed now is removed with the next one */
	(void)rate_purge(st);
	return ERR_NONE;
}

static enum err count_once(
    struct store *st, const struct rate_ask *ask, struct rate *out)
{
	const struct db_value window = db_integer(ask->window);
	const struct db_value route = db_text(ask->route);
	const struct db_value address = db_bytes(
	    ask->address, strlen(ask->address));
	const struct db_value counted[] = { window, window, window, window,
		route, address, db_integer(ask->most), window, window };
	const struct db_value asked[] = { window, window, route, address };
	uint64_t affected = 0;
	bool found = false;
	enum err err;

	if ((err = store_run(st, &count, counted, &affected)) ||
	    (err = store_find(st, &find, asked, out, &found)))
		return err;
	if (!found)
		return begin_anew(st, ask, out);
	out->is_over = affected == 0;
	return ERR_NONE;
}

enum err rate_count(
    struct store *st, const struct rate_ask *ask, struct rate *out)
{
	enum err err = ERR_CONFLICT;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++)
		err = count_once(st, ask, out);
	return err == ERR_CONFLICT ? ERR_BUSY : err;
}
