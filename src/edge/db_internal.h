/*
 * What the files of the database edge share; nothing for others.
 */
#ifndef TENANTRY_EDGE_DB_INTERNAL_H
#define TENANTRY_EDGE_DB_INTERNAL_H

#include <mysql.h>

#include "edge/db.h"
#include "edge/db_guard.h"
#include "edge/db_prepared.h"

/* my_bool in one client library, bool in the other */
typedef __typeof__(*((MYSQL_BIND *)NULL)->is_null) db_flag;

enum { DB_PARAMETERS_MAX = 32 };

/* Column values that need converting after the fetch. */
union scratch {
	MYSQL_TIME time;
	long long number;
};

struct db {
	const struct db_settings *settings;
	MYSQL *connection; /* NULL: not connected */
	size_t host;       /* that it leads to, or led to last */
	struct db_health health;
	int64_t ask_at;   /* tick: then db_may_stay() tells, 0 = never */
	int64_t leave_at; /* tick: then a new one is made */
	struct db_prepared prepared;
	MYSQL_STMT *open; /* the statement whose rows are being read */
	struct {
		const struct field *field;
		char *at;
	} places[DB_COLUMNS_MAX];             /* where the values go */
	size_t column_count, fixed, changing; /* the first to be converted */
	MYSQL_BIND columns[DB_COLUMNS_MAX];
	union scratch scratch[DB_COLUMNS_MAX];
	unsigned long lengths[DB_COLUMNS_MAX];
	db_flag nulls[DB_COLUMNS_MAX];
	MYSQL_BIND parameters[DB_PARAMETERS_MAX];
	MYSQL_TIME times[DB_PARAMETERS_MAX];
	int64_t started; /* tick of the request's begin */
	unsigned query_count;
	db_guard guard; /* NULL: none */
	void *guard_context;
	int64_t guarded; /* tick of its last good answer, 0 = none yet */
	bool is_guarding, in_transaction;
	bool begins;       /* a transaction, with the next statement */
	bool is_in_script; /* whose errors the caller reports, not the log */
	bool is_fresh;     /* connected since the request began */
	bool is_hurried;   /* a host kept a read of this request waiting */
	bool was_beaten;   /* a COMMIT of this request met a conflict */
	unsigned last_errno;
	char last_error[256];
};

/* What an error number means (the table of db.h). */
enum err db_classify(unsigned number);

/* The server is no part of its cluster's majority, or only reads. */
bool db_is_host_error(unsigned number);

/* Records, logs and maps an error; a connection that is dead is given up. */
enum err db_fail(struct db *db, unsigned number, const char *text);

/*
 * ERR_NONE if statements may run on the present connection; else the reason why
 * none may.
 */
enum err db_ask_guard(struct db *db);

/* To the first host that serves, from a random one; or ERR_UNAVAILABLE. */
enum err db_connect(struct db *db);

/* Of several servers: false where it takes no writes or its time is over. */
bool db_may_stay(struct db *db);

/* Half of the request's time is for beginning statements: is it over? */
bool db_is_late(const struct db *db);

/* A connection that statements may run on: the one there is, or a new one. */
enum err db_ready(struct db *db);

/* The error that the connection has, or a statement of it: see db_fail(). */
enum err db_fail_connection(struct db *db);
enum err db_fail_statement(struct db *db, MYSQL_STMT *statement);

/* After this error nobody knows what comes next on the connection. */
bool db_ends_connection(unsigned number);

/* Runs a statement without parameters and without result. */
enum err db_command(struct db *db, const char *text);

/* A variable of the server, by the text of its SHOW; "": it has none such. */
enum err db_variable(struct db *db, const char *show, char *value, size_t size);

/* Whether a COMMIT of this request may have been carried out, unseen. */
bool db_is_doubtful(const struct db *db);

/* Closes it with all that hangs on it. */
void db_disconnect(struct db *db);

/* Binds parameter `i`; the value must live while the statement runs. */
void db_bind_parameter(struct db *db, size_t i, const struct db_value *v);

/*
 * Binds a result's columns, left to right, and tells how many the target has;
 * makes the structs' values of what was fetched, `fixed` ones only once.
 */
size_t db_bind_columns(struct db *db, const struct db_target *target);
void db_convert_columns(struct db *db);

#endif
