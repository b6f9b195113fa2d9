/*
 * What the files of the database edge share; nothing for others.
 */
#ifndef TENANTRY_EDGE_DB_INTERNAL_H
#define TENANTRY_EDGE_DB_INTERNAL_H

#include <mysql.h>

#include "edge/db.h"
#include "edge/db_guard.h"

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
	MYSQL_STMT *prepared[DB_SLOTS];
	MYSQL_STMT *open; /* the statement whose rows are being read */
	struct db_target target;
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
	bool is_guarding;
	bool in_transaction;
	bool is_fresh; /* connected since the request began */
	unsigned last_errno;
	char last_error[256];
};

/* What an error number means (the table of db.h). */
enum err db_classify(unsigned number);

/*
 * Records (the text is copied first), logs and maps an error; the connection
 * is given up where it is dead.
 */
enum err db_fail(struct db *db, unsigned number, const char *text);

/* ERR_NONE, or why nothing may run on the connection that there is. */
enum err db_ask_guard(struct db *db);

/* Seconds that a lock is waited for within the deadline. */
unsigned db_lock_seconds(const struct db_settings *settings);

/* Opens the connection with its options; ERR_UNAVAILABLE. */
enum err db_connect(struct db *db);
/* Closes it with all that hangs on it. */
void db_disconnect(struct db *db);

/* Binds parameter `i`; the value must live while the statement runs. */
void db_bind_parameter(struct db *db, size_t i, const struct db_value *v);

/* Calls for each column of a target, left to right; how many there are. */
size_t db_each_column(struct db *db, const struct db_target *target,
    void (*act)(struct db *, size_t, const struct field *, void *));
void db_bind_column(
    struct db *db, size_t i, const struct field *field, void *base);
void db_convert_column(
    struct db *db, size_t i, const struct field *field, void *base);

#endif
