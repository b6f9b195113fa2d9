#include "edge/db_together.h"

#include "edge/db_move.h"

/*
 * MariaDB's library can send a statement and leave its answer to be read later;
 * MySQL's cannot, and waits for each.  The constant is one of an enum: the
 * macro beside it tells of that library.
 */
#ifdef MARIADB_PACKAGE_VERSION_ID
#define CAN_SEND_AHEAD 1
#else
#define CAN_SEND_AHEAD 0
#endif

static const char begin[] = "START TRANSACTION";

struct batch {
	struct db_change *changes;
	MYSQL_STMT *statements[DB_TOGETHER_MAX];
	size_t count, sent;
};

/* All, before the first is sent: ROW_COUNT() tells of the one before. */
static enum err prepare_all(struct db *db, struct batch *batch)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < batch->count && !err; i++)
		err = db_prepare(
		    db, &batch->changes[i].query, &batch->statements[i]);
	return err;
}

#if CAN_SEND_AHEAD

static void leave_answers(struct db *db, bool leave)
{
	const db_flag flag = leave;

	(void)mysql_options(
	    db->connection, MARIADB_OPT_SKIP_READ_RESPONSE, &flag);
}

static enum err send_all(struct db *db, struct batch *batch)
{
	enum err err = ERR_NONE;

	leave_answers(db, true);
	if (db->begins &&
	    mysql_send_query(db->connection, begin, sizeof(begin) - 1))
		err = db_fail_connection(db);
	for (; batch->sent < batch->count && !err; batch->sent++)
		err = db_execute_prepared(db,
		    &batch->changes[batch->sent].query,
		    batch->statements[batch->sent]);
	if (db->connection != NULL)
		leave_answers(db, false);
	return err;
}

/* Where it is refused, nobody reads what was answered behind it. */
static enum err read_begin(struct db *db)
{
	enum err err;

	if (!mysql_read_query_result(db->connection)) {
		db->begins = false;
		db->in_transaction = true;
		return ERR_NONE;
	}
	err = db_fail_connection(db);
	db_disconnect(db);
	return err;
}

/* One that does not come ends the connection, whatever failed before it. */
static enum err read_answers(struct db *db, struct batch *batch)
{
	struct db_change *failed = NULL;

	for (size_t i = 0; i < batch->sent; i++) {
		struct db_change *change = &batch->changes[i];
		bool is_ok = !mysql_read_query_result(db->connection);

		if (is_ok && failed == NULL)
			change->affected = mysql_affected_rows(db->connection);
		if (is_ok)
			continue;
		if (failed == NULL)
			failed = change;
		else if (!db_ends_connection(mysql_errno(db->connection)))
			continue;
		failed->err = db_fail_connection(db);
		if (db->connection == NULL)
			break;
	}
	return failed != NULL ? failed->err : ERR_NONE;
}

static enum err run_all(struct db *db, struct batch *batch)
{
	enum err err;

	batch->sent = 0;
	if ((err = send_all(db, batch)) ||
	    (db->begins && (err = read_begin(db))))
		return err;
	return read_answers(db, batch);
}

#else

static enum err run_all(struct db *db, struct batch *batch)
{
	enum err err = ERR_NONE;

	if (db->begins && !(err = db_command(db, begin))) {
		db->begins = false;
		db->in_transaction = true;
		db->query_count++;
	}
	for (size_t i = 0; i < batch->count && !err; i++) {
		struct db_change *change = &batch->changes[i];

		err = db_execute_prepared(
		    db, &change->query, batch->statements[i]);
		if (!err)
			change->affected = mysql_stmt_affected_rows(
			    batch->statements[i]);
		change->err = err;
	}
	return err;
}

#endif

/* As db_begin() does: until it has begun, another connection may do. */
static enum err begin_and_run(struct db *db, struct batch *batch)
{
	struct db_move move = { .is_repeatable = true };
	enum err err;

	do {
		if (db_is_doubtful(db))
			return ERR_OUTCOME_UNKNOWN;
		if ((err = db_move_begin(db, &move)))
			return err;
		if (!(err = prepare_all(db, batch)))
			err = run_all(db, batch);
	} while (err && db->begins && db_moves(db, err, &move));
	return err;
}

enum err db_run_together(struct db *db, struct db_change *changes, size_t count)
{
	struct batch batch = { .changes = changes, .count = count };
	enum err err;

	for (size_t i = 0; i < count; i++) {
		changes[i].affected = 0;
		changes[i].err = ERR_NONE;
	}
	if (count > DB_TOGETHER_MAX)
		return ERR_INTERNAL;
	if (db_is_late(db))
		return ERR_BUSY;
	if (db->begins)
		return begin_and_run(db, &batch);
	db->query_count++;
	if ((err = db_ready(db)) || (err = prepare_all(db, &batch)))
		return err;
	return run_all(db, &batch);
}
