/*
 * Rows of a caller's statement as a source, for the resources' files here.
 */
#ifndef TENANTRY_STORE_READ_H
#define TENANTRY_STORE_READ_H

#include "base/rows.h"
#include "store/caller.h"

struct read {
	void *into[STATEMENT_TABLES_MAX];
	/* a text of `into`: if the first row has it empty, there are none */
	const char *id;
	const struct db_value *values; /* of the statement's own; NULL: none */
};

/*
 * Runs and permits (caller_select) and makes `rows` yield the first row, then
 * the others, each into the structs of `read`.
 */
enum err read_rows(struct store *st, struct asker *asker,
    const struct statement *statement, const struct read *read,
    struct rows *rows);

/*
 * The same by a statement that is no caller's, where the caller is known and
 * permitted already: its values say for whom it reads.
 */
enum err read_known(struct store *st, const struct statement *statement,
    const struct read *read, struct rows *rows);

#endif
