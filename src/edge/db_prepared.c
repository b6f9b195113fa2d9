#include "edge/db_prepared.h"

#include <stdlib.h>
#include <string.h>

#include "edge/db_internal.h"

void db_close_once(struct db *db)
{
	if (db->prepared.once != NULL)
		mysql_stmt_close(db->prepared.once);
	db->prepared.once = NULL;
}

/* That of a text; where there is none, a free one or that used longest ago. */
static struct db_kept *place_of(struct db *db, const char *text)
{
	struct db_kept *oldest = &db->prepared.kept[0];

	for (size_t i = 0; i < DB_KEPT_MAX; i++) {
		if (db->prepared.kept[i].text == text)
			return &db->prepared.kept[i];
		if (db->prepared.kept[i].used < oldest->used)
			oldest = &db->prepared.kept[i];
	}
	return oldest;
}

static void keep(struct db *db, struct db_kept *place, const char *text,
    MYSQL_STMT *statement)
{
	if (place->text != NULL)
		mysql_stmt_close(place->statement);
	place->text = text;
	place->statement = statement;
	place->used = ++db->prepared.uses;
}

enum err db_prepare(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	struct db_kept *place = query->is_once ? NULL
					       : place_of(db, query->text);
	MYSQL_STMT *statement;

	*out = NULL;
	db_close_once(db);
	if (place != NULL && place->text == query->text) {
		place->used = ++db->prepared.uses;
		*out = place->statement;
		return ERR_NONE;
	}
	statement = mysql_stmt_init(db->connection);
	if (statement == NULL)
		abort();
	if (mysql_stmt_prepare(statement, query->text, strlen(query->text))) {
		enum err err = db_fail_statement(db, statement);

		mysql_stmt_close(statement);
		return err;
	}
	if (place != NULL)
		keep(db, place, query->text, statement);
	else
		db->prepared.once = statement;
	*out = statement;
	return ERR_NONE;
}

enum err db_execute_prepared(
    struct db *db, const struct db_query *query, MYSQL_STMT *statement)
{
	if (query->value_count > DB_PARAMETERS_MAX)
		return ERR_INTERNAL;
	for (size_t i = 0; i < query->value_count; i++)
		db_bind_parameter(db, i, &query->values[i]);
	if (query->value_count > 0 &&
	    mysql_stmt_bind_param(statement, db->parameters))
		return db_fail_statement(db, statement);
	if (mysql_stmt_execute(statement))
		return db_fail_statement(db, statement);
	return ERR_NONE;
}

enum err db_execute_once(
    struct db *db, const struct db_query *query, MYSQL_STMT **out)
{
	enum err err = db_prepare(db, query, out);

	return err ? err : db_execute_prepared(db, query, *out);
}

void db_forget_prepared(struct db *db)
{
	for (size_t i = 0; i < DB_KEPT_MAX; i++)
		if (db->prepared.kept[i].text != NULL)
			mysql_stmt_close(db->prepared.kept[i].statement);
	memset(db->prepared.kept, 0, sizeof(db->prepared.kept));
	db_close_once(db);
}
