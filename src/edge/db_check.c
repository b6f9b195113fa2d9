#include <stdlib.h>
#include <string.h>

#include "edge/db_internal.h"

static enum err run_script(struct db *db, const char *text, size_t length)
{
	int status;

	if (mysql_real_query(db->connection, text, length))
		return db_fail_connection(db);
	do {
		MYSQL_RES *result = mysql_store_result(db->connection);

		if (result != NULL)
			mysql_free_result(result);
		status = mysql_next_result(db->connection);
	} while (status == 0);
	if (status > 0)
		return db_fail_connection(db);
	return ERR_NONE;
}

enum err db_script(struct db *db, const char *text, size_t length)
{
	enum err err = db_ready(db);

	if (err)
		return err;
	db->is_in_script = true;
	err = run_script(db, text, length);
	db->is_in_script = false;
	return err;
}

static enum err compare(MYSQL_STMT *statement, size_t value_count,
    const struct db_target *target, struct fault *fault)
{
	MYSQL_RES *metadata = mysql_stmt_result_metadata(statement);
	unsigned i = 0, count = metadata ? mysql_num_fields(metadata) : 0;
	enum err err = ERR_NONE;

	if (mysql_stmt_param_count(statement) != value_count)
		err = fault_set(fault, ERR_INTERNAL,
		    "%lu parameters instead of %zu",
		    mysql_stmt_param_count(statement), value_count);
	for (size_t s = 0; s < target->count && !err; s++) {
		const struct field_table *table = target->segments[s].table;

		for (size_t f = 0; f < table->count && !err; f++) {
			const char *want = table->rows[f].column;

			if (want == NULL)
				continue;
			if (i >= count ||
			    strcmp(want,
				mysql_fetch_field_direct(metadata, i)->name) !=
				0)
				err = fault_set(fault, ERR_INTERNAL,
				    "column %u is not %s", i + 1, want);
			i++;
		}
	}
	if (!err && i != count)
		err = fault_set(
		    fault, ERR_INTERNAL, "%u columns instead of %u", count, i);
	if (metadata != NULL)
		mysql_free_result(metadata);
	return err;
}

enum err db_check(struct db *db, const char *text, size_t value_count,
    const struct db_target *target, struct fault *fault)
{
	MYSQL_STMT *statement;
	enum err err;

	if ((err = db_ready(db)))
		return fault_set(fault, err, "%s", db->last_error);
	statement = mysql_stmt_init(db->connection);
	if (statement == NULL)
		abort();
	if (mysql_stmt_prepare(statement, text, strlen(text)) == 0)
		err = compare(statement, value_count, target, fault);
	else if (db_ends_connection(mysql_stmt_errno(statement)))
		err = db_fail_statement(db, statement);
	else
		err = fault_set(
		    fault, ERR_INTERNAL, "%s", mysql_stmt_error(statement));
	mysql_stmt_close(statement);
	return err;
}
