/*
 * A limit of milliseconds on one wait for the database: the client libraries
 * know whole seconds only, and one limit for all statements of a connection.
 * When the time is over the connection is shut down, so that the library's
 * call returns.  One wait at a time.
 */
#ifndef TENANTRY_EDGE_DB_WATCH_H
#define TENANTRY_EDGE_DB_WATCH_H

#include <stdbool.h>

/* Takes SIGALRM for itself; to be called once before the others. */
void db_watch_init(void);

/* The wait begins: after so many ms the connection will be shut down. */
void db_watch_begin(int descriptor, int ms);

/* The wait is over.  True: so is the connection. */
bool db_watch_end(void);

#endif
