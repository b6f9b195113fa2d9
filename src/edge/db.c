#include "edge/db_move.h"

#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "edge/db_together.h"
#include "edge/db_watch.h"

struct db *db_open(const struct db_settings *settings)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || mysql_library_init(0, NULL, NULL) != 0)
		abort();
	db->settings = settings;
	if (settings->hosts.count > 1 && settings->read_wait > 0)
		db_watch_init();
	db_begin_request(db);
	return db;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_disconnect(db);
	mysql_library_end();
	free(db);
}

void db_rest(struct db *db)
{
	db_disconnect(db);
}

void db_begin_request(struct db *db)
{
	db->started = clock_tick();
	db->query_count = 0;
	db->is_fresh = false;
	/* the next read is to wait for the cluster again */
	if (db->is_hurried)
		db_disconnect(db);
	db->is_hurried = false;
	db->was_beaten = false;
	if (db->ask_at != 0 && db->started > db->ask_at && !db_may_stay(db))
		db_disconnect(db);
}

unsigned db_query_count(const struct db *db)
{
	return db->query_count;
}

unsigned db_errno(const struct db *db)
{
	return db->last_errno;
}

const char *db_error(const struct db *db)
{
	return db->last_error;
}

/* After an error of the client library's own nobody knows what comes next. */
bool db_ends_connection(unsigned number)
{
	enum err err = db_classify(number);

	return err == ERR_LOST || err == ERR_UNAVAILABLE ||
	    (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR);
}

static void count(enum err err)
{
	switch (err) {
	case ERR_UNAVAILABLE:
		metric_error(METRIC_UNAVAILABLE);
		break;
	case ERR_LOST:
		metric_error(METRIC_LOST);
		break;
	case ERR_BUSY:
		metric_error(METRIC_BUSY);
		break;
	case ERR_CONFLICT:
		metric_error(METRIC_CONFLICT);
		break;
	case ERR_INTERNAL:
		metric_error(METRIC_UNEXPECTED);
		break;
	default: /* a part of the work: a key that is taken */
		break;
	}
}

enum err db_fail(struct db *db, unsigned number, const char *text)
{
	enum err err = db_classify(number);
	bool was_in_transaction = db->in_transaction;

	count(err);
	db->last_errno = number;
	snprintf(db->last_error, sizeof(db->last_error), "%s", text);
	if (!db->is_in_script &&
	    (err == ERR_INTERNAL || err == ERR_UNAVAILABLE))
		log_write(LEVEL_ERROR, "database: error %u: %s", number,
		    db->last_error);
	if (db_is_host_error(number)) {
		log_write(LEVEL_WARN, "database: host %zu: error %u: %s",
		    db->host + 1, number, db->last_error);
		db_health_failed(&db->health, db->host, clock_tick());
	}
	if (db_ends_connection(number))
		db_disconnect(db);
	db->open = NULL;
	if (err == ERR_LOST && !was_in_transaction)
		return ERR_UNAVAILABLE;
	return err;
}

enum err db_fail_connection(struct db *db)
{
	return db_fail(
	    db, mysql_errno(db->connection), mysql_error(db->connection));
}

/* An error among the rows is left with the connection by MariaDB's library. */
enum err db_fail_statement(struct db *db, MYSQL_STMT *statement)
{
	if (mysql_stmt_errno(statement) == 0)
		return db_fail_connection(db);
	return db_fail(
	    db, mysql_stmt_errno(statement), mysql_stmt_error(statement));
}

bool db_is_late(const struct db *db)
{
	int64_t half = (int64_t)db->settings->deadline * 1000000 / 2;

	return clock_tick() - db->started > half;
}

enum err db_ready(struct db *db)
{
	enum err err = ERR_NONE;

	if (db->open != NULL)
		db_finish(db);
	if (db->connection == NULL) {
		if (db->in_transaction)
			return ERR_LOST;
		err = db_is_late(db) ? ERR_UNAVAILABLE : db_connect(db);
	}
	return err ? err : db_ask_guard(db);
}

/* A read that another host may answer sooner. */
static enum err execute_read(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	bool is_watched = db_read_begin(db);
	enum err err = db_execute_once(db, query, out);

	return is_watched ? db_read_end(db, err) : err;
}

static enum err execute(struct db *db, const struct db_query *query,
    bool is_repeatable, MYSQL_STMT **out)
{
	struct db_move move = { .is_repeatable = is_repeatable };
	bool is_free;
	enum err err;

	/* what the guard asks is no part of it */
	if (db->begins && !db->is_guarding && (err = db_begin(db)))
		return err;
	is_free = !db->in_transaction;
	if (db_is_late(db))
		return ERR_BUSY;
	do {
		if ((err = db_move_begin(db, &move)))
			return err;
		err = is_repeatable && is_free
		    ? execute_read(db, query, out)
		    : db_execute_once(db, query, out);
	} while (err && is_free && db_moves(db, err, &move));
	return err;
}

enum err db_run(struct db *db, const struct db_query *query, uint64_t *affected)
{
	struct db_change alone = { .query = *query };
	MYSQL_STMT *statement;
	enum err err;

	if (db->begins && !db->is_guarding) {
		err = db_run_together(db, &alone, 1);
		if (!err && affected != NULL)
			*affected = alone.affected;
		return err;
	}
	err = execute(db, query, false, &statement);
	if (!err && affected != NULL)
		*affected = mysql_stmt_affected_rows(statement);
	return err;
}

enum err db_select(
    struct db *db, const struct db_query *query, const struct db_target *target)
{
	MYSQL_STMT *statement;
	enum err err = execute(db, query, true, &statement);

	if (err)
		return err;
	db->open = statement;
	if (db_bind_columns(db, target) != mysql_stmt_field_count(statement)) {
		db_finish(db);
		log_write(LEVEL_ERROR,
		    "database: columns differ from the"
		    " fields in: %.200s",
		    query->text);
		return ERR_INTERNAL;
	}
	if (mysql_stmt_bind_result(statement, db->columns))
		return db_fail_statement(db, statement);
	return ERR_NONE;
}

enum err db_next(struct db *db, bool *more)
{
	int result;

	*more = false;
	if (db->open == NULL)
		return ERR_NONE;
	result = mysql_stmt_fetch(db->open);
	if (result == MYSQL_NO_DATA) {
		db_finish(db);
		return ERR_NONE;
	}
	if (result == MYSQL_DATA_TRUNCATED) {
		db_finish(db);
		log_write(LEVEL_ERROR,
		    "database: a column is longer than its"
		    " field");
		return ERR_INTERNAL;
	}
	if (result != 0)
		return db_fail_statement(db, db->open);
	db_convert_columns(db);
	*more = true;
	return ERR_NONE;
}

void db_finish(struct db *db)
{
	if (db->open != NULL)
		mysql_stmt_free_result(db->open);
	db->open = NULL;
}

enum err db_select_one(struct db *db, const struct db_query *query,
    const struct db_target *target, bool *found)
{
	enum err err;

	*found = false;
	if ((err = db_select(db, query, target)) || (err = db_next(db, found)))
		return err;
	db_finish(db);
	return ERR_NONE;
}

enum err db_command(struct db *db, const char *text)
{
	if (mysql_query(db->connection, text) == 0)
		return ERR_NONE;
	return db_fail_connection(db);
}

enum err db_variable(struct db *db, const char *show, char *value, size_t size)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	value[0] = '\0';
	if (mysql_query(db->connection, show) ||
	    (result = mysql_store_result(db->connection)) == NULL)
		return db_fail_connection(db);
	row = mysql_fetch_row(result);
	if (row != NULL && mysql_num_fields(result) == 2 && row[1] != NULL)
		snprintf(value, size, "%s", row[1]);
	mysql_free_result(result);
	return ERR_NONE;
}

const char *db_library_version(void)
{
	return mysql_get_client_info();
}
