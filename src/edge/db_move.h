/*
 * A statement that failed on one connection, and whether it is run again on
 * another; and how long a read waits for one of several hosts.
 */
#ifndef TENANTRY_EDGE_DB_MOVE_H
#define TENANTRY_EDGE_DB_MOVE_H

#include "edge/db_internal.h"

/* What is known while one statement is tried on several connections. */
struct db_move {
	bool is_repeatable;
	bool was_idle;    /* the connection is older than the request */
	bool was_hurried; /* see db_read_end() */
	unsigned hosts, cuts;
};

/*
 * Whether a statement that failed outside of a transaction is to be run again
 * on another connection: one that its server did not run, and a read.
 */
bool db_moves(struct db *db, enum err err, struct db_move *move);

/*
 * A read waits for one of several hosts only for a moment (read_wait).  Then
 * its connection is shut down and the host passed over for a while, and what
 * the request reads after that is what is there.  Begin: false, it is not
 * limited.  End: the read's result, or what became of it.
 */
bool db_read_begin(struct db *db);
enum err db_read_end(struct db *db, enum err err);

/*
 * Begins one attempt: counts it, and has a connection ready.  To be called
 * again where db_moves() says so.
 */
enum err db_move_begin(struct db *db, struct db_move *move);

#endif
