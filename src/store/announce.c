#include "store/announce.h"

#include <time.h>

#include "edge/db_guard.h"
#include "store/step.h"

/* Only a migration runs these, so they are no part of the sets. */

static const char withdraw[] =
    "DELETE FROM schema_migrations WHERE version = 0";

/* A statement that began before its worker knew may have to end, too. */
enum { AIR = 500 /* ms */ };

/* What the migrations behind this schema need of a program. */
static int needed_behind(int version)
{
	int oldest = 0;

	for (size_t i = 0; i < schema_file_count; i++) {
		const struct schema_file *file = &schema_files[i];

		if (file->version > version && file->oldest > oldest)
			oldest = file->oldest;
	}
	return oldest;
}

/* The row of a run that was cut off stays, unless this one needs more. */
static enum err enter(struct store *st, int oldest)
{
	const struct db_value value = db_integer(oldest);
	const struct db_query insert = {
		.text = "INSERT INTO schema_migrations (version, name,"
			" applied_at, oldest_program)"
			" VALUES (0, 'migrate', UTC_TIMESTAMP(3), ?)"
			" ON DUPLICATE KEY UPDATE applied_at ="
			" IF(oldest_program < VALUES(oldest_program),"
			" VALUES(applied_at), applied_at), oldest_program ="
			" GREATEST(oldest_program, VALUES(oldest_program))",
		.values = &value,
		.value_count = 1,
	};

	return db_run(st->db, &insert, NULL);
}

/* Milliseconds until every worker has asked. */
static enum err find_wait(struct store *st, int64_t *wait)
{
	const struct db_query query = {
		.text = "SELECT TIMESTAMPDIFF(MICROSECOND, applied_at,"
			" UTC_TIMESTAMP(3)) DIV 1000 AS value"
			" FROM schema_migrations WHERE version = 0",
	};
	const int64_t all = DB_GUARD_SECONDS * 1000 + AIR;
	int64_t passed = 0;
	enum err err = step_number(st, &query, &passed);

	/* a clock that was ahead when the row was entered tells nothing */
	if (passed < 0)
		passed = 0;
	*wait = passed < all ? all - passed : 0;
	return err;
}

enum err announce_begin(struct store *st, const struct schema_state *state)
{
	int oldest = needed_behind(state->version);
	struct timespec pause;
	int64_t wait;
	enum err err;

	/* nobody serves a database that is empty */
	if (state->version == 0 || oldest <= state->version)
		return ERR_NONE;
	if ((err = enter(st, oldest)) || (err = find_wait(st, &wait)))
		return err;
	pause.tv_sec = (time_t)(wait / 1000);
	pause.tv_nsec = (long)(wait % 1000) * 1000000L;
	(void)nanosleep(&pause, NULL);
	return ERR_NONE;
}

enum err announce_end(struct store *st)
{
	return db_script(st->db, withdraw, sizeof(withdraw) - 1);
}
