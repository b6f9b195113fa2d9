/*
 * A statement as data: its text, what goes in and what comes out; and how one
 * is run.  Every statement has its row in a set, so that `tenantryctl check`
 * can prepare each on the real schema.
 */
#ifndef TENANTRY_STORE_STATEMENT_H
#define TENANTRY_STORE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/field.h"
#include "edge/db_together.h"
#include "model/credential.h"
#include "store/store.h"

enum { STATEMENT_TABLES_MAX = 2 };

struct value;

struct statement {
	/* SCOPE_PUBLIC: `text` is all of it; else the caller comes before */
	enum scope scope;
	const char *columns; /* behind the caller's; NULL = none */
	const char *text;    /* the whole, or what follows the caller's FROM */
	const char *bounded; /* why it may read a whole table, or NULL */
	const struct statement *next_page; /* a list: behind the first page */
	size_t values; /* its own parameters, before the caller's none */
	const struct value *in; /* what they are, or NULL: its caller knows */
	size_t needs; /* a step: of these the one without which it does nothing,
			 from 1 on, so that it is not sent; 0: none */
	const struct field_table *tables[STATEMENT_TABLES_MAX]; /* results */
};

/* What the process keeps of a statement. */
struct statement_kept {
	const char *texts[2][CREDENTIAL_KINDS]; /* without, with a licence */
};

/* Runs a SCOPE_PUBLIC statement; `affected` may be NULL. */
enum err store_run(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *affected);

/*
 * Several of a transaction in one round trip: see db_run_together(), whose rule
 * of ROW_COUNT() holds for them.  MySQL answers a condition of constants when
 * it prepares the statement; the time is none.
 */
#define IF_CHANGED "ROW_COUNT() > 0 * UNIX_TIMESTAMP()"
struct store_change {
	const struct statement *statement;
	const struct db_value *values;
	uint64_t affected; /* set */
	enum err err;      /* set: not ERR_NONE for the first that fails */
};
enum err store_run_together(
    struct store *st, struct store_change *changes, size_t count);

/* The same outside a transaction: again after a deadlock; then ERR_BUSY. */
enum err store_run_alone(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *affected);

/* Reads its one row into `row` (of its first table); none: as it was. */
enum err store_find(struct store *st, const struct statement *statement,
    const struct db_value *values, void *row, bool *found);

/* Runs one that only asks whether there is a row (SELECT 1 AS found …). */
struct statement_found {
	bool found;
};
extern const struct field_table statement_found_table;
enum err store_exists(struct store *st, const struct statement *statement,
    const struct db_value *values, bool *found);

/* The result of one that asks for short texts (SELECT … AS value). */
struct statement_word {
	char value[400]; /* JSON with a name in it at most */
};
extern const struct field_table statement_word_table;

/* Runs one that asks for a number (SELECT … AS value); 0: there is no row. */
struct statement_number {
	int64_t value;
};
extern const struct field_table statement_number_table;
enum err store_number(struct store *st, const struct statement *statement,
    const struct db_value *values, int64_t *number);

/*
 * Runs `body`, which enters its audit row, in a transaction and commits; a
 * deadlock or a lost connection runs the whole of it again, a few times.  Any
 * error rolls back.  ERR_UNCHANGED (there is nothing to change) becomes
 * ERR_NONE; ERR_CONFLICT and ERR_LOST become ERR_BUSY and ERR_UNAVAILABLE.
 * Where a connection was cut during COMMIT, the next attempt waits for those
 * locks, and does the write or finds it done; ERR_OUTCOME_UNKNOWN only where
 * no attempt came that far.  A write with a key (st->repeat) may also end with
 * ERR_REPEATED or ERR_KEY_IN_USE.
 */
enum err store_transact(struct store *st,
    enum err (*body)(struct store *st, void *context), void *context);

/* Found by its address, made where it is asked for first. */
struct statement_kept *statement_kept(
    struct store *st, const struct statement *statement);

/*
 * The text of a statement for a kind of credential; `with_licence`: the columns
 * of the organization's licence stand behind the caller's, where its scope has
 * an organization.
 */
const char *statement_text(struct store *st, const struct statement *statement,
    enum credential_kind kind, bool with_licence);

#endif
