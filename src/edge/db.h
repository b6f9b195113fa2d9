/*
 * One connection to MySQL or MariaDB: opened when first needed, prepared
 * statements kept, rows read unbuffered into structs by their field tables,
 * error numbers mapped once.  The only user of <mysql.h>; knows no statement.
 */
#ifndef TENANTRY_EDGE_DB_H
#define TENANTRY_EDGE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/field.h"
#include "edge/db_hosts.h"
#include "edge/db_value.h"

enum { DB_COLUMNS_MAX = 56, DB_SEGMENTS_MAX = 4 };

struct db_settings {
	struct db_hosts hosts; /* one server, or several that hold the same */
	const char *tls_ca; /* PEM file: TLS with a verified server, or NULL */
	const char *name, *user, *password;
	int deadline;  /* seconds that one request may take in all */
	int read_wait; /* ms that a read waits for one of several hosts, or 0 */
};

struct db;

/*
 * A statement to run.  Its prepared form is kept, and found by the address of
 * its text, which is to live as long as the handle; not so where it is run
 * once: that is closed before the next one.
 */
struct db_query {
	const char *text;
	const struct db_value *values;
	size_t value_count;
	bool is_once;
};

/* Columns of a result, left to right, go into these structs. */
struct db_segment {
	const struct field_table *table; /* its rows with a column */
	void *base;
};

struct db_target {
	struct db_segment segments[DB_SEGMENTS_MAX];
	size_t count;
	size_t fixed; /* so many hold the same in every row: 3 % of a list */
};

/* Settings must outlive the handle.  Connects with the first statement. */
struct db *db_open(const struct db_settings *settings);
void db_close(struct db *db);
/* Ends the connection; the next statement opens one. */
void db_rest(struct db *db);
/* A request begins: its time starts, its statements are counted from 0. */
void db_begin_request(struct db *db);
/* It ends; rows that were not read are left, and so is maybe the connection. */
void db_end_request(struct db *db);
unsigned db_query_count(const struct db *db);

/*
 * All of the following answer ERR_UNAVAILABLE where no server is reached or
 * it is at one of its caps, ERR_LOST where the connection ended inside a
 * transaction (nothing of it was done), ERR_BUSY where a lock, the statement
 * or the request took too long, ERR_CONFLICT for a deadlock, ERR_DUPLICATE,
 * ERR_REFERENCE, else ERR_INTERNAL, which is logged with number and text.
 * A statement outside a transaction that finds its connection dead is run
 * once more on a new one, where that is harmless.
 */
/* Runs a statement without result.  `affected` may be NULL. */
enum err db_run(
    struct db *db, const struct db_query *query, uint64_t *affected);
/* Starts a statement with a result; `target` is filled by db_next(). */
enum err db_select(struct db *db, const struct db_query *query,
    const struct db_target *target);
/*
 * Reads the next row into the structs: NULL becomes an empty text, 0 or
 * false.  At the end `*more` is false and the result is released.
 */
enum err db_next(struct db *db, bool *more);
/* Releases a result that was not read to its end; harmless after it. */
void db_finish(struct db *db);
/* Reads one row and releases the rest; `*found` false: there was none. */
enum err db_select_one(struct db *db, const struct db_query *query,
    const struct db_target *target, bool *found);
/* A transaction (READ COMMITTED).  A cut commit is ERR_OUTCOME_UNKNOWN. */
enum err db_begin(struct db *db);
enum err db_commit(struct db *db);
void db_rollback(struct db *db);
/* Seconds to wait for locks, at most as the deadline allows; 0: that long. */
enum err db_wait_for_locks(struct db *db, unsigned seconds);
/* Runs a script of several statements without parameters (migrations). */
enum err db_script(struct db *db, const char *text, size_t length);

/*
 * Prepares a text and compares it with what is expected of it: the number of
 * parameters, and column names against the tables.  ERR_INTERNAL and a fault
 * that says what differs; any other error is none of the text's.
 */
enum err db_check(struct db *db, const char *text, size_t value_count,
    const struct db_target *target, struct fault *fault);
const char *db_library_version(void);
/* The last error number, 0 = none, and its text: for administrators. */
unsigned db_errno(const struct db *db);
const char *db_error(const struct db *db);

#endif
