#include <errmsg.h>
#include <mysqld_error.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/db_move.h"
#include "edge/db_watch.h"

enum {
	ROUNDS = 8, /* through all hosts of a cluster that has no majority */
	ROUND_PAUSE = 100000000 /* ns */
};

/*
 * A cluster that finds out which nodes are left has no majority for a moment:
 * all its nodes say so, and it is worth asking again.  Of what else a host
 * says, once is enough.
 */
static bool has_another_host(const struct db *db, struct db_move *move)
{
	const struct timespec pause = { 0, ROUND_PAUSE };
	unsigned count = (unsigned)db->settings->hosts.count;

	move->hosts++;
	if (db->last_errno != ER_UNKNOWN_COM_ERROR)
		return move->hosts < count;
	if (move->hosts % count == 0)
		(void)nanosleep(&pause, NULL);
	return move->hosts < count * ROUNDS;
}

/*
 * One that was cut off is repeated only where that can do no harm, and once,
 * since it may be what the server died of; with one host, only after an idle
 * time.  The cut that db_read_end() makes does not count.
 */
static bool is_worth_repeating(const struct db *db, struct db_move *move)
{
	if (!move->is_repeatable)
		return false;
	if (db->is_hurried && !move->was_hurried)
		return true;
	return move->cuts++ == 0 &&
	    (move->was_idle || db->settings->hosts.count > 1);
}

bool db_moves(struct db *db, enum err err, struct db_move *move)
{
	if (err != ERR_UNAVAILABLE || db->connection != NULL)
		return false;
	if (db_is_host_error(db->last_errno) ? !has_another_host(db, move)
					     : !is_worth_repeating(db, move))
		return false;
	if (db_is_late(db))
		return false;
	log_write(LEVEL_INFO, "database: connecting again");
	return true;
}

bool db_read_begin(struct db *db)
{
	const struct db_settings *settings = db->settings;

	if (settings->hosts.count == 1 || settings->read_wait == 0 ||
	    db->is_hurried)
		return false;
	db_watch_begin((int)db->connection->net.fd, settings->read_wait);
	return true;
}

/*
 * A node that has lost sight of the others, and does not know yet what is left
 * of the cluster, answers at once that the wait was too long.
 */
enum err db_read_end(struct db *db, enum err err)
{
	bool is_refused = err == ERR_BUSY &&
	    db->last_errno == ER_LOCK_WAIT_TIMEOUT;

	if (!db_watch_end() && !is_refused)
		return err;
	log_write(LEVEL_WARN, "database: host %zu keeps a read waiting",
	    db->host + 1);
	db_health_failed(&db->health, db->host, clock_tick());
	db->is_hurried = true;
	if (err && !is_refused)
		return err;
	return db_fail(db, CR_SERVER_LOST, "given up");
}

enum err db_move_begin(struct db *db, struct db_move *move)
{
	enum err err;

	db->query_count++;
	if ((err = db_ready(db)))
		return err;
	move->was_idle = !db->is_fresh;
	move->was_hurried = db->is_hurried;
	return ERR_NONE;
}
