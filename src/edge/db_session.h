/*
 * The settings of a database session that the program decides itself: one
 * table, set by one statement after connecting.  The doctor and /readyz ask the
 * server whether they are so.
 */
#ifndef TENANTRY_EDGE_DB_SESSION_H
#define TENANTRY_EDGE_DB_SESSION_H

#include "edge/db.h"

enum { DB_SESSION_SIZE = 2048, DB_SESSION_DIFFERENCES = 512 };

/* Seconds that a lock is waited for, and that a statement may last. */
unsigned db_lock_seconds(const struct db_settings *settings);
unsigned db_statement_seconds(const struct db_settings *settings);

/* The statement that sets all of them, on MySQL and MariaDB. */
void db_session_print(
    const struct db_settings *settings, char text[DB_SESSION_SIZE]);

/*
 * Asks the server for all of them.  `what` is empty where each is as it was
 * set; else it names those that are not, and how they are.
 */
enum err db_session_check(struct db *db, char *what, size_t size);

#endif
