#include "edge/db.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* my_bool in one client library, bool in the other */
typedef __typeof__(*((MYSQL_BIND *)NULL)->is_null) db_flag;

enum { CONNECT_SECONDS = 1, PARAMETERS_MAX = 32 };

/* Column values that need converting after the fetch. */
union scratch {
	MYSQL_TIME time;
	long long number;
};

struct db {
	const struct db_settings *settings;
	MYSQL *connection; /* NULL: not connected */
	MYSQL_STMT *prepared[DB_SLOTS];
	MYSQL_STMT *open; /* the statement whose rows are being read */
	struct db_target target;
	MYSQL_BIND columns[DB_COLUMNS_MAX];
	union scratch scratch[DB_COLUMNS_MAX];
	unsigned long lengths[DB_COLUMNS_MAX];
	db_flag nulls[DB_COLUMNS_MAX];
	MYSQL_BIND parameters[PARAMETERS_MAX];
	MYSQL_TIME times[PARAMETERS_MAX];
	int64_t started; /* tick of the request's begin */
	unsigned query_count;
	bool in_transaction;
	bool is_fresh; /* connected since the request began */
	unsigned last_errno;
	char last_error[256];
};

struct db_value db_text(const char *text)
{
	struct db_value value = { DB_NULL, text, 0, 0 };

	if (text != NULL && text[0] != '\0') {
		value.type = DB_TEXT;
		value.length = strlen(text);
	}
	return value;
}

struct db_value db_bytes(const void *data, size_t length)
{
	return (struct db_value){ DB_BYTES, data, length, 0 };
}

struct db_value db_integer(int64_t number)
{
	return (struct db_value){ DB_INTEGER, NULL, 0, number };
}

struct db_value db_time(int64_t ms)
{
	return (struct db_value){ ms == 0 ? DB_NULL : DB_TIME, NULL, 0, ms };
}

struct db *db_open(const struct db_settings *settings)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || mysql_library_init(0, NULL, NULL) != 0)
		abort();
	db->settings = settings;
	db_begin_request(db);
	return db;
}

static void disconnect(struct db *db)
{
	for (size_t i = 0; i < DB_SLOTS; i++) {
		if (db->prepared[i] != NULL)
			mysql_stmt_close(db->prepared[i]);
		db->prepared[i] = NULL;
	}
	if (db->connection != NULL)
		mysql_close(db->connection);
	db->connection = NULL;
	db->open = NULL;
	db->in_transaction = false;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	mysql_library_end();
	free(db);
}

void db_begin_request(struct db *db)
{
	db->started = clock_tick();
	db->query_count = 0;
	db->is_fresh = false;
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

static enum err classify(unsigned number)
{
	switch (number) {
	case ER_DUP_ENTRY:
		return ERR_DUPLICATE;
	case ER_NO_REFERENCED_ROW:
	case ER_NO_REFERENCED_ROW_2:
		return ERR_REFERENCE;
	case ER_LOCK_DEADLOCK:
	case ER_CHECKREAD:
		return ERR_CONFLICT;
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_QUERY_INTERRUPTED:
	case 1969: /* MariaDB: max_statement_time exceeded */
	case 3024: /* MySQL: max_execution_time exceeded */
		return ERR_BUSY;
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case 1927: /* MariaDB: the connection was killed */
	case ER_SERVER_SHUTDOWN:
		return ERR_LOST;
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_UNKNOWN_HOST:
	case ER_CON_COUNT_ERROR:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_USER_LIMIT_REACHED:
	case ER_HOST_IS_BLOCKED:
	case ER_ACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_BAD_DB_ERROR:
	case ER_UNKNOWN_COM_ERROR: /* 1047: a cluster node without quorum */
	case ER_OPTION_PREVENTS_STATEMENT: /* 1290: read only */
	case 1836:                         /* MySQL: read only */
	case ER_OUT_OF_RESOURCES:
	case ER_DISK_FULL:
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

/* Records and maps an error; the connection is given up where it is dead. */
static enum err fail(struct db *db, unsigned number, const char *text)
{
	enum err err = classify(number);
	bool was_in_transaction = db->in_transaction;

	db->last_errno = number;
	snprintf(db->last_error, sizeof(db->last_error), "%s", text);
	if (err == ERR_INTERNAL || err == ERR_UNAVAILABLE)
		log_write(LEVEL_ERROR, "database: error %u: %s", number,
		    db->last_error);
	if (err == ERR_LOST || err == ERR_UNAVAILABLE)
		disconnect(db);
	db->open = NULL;
	if (err == ERR_LOST && !was_in_transaction)
		return ERR_UNAVAILABLE;
	return err;
}

static enum err fail_statement(struct db *db, MYSQL_STMT *statement)
{
	char text[256];
	unsigned number = mysql_stmt_errno(statement);

	snprintf(text, sizeof(text), "%s", mysql_stmt_error(statement));
	return fail(db, number, text);
}

static void set_options(struct db *db)
{
	const struct db_settings *s = db->settings;
	unsigned connect = CONNECT_SECONDS;
	/*
	 * A statement may begin in the first half of the request's time and
	 * last for half of it: together they stay within the deadline.
	 */
	unsigned half = (unsigned)(s->deadline > 3 ? s->deadline / 2 : 1);
	unsigned lock = half > 1 ? half - 1 : 1;
	char init[384];

	mysql_options(db->connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(db->connection, MYSQL_OPT_READ_TIMEOUT, &half);
	mysql_options(db->connection, MYSQL_OPT_WRITE_TIMEOUT, &half);
	mysql_options(db->connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	/* each product's own name for the time limit of a statement */
	snprintf(init, sizeof(init),
	    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,"
	    "ERROR_FOR_DIVISION_BY_ZERO', time_zone = '+00:00', "
	    "innodb_lock_wait_timeout = %u "
	    "/*M!100101 , max_statement_time = %u */"
	    "/*!50708 , max_execution_time = %u */",
	    lock, half, half * 1000);
	mysql_options(db->connection, MYSQL_INIT_COMMAND, init);
	mysql_options(db->connection, MYSQL_INIT_COMMAND,
	    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	if (s->tls_ca != NULL && s->tls_ca[0] != '\0') {
		db_flag verify = 1;

		mysql_options(db->connection, MYSQL_OPT_SSL_CA, s->tls_ca);
#ifdef MARIADB_BASE_VERSION
		mysql_options(db->connection,
		    MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
		unsigned mode = SSL_MODE_VERIFY_IDENTITY;

		(void)verify;
		mysql_options(db->connection, MYSQL_OPT_SSL_MODE, &mode);
#endif
	}
}

static enum err connect_now(struct db *db)
{
	const struct db_settings *s = db->settings;

	db->connection = mysql_init(NULL);
	if (db->connection == NULL)
		abort();
	set_options(db);
	if (mysql_real_connect(db->connection, s->socket ? NULL : s->host,
	        s->user, s->password, s->name, s->port, s->socket,
	        CLIENT_MULTI_STATEMENTS | CLIENT_FOUND_ROWS) == NULL) {
		unsigned number = mysql_errno(db->connection);
		char text[256];

		snprintf(text, sizeof(text), "%s", mysql_error(db->connection));
		/* whatever it was: there is no connection now */
		(void)fail(db, number, text);
		disconnect(db);
		return ERR_UNAVAILABLE;
	}
	db->is_fresh = true;
	return ERR_NONE;
}

/* Half of the request's time is for beginning statements. */
static bool is_late(const struct db *db)
{
	int64_t half = (int64_t)db->settings->deadline * 1000000 / 2;

	return clock_tick() - db->started > half;
}

static enum err ready(struct db *db)
{
	if (db->open != NULL)
		db_finish(db);
	if (db->connection != NULL)
		return ERR_NONE;
	if (db->in_transaction)
		return ERR_LOST;
	return is_late(db) ? ERR_UNAVAILABLE : connect_now(db);
}

static MYSQL_TIME to_mysql_time(int64_t ms)
{
	struct clock_parts parts = clock_split(ms);
	MYSQL_TIME time;

	memset(&time, 0, sizeof(time));
	time.year = (unsigned)parts.year;
	time.month = (unsigned)parts.month;
	time.day = (unsigned)parts.day;
	time.hour = (unsigned)parts.hour;
	time.minute = (unsigned)parts.minute;
	time.second = (unsigned)parts.second;
	time.second_part = (unsigned long)parts.millisecond * 1000;
	time.time_type = MYSQL_TIMESTAMP_DATETIME;
	return time;
}

static int64_t from_mysql_time(const MYSQL_TIME *time)
{
	int64_t day = (int64_t)time->hour * 3600000 +
	    (int64_t)time->minute * 60000 + (int64_t)time->second * 1000 +
	    (int64_t)time->second_part / 1000;

	return clock_join((int)time->year, (int)time->month, (int)time->day,
	    day);
}

static void bind_parameter(struct db *db, size_t i, const struct db_value *v)
{
	MYSQL_BIND *bind = &db->parameters[i];

	memset(bind, 0, sizeof(*bind));
	switch (v->type) {
	case DB_NULL:
		bind->buffer_type = MYSQL_TYPE_NULL;
		break;
	case DB_TEXT:
	case DB_BYTES:
		bind->buffer_type = v->type == DB_TEXT ? MYSQL_TYPE_STRING
		                                       : MYSQL_TYPE_BLOB;
		/* the library takes a plain pointer and only reads */
		memcpy(&bind->buffer, &v->data, sizeof(bind->buffer));
		bind->buffer_length = v->length;
		break;
	case DB_INTEGER:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		{
			const void *number = &v->number;

			memcpy(&bind->buffer, &number, sizeof(bind->buffer));
		}
		break;
	case DB_TIME:
		db->times[i] = to_mysql_time(v->number);
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &db->times[i];
		break;
	}
}

static enum err prepare(struct db *db, const struct db_query *query,
    MYSQL_STMT **out)
{
	MYSQL_STMT *statement = db->prepared[query->slot];

	*out = statement;
	if (statement != NULL)
		return ERR_NONE;
	statement = mysql_stmt_init(db->connection);
	if (statement == NULL)
		abort();
	if (mysql_stmt_prepare(statement, query->text, strlen(query->text))) {
		unsigned number = mysql_stmt_errno(statement);
		char text[256];

		snprintf(text, sizeof(text), "%s", mysql_stmt_error(statement));
		mysql_stmt_close(statement);
		return fail(db, number, text);
	}
	db->prepared[query->slot] = statement;
	*out = statement;
	return ERR_NONE;
}

static enum err execute_once(struct db *db, const struct db_query *query,
    MYSQL_STMT **out)
{
	enum err err;

	if ((err = ready(db)) || (err = prepare(db, query, out)))
		return err;
	if (query->value_count > PARAMETERS_MAX)
		return ERR_INTERNAL;
	for (size_t i = 0; i < query->value_count; i++)
		bind_parameter(db, i, &query->values[i]);
	if (query->value_count > 0 &&
	    mysql_stmt_bind_param(*out, db->parameters))
		return fail_statement(db, *out);
	if (mysql_stmt_execute(*out))
		return fail_statement(db, *out);
	return ERR_NONE;
}

/*
 * A connection that died while idle shows at the first statement: run it
 * again on a new one if that can do no harm.
 */
static enum err execute(struct db *db, const struct db_query *query,
    bool is_repeatable, MYSQL_STMT **out)
{
	bool was_connected = db->connection != NULL && !db->is_fresh;
	bool was_free = !db->in_transaction;
	enum err err;

	if (is_late(db))
		return ERR_BUSY;
	db->query_count++;
	err = execute_once(db, query, out);
	if (err == ERR_UNAVAILABLE && was_connected && was_free &&
	    is_repeatable && db->connection == NULL && !is_late(db)) {
		log_write(LEVEL_INFO, "database: connecting again");
		db->query_count++;
		err = execute_once(db, query, out);
	}
	return err;
}

enum err db_run(struct db *db, const struct db_query *query,
    uint64_t *affected)
{
	MYSQL_STMT *statement;
	enum err err = execute(db, query, false, &statement);

	if (!err && affected != NULL)
		*affected = mysql_stmt_affected_rows(statement);
	return err;
}

static void bind_column(struct db *db, size_t i, const struct field *field,
    void *base)
{
	MYSQL_BIND *bind = &db->columns[i];

	memset(bind, 0, sizeof(*bind));
	bind->is_null = &db->nulls[i];
	bind->length = &db->lengths[i];
	switch (field->type) {
	case FIELD_TEXT:
		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer = (char *)base + field->offset;
		bind->buffer_length = field->size - 1;
		break;
	case FIELD_BYTES:
		bind->buffer_type = MYSQL_TYPE_BLOB;
		bind->buffer = (char *)base + field->offset;
		bind->buffer_length = field->size;
		break;
	case FIELD_TIME:
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &db->scratch[i].time;
		bind->buffer_length = sizeof(MYSQL_TIME);
		break;
	default:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &db->scratch[i].number;
		bind->buffer_length = sizeof(long long);
		break;
	}
}

/* Calls for each column of a target, left to right. */
static size_t each_column(struct db *db, const struct db_target *target,
    void (*act)(struct db *, size_t, const struct field *, void *))
{
	size_t i = 0;

	for (size_t s = 0; s < target->count; s++) {
		const struct db_segment *segment = &target->segments[s];

		for (size_t f = 0; f < segment->table->count; f++) {
			const struct field *field = &segment->table->rows[f];

			if (field->column == NULL || i == DB_COLUMNS_MAX)
				continue;
			act(db, i, field, segment->base);
			i++;
		}
	}
	return i;
}

enum err db_select(struct db *db, const struct db_query *query,
    const struct db_target *target)
{
	MYSQL_STMT *statement;
	enum err err = execute(db, query, true, &statement);

	if (err)
		return err;
	db->target = *target;
	db->open = statement;
	if (each_column(db, target, bind_column) !=
	    mysql_stmt_field_count(statement)) {
		db_finish(db);
		log_write(LEVEL_ERROR, "database: columns differ from the"
		    " fields in: %.200s", query->text);
		return ERR_INTERNAL;
	}
	if (mysql_stmt_bind_result(statement, db->columns))
		return fail_statement(db, statement);
	return ERR_NONE;
}

static void convert_column(struct db *db, size_t i, const struct field *field,
    void *base)
{
	char *at = (char *)base + field->offset;
	bool is_null = db->nulls[i] != 0;
	int64_t number;

	switch (field->type) {
	case FIELD_TEXT:
		at[is_null ? 0 : db->lengths[i]] = '\0';
		break;
	case FIELD_BYTES:
		if (is_null)
			memset(at, 0, field->size);
		break;
	case FIELD_TIME:
		number = is_null ? 0 : from_mysql_time(&db->scratch[i].time);
		memcpy(at, &number, sizeof(number));
		break;
	case FIELD_BOOL:
		*(bool *)at = !is_null && db->scratch[i].number != 0;
		break;
	default:
		number = is_null ? 0 : db->scratch[i].number;
		memcpy(at, &number, sizeof(number));
		break;
	}
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
		log_write(LEVEL_ERROR, "database: a column is longer than its"
		    " field");
		return ERR_INTERNAL;
	}
	if (result != 0)
		return fail_statement(db, db->open);
	each_column(db, &db->target, convert_column);
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

/* BEGIN, COMMIT and the like: one statement without parameters. */
static enum err command(struct db *db, const char *text)
{
	if (mysql_query(db->connection, text) == 0)
		return ERR_NONE;
	{
		char message[256];
		unsigned number = mysql_errno(db->connection);

		snprintf(message, sizeof(message), "%s",
		    mysql_error(db->connection));
		return fail(db, number, message);
	}
}

enum err db_begin(struct db *db)
{
	bool was_connected = db->connection != NULL && !db->is_fresh;
	enum err err;

	if (is_late(db))
		return ERR_BUSY;
	db->query_count++;
	if ((err = ready(db)))
		return err;
	err = command(db, "START TRANSACTION");
	if (err == ERR_UNAVAILABLE && was_connected && !is_late(db)) {
		db->query_count++;
		if ((err = ready(db)))
			return err;
		err = command(db, "START TRANSACTION");
	}
	db->in_transaction = err == ERR_NONE;
	return err;
}

enum err db_commit(struct db *db)
{
	enum err err;

	if (db->connection == NULL)
		return ERR_LOST;
	db->query_count++;
	err = command(db, "COMMIT");
	db->in_transaction = false;
	return err == ERR_LOST ? ERR_OUTCOME_UNKNOWN : err;
}

void db_rollback(struct db *db)
{
	if (db->open != NULL)
		db_finish(db);
	if (db->connection != NULL && db->in_transaction) {
		db->query_count++;
		/* a connection that cannot roll back is not used again */
		if (command(db, "ROLLBACK"))
			disconnect(db);
	}
	db->in_transaction = false;
}

enum err db_script(struct db *db, const char *text, size_t length)
{
	enum err err;
	int status;

	if ((err = ready(db)))
		return err;
	if (mysql_real_query(db->connection, text, length))
		return fail(db, mysql_errno(db->connection),
		    mysql_error(db->connection));
	do {
		MYSQL_RES *result = mysql_store_result(db->connection);

		if (result != NULL)
			mysql_free_result(result);
		status = mysql_next_result(db->connection);
	} while (status == 0);
	if (status > 0)
		return fail(db, mysql_errno(db->connection),
		    mysql_error(db->connection));
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
			if (i >= count || strcmp(want,
			    mysql_fetch_field_direct(metadata, i)->name) != 0)
				err = fault_set(fault, ERR_INTERNAL,
				    "column %u is not %s", i + 1, want);
			i++;
		}
	}
	if (!err && i != count)
		err = fault_set(fault, ERR_INTERNAL,
		    "%u columns instead of %u", count, i);
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
	if (mysql_stmt_prepare(statement, text, strlen(text)))
		err = fault_set(fault, ERR_INTERNAL, "%s",
		    mysql_stmt_error(statement));
	else
		err = compare(statement, value_count, target, fault);
	mysql_stmt_close(statement);
	return err;
}
