/*
 * Statements of a transaction that are sent together, and their answers read
 * behind the last: one round trip in place of several.
 */
#ifndef TENANTRY_EDGE_DB_TOGETHER_H
#define TENANTRY_EDGE_DB_TOGETHER_H

#include "edge/db.h"

/*
 * Runs statements without result in a transaction, one behind the other, in
 * one round trip where the client library can send them together.  Then those
 * behind one that fails are run too, even outside of the transaction where the
 * error has ended it: all but the first have to do nothing where the one before
 * has changed no row (ROW_COUNT() > 0).  The error is that of the first that
 * fails, whose own `err` has it too; behind it `affected` is 0.  Where none has
 * it, none was run, or nobody knows which.
 */
enum { DB_TOGETHER_MAX = 9 };
struct db_change {
	struct db_query query;
	uint64_t affected; /* set */
	enum err err;      /* set */
};
enum err db_run_together(
    struct db *db, struct db_change *changes, size_t count);

/*
 * db_begin() in one round trip with the next statement, which may then have
 * the errors of the begin.  ERR_BUSY where it is too late for any.
 */
enum err db_begin_later(struct db *db);

#endif
