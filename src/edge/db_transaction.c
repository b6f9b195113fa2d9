#include <errmsg.h>
#include <mysqld_error.h>

#include "edge/db_move.h"
#include "edge/db_together.h"

/*
 * A node that loses its majority may call a COMMIT a conflict that the others
 * carry out.  So where its connection is lost next, nobody knows.
 */
bool db_is_doubtful(const struct db *db)
{
	return db->was_beaten && db->connection == NULL;
}

enum err db_begin(struct db *db)
{
	struct db_move move = { .is_repeatable = true };
	enum err err;

	db->begins = false;
	if (db_is_late(db))
		return ERR_BUSY;
	do {
		if (db_is_doubtful(db))
			return ERR_OUTCOME_UNKNOWN;
		if ((err = db_move_begin(db, &move)))
			return err;
		err = db_command(db, "START TRANSACTION");
	} while (err && db_moves(db, err, &move));
	db->in_transaction = err == ERR_NONE;
	return err;
}

enum err db_begin_later(struct db *db)
{
	if (db_is_late(db))
		return ERR_BUSY;
	db->begins = true;
	return ERR_NONE;
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

	/* nothing was done in it */
	if (db->begins) {
		db->begins = false;
		return ERR_NONE;
	}
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
	db->begins = false;
}
