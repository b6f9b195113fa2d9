#include <errmsg.h>
#include <mysqld_error.h>

#include "edge/db_move.h"

/*
 * A node that loses its majority may call a COMMIT a conflict that the others
 * carry out.  So where its connection is lost next, nobody knows.
 */
static bool is_doubtful(const struct db *db)
{
	return db->was_beaten && db->connection == NULL;
}

enum err db_begin(struct db *db)
{
	struct db_move move = { .is_repeatable = true };
	enum err err;

	if (db_is_late(db))
		return ERR_BUSY;
	do {
		if (is_doubtful(db))
			return ERR_OUTCOME_UNKNOWN;
		if ((err = db_move_begin(db, &move)))
			return err;
		err = db_command(db, "START TRANSACTION");
	} while (err && db_moves(db, err, &move));
	db->in_transaction = err == ERR_NONE;
	return err;
}

/*
 * A failure of what contains a COMMIT.  Only a lock that was waited for in
 * vain, a deadlock, and a server that does not run statements tell for sure
 * that nothing was committed.
 */
static enum err judge_commit(struct db *db, enum err err)
{
	if (err == ERR_CONFLICT)
		db->was_beaten = true;
	if (err == ERR_BUSY && db->last_errno != ER_LOCK_WAIT_TIMEOUT)
		return ERR_OUTCOME_UNKNOWN;
	if ((err == ERR_LOST || err == ERR_INTERNAL) &&
	    db->connection == NULL && !db_is_host_error(db->last_errno))
		return ERR_OUTCOME_UNKNOWN;
	return err;
}

enum err db_commit(struct db *db)
{
	enum err err;

	if (db->connection == NULL)
		return ERR_LOST;
	db->query_count++;
	err = db_command(db, "COMMIT");
	if (err)
		err = judge_commit(db, err);
	/* one that was refused is still to be rolled back */
	db->in_transaction = err != ERR_NONE;
	return err;
}

void db_rollback(struct db *db)
{
	if (db->open != NULL)
		db_finish(db);
	if (db->connection != NULL && db->in_transaction) {
		db->query_count++;
		/* a connection that cannot roll back is not used again */
		if (db_command(db, "ROLLBACK"))
			db_disconnect(db);
	}
	db->in_transaction = false;
}

/* The results of a CALL; its status is the last, and may be an error. */
static enum err read_to_end(struct db *db, MYSQL_STMT *statement)
{
	int status;

	while ((status = mysql_stmt_next_result(statement)) == 0)
		continue;
	return status > 0 ? db_fail_statement(db, statement) : ERR_NONE;
}

enum err db_call(struct db *db, const struct db_query *query)
{
	MYSQL_STMT *statement;
	enum err err;

	if (db_is_late(db))
		return ERR_BUSY;
	if ((err = db_ready(db)))
		return err;
	db->in_transaction = true;
	db->query_count++;
	err = db_execute_once(db, query, &statement);
	if (!err)
		err = read_to_end(db, statement);
	if (err) {
		/* a request that was never sent did nothing */
		if (db->last_errno != CR_SERVER_GONE_ERROR)
			err = judge_commit(db, err);
		db_rollback(db);
		return err;
	}
	db->in_transaction = false;
	return ERR_NONE;
}

enum err db_call_within(struct db *db, const struct db_query *query)
{
	MYSQL_STMT *statement;
	enum err err;

	if (db_is_late(db))
		return ERR_BUSY;
	if ((err = db_ready(db)))
		return err;
	db->query_count++;
	err = db_execute_once(db, query, &statement);
	return err ? err : read_to_end(db, statement);
}
