#include "edge/db_internal.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
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
static bool ends_connection(unsigned number)
{
	enum err err = db_classify(number);

	return err == ERR_LOST || err == ERR_UNAVAILABLE ||
	    (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR);
}

enum err db_fail(struct db *db, unsigned number, const char *text)
{
	enum err err = db_classify(number);
	bool was_in_transaction = db->in_transaction;

	db->last_errno = number;
	snprintf(db->last_error, sizeof(db->last_error), "%s", text);
	if (err == ERR_INTERNAL || err == ERR_UNAVAILABLE)
		log_write(LEVEL_ERROR, "database: error %u: %s", number,
		    db->last_error);
	if (db_is_host_error(number)) {
		log_write(LEVEL_WARN, "database: host %zu: error %u: %s",
		    db->host + 1, number, db->last_error);
		db_health_failed(&db->health, db->host, clock_tick());
	}
	if (ends_connection(number))
		db_disconnect(db);
	db->open = NULL;
	if (err == ERR_LOST && !was_in_transaction)
		return ERR_UNAVAILABLE;
	return err;
}

static enum err fail_connection(struct db *db)
{
	return db_fail(
	    db, mysql_errno(db->connection), mysql_error(db->connection));
}

/* An error among the rows is left with the connection by MariaDB's library. */
static enum err fail_statement(struct db *db, MYSQL_STMT *statement)
{
	if (mysql_stmt_errno(statement) == 0)
		return fail_connection(db);
	return db_fail(
	    db, mysql_stmt_errno(statement), mysql_stmt_error(statement));
}

bool db_is_late(const struct db *db)
{
	int64_t half = (int64_t)db->settings->deadline * 1000000 / 2;

	return clock_tick() - db->started > half;
}

static enum err ready(struct db *db)
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

/* A statement is tried on the connection that there is, or on a new one. */
static enum err begin_try(struct db *db, struct db_move *move)
{
	enum err err;

	db->query_count++;
	if ((err = ready(db)))
		return err;
	move->was_idle = !db->is_fresh;
	move->was_hurried = db->is_hurried;
	return ERR_NONE;
}

static enum err prepare(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	MYSQL_STMT *statement = db->prepared[query->slot];

	*out = statement;
	if (statement != NULL)
		return ERR_NONE;
	statement = mysql_stmt_init(db->connection);
	if (statement == NULL)
		abort();
	if (mysql_stmt_prepare(statement, query->text, strlen(query->text))) {
		enum err err = fail_statement(db, statement);

		mysql_stmt_close(statement);
		return err;
	}
	db->prepared[query->slot] = statement;
	*out = statement;
	return ERR_NONE;
}

static enum err execute_once(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	enum err err;

	if ((err = prepare(db, query, out)))
		return err;
	if (query->value_count > DB_PARAMETERS_MAX)
		return ERR_INTERNAL;
	for (size_t i = 0; i < query->value_count; i++)
		db_bind_parameter(db, i, &query->values[i]);
	if (query->value_count > 0 &&
	    mysql_stmt_bind_param(*out, db->parameters))
		return fail_statement(db, *out);
	if (mysql_stmt_execute(*out))
		return fail_statement(db, *out);
	return ERR_NONE;
}

/* A read that another host may answer sooner. */
static enum err execute_read(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	bool is_watched = db_read_begin(db);
	enum err err = execute_once(db, query, out);

	return is_watched ? db_read_end(db, err) : err;
}

static enum err execute(struct db *db, const struct db_query *query,
    bool is_repeatable, MYSQL_STMT **out)
{
	struct db_move move = { .is_repeatable = is_repeatable };
	bool is_free = !db->in_transaction;
	enum err err;

	if (db_is_late(db))
		return ERR_BUSY;
	do {
		if ((err = begin_try(db, &move)))
			return err;
		err = is_repeatable && is_free ? execute_read(db, query, out)
					       : execute_once(db, query, out);
	} while (err && is_free && db_moves(db, err, &move));
	return err;
}

enum err db_run(struct db *db, const struct db_query *query, uint64_t *affected)
{
	MYSQL_STMT *statement;
	enum err err = execute(db, query, false, &statement);

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
		return fail_statement(db, statement);
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
		return fail_statement(db, db->open);
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
	return fail_connection(db);
}

enum err db_variable(struct db *db, const char *show, char *value, size_t size)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	value[0] = '\0';
	if (mysql_query(db->connection, show) ||
	    (result = mysql_store_result(db->connection)) == NULL)
		return fail_connection(db);
	row = mysql_fetch_row(result);
	if (row != NULL && mysql_num_fields(result) == 2 && row[1] != NULL)
		snprintf(value, size, "%s", row[1]);
	mysql_free_result(result);
	return ERR_NONE;
}

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
		if ((err = begin_try(db, &move)))
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

enum err db_call(struct db *db, const struct db_query *query)
{
	MYSQL_STMT *statement;
	enum err err;

	if (db_is_late(db))
		return ERR_BUSY;
	if ((err = ready(db)))
		return err;
	db->in_transaction = true;
	db->query_count++;
	err = execute_once(db, query, &statement);
	if (err) {
		/* a request that was never sent did nothing */
		if (db->last_errno != CR_SERVER_GONE_ERROR)
			err = judge_commit(db, err);
		db_rollback(db);
		return err;
	}
	while (mysql_stmt_next_result(statement) == 0)
		continue;
	db->in_transaction = false;
	return ERR_NONE;
}

enum err db_script(struct db *db, const char *text, size_t length)
{
	enum err err;
	int status;

	if ((err = ready(db)))
		return err;
	if (mysql_real_query(db->connection, text, length))
		return fail_connection(db);
	do {
		MYSQL_RES *result = mysql_store_result(db->connection);

		if (result != NULL)
			mysql_free_result(result);
		status = mysql_next_result(db->connection);
	} while (status == 0);
	if (status > 0)
		return fail_connection(db);
	return ERR_NONE;
}

static enum err compare(MYSQL_STMT *statement, size_t value_count,
    const struct db_target *target, struct fault *fault)
{
	MYSQL_RES *metadata = mysql_stmt_result_metadata(statement);
	unsigned i = 0, count = metadata ? mysql_num_fields(metadata) : 0;
	enum err err = ERR_NONE;

	if (mysql_stmt_param_count(statement) != value_count)
		err = fault_set(fault, ERR_INTERNAL,
		    "%lu parameters instead of %zu",
		    mysql_stmt_param_count(statement), value_count);
	for (size_t s = 0; s < target->count && !err; s++) {
		const struct field_table *table = target->segments[s].table;

		for (size_t f = 0; f < table->count && !err; f++) {
			const char *want = table->rows[f].column;

			if (want == NULL)
				continue;
			if (i >= count ||
			    strcmp(want,
				mysql_fetch_field_direct(metadata, i)->name) !=
				0)
				err = fault_set(fault, ERR_INTERNAL,
				    "column %u is not %s", i + 1, want);
			i++;
		}
	}
	if (!err && i != count)
		err = fault_set(
		    fault, ERR_INTERNAL, "%u columns instead of %u", count, i);
	if (metadata != NULL)
		mysql_free_result(metadata);
	return err;
}

enum err db_check(struct db *db, const char *text, size_t value_count,
    const struct db_target *target, struct fault *fault)
{
	MYSQL_STMT *statement;
	enum err err;

	if ((err = ready(db)))
		return fault_set(fault, err, "%s", db->last_error);
	statement = mysql_stmt_init(db->connection);
	if (statement == NULL)
		abort();
	if (mysql_stmt_prepare(statement, text, strlen(text)) == 0)
		err = compare(statement, value_count, target, fault);
	else if (ends_connection(mysql_stmt_errno(statement)))
		err = fail_statement(db, statement);
	else
		err = fault_set(
		    fault, ERR_INTERNAL, "%s", mysql_stmt_error(statement));
	mysql_stmt_close(statement);
	return err;
}
