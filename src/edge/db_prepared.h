/*
 * Prepared statements of the connection: which are kept, and how one is run.
 * Nothing for others than the files of the database edge.
 */
#ifndef TENANTRY_EDGE_DB_PREPARED_H
#define TENANTRY_EDGE_DB_PREPARED_H

#include <mysql.h>

#include "edge/db.h"

/*
 * A prepared statement takes 10 to 40 KiB in the client library, and there are
 * hundreds of texts: those used last are kept.  A batch fits many times.
 */
enum { DB_KEPT_MAX = 32 };

struct db_kept {
	const char *text; /* NULL: none */
	MYSQL_STMT *statement;
	uint64_t used; /* its place in the order of uses */
};

struct db_prepared {
	struct db_kept kept[DB_KEPT_MAX];
	uint64_t uses;    /* of kept statements */
	MYSQL_STMT *once; /* the last one that is not kept */
};

/*
 * Prepares a query where that was not done; binds its values and runs it; or
 * both.
 */
enum err db_prepare(
    struct db *db, const struct db_query *query, MYSQL_STMT **out);
enum err db_execute_prepared(
    struct db *db, const struct db_query *query, MYSQL_STMT *statement);
enum err db_execute_once(
    struct db *db, const struct db_query *query, MYSQL_STMT **out);

/* Closes the statement that is not kept; all of them. */
void db_close_once(struct db *db);
void db_forget_prepared(struct db *db);

#endif
