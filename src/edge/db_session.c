#include "edge/db_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "edge/db_internal.h"

/*
 * READ COMMITTED cannot be written to a log of statements, and the server
 * refuses it.  REPEATABLE READ is right too: a transaction begins with the lock
 * of what it compares, and sees what was committed before it had that lock.
 */
#define ISOLATION \
	"IF(@@log_bin AND @@binlog_format = 'STATEMENT'," \
	" 'REPEATABLE-READ', 'READ-COMMITTED')"

enum product { BOTH, MARIADB, MYSQL_ONLY };

struct pin {
	enum product product;
	const char *name;
	const char *set;   /* the value in SET; NULL: set by SET NAMES */
	const char *shown; /* in SHOW VARIABLES; NULL: the number is set's */
	const char *other; /* is right too, or NULL */
};

/* "@" is a number of seconds, or milliseconds, that comes from the settings. */
static const struct pin pins[] = {
	{ BOTH, "character_set_client", NULL, "utf8mb4", NULL },
	{ BOTH, "character_set_connection", NULL, "utf8mb4", NULL },
	{ BOTH, "character_set_results", NULL, "utf8mb4", NULL },
	{ BOTH, "collation_connection", NULL, "utf8mb4_general_ci", NULL },
	{ BOTH, "sql_mode",
	    "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION'",
	    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION",
	    NULL },
	{ BOTH, "time_zone", "'+00:00'", "+00:00", NULL },
	{ BOTH, "autocommit", "1", "ON", NULL },
	{ BOTH, "completion_type", "0", "NO_CHAIN", NULL },
	{ BOTH, "sql_select_limit", "18446744073709551615",
	    "18446744073709551615", NULL },
	{ BOTH, "sql_big_selects", "1", "ON", NULL },
	{ BOTH, "sql_safe_updates", "0", "OFF", NULL },
	{ BOTH, "sql_auto_is_null", "0", "OFF", NULL },
	{ BOTH, "foreign_key_checks", "1", "ON", NULL },
	{ BOTH, "unique_checks", "1", "ON", NULL },
	{ BOTH, "innodb_lock_wait_timeout", "@lock", NULL, NULL },
	{ BOTH, "lock_wait_timeout", "@lock", NULL, NULL },
	{ MARIADB, "max_statement_time", "@statement", NULL, NULL },
	{ MARIADB, "check_constraint_checks", "1", "ON", NULL },
	{ MARIADB, "old_mode", "''", "", NULL },
	{ MARIADB, "tx_read_only", "0", "OFF", NULL },
	{ MARIADB, "tx_isolation", ISOLATION, "READ-COMMITTED",
	    "REPEATABLE-READ" },
	{ MYSQL_ONLY, "max_execution_time", "@statement_ms", NULL, NULL },
	{ MYSQL_ONLY, "transaction_read_only", "0", "OFF", NULL },
	{ MYSQL_ONLY, "transaction_isolation", ISOLATION, "READ-COMMITTED",
	    "REPEATABLE-READ" },
};

enum { PIN_COUNT = sizeof(pins) / sizeof(pins[0]) };

/*
 * A statement may begin in the first half of the request's time and last for
 * half of it: together they stay within the deadline.
 */
unsigned db_statement_seconds(const struct db_settings *s)
{
	return (unsigned)(s->deadline > 3 ? s->deadline / 2 : 1);
}

unsigned db_lock_seconds(const struct db_settings *settings)
{
	unsigned half = db_statement_seconds(settings);

	return half > 1 ? half - 1 : 1;
}

/* --- set ------------------------------------------------------------------ */

static unsigned number_of(
    const struct pin *pin, const struct db_settings *settings)
{
	if (strcmp(pin->set, "@lock") == 0)
		return db_lock_seconds(settings);
	return db_statement_seconds(settings) *
	    (strcmp(pin->set, "@statement_ms") == 0 ? 1000 : 1);
}

static void put_pins(
    struct text *text, const struct db_settings *settings, enum product product)
{
	for (size_t i = 0; i < PIN_COUNT; i++) {
		const struct pin *pin = &pins[i];

		if (pin->product != product || pin->set == NULL)
			continue;
		text_put(text, ", ");
		text_put(text, pin->name);
		text_put(text, " = ");
		if (pin->shown == NULL)
			text_put_number(text, number_of(pin, settings));
		else
			text_put(text, pin->set);
	}
}

void db_session_print(
    const struct db_settings *settings, char out[DB_SESSION_SIZE])
{
	struct text text = text_in(out, DB_SESSION_SIZE);

	/* each product skips the comments of the other */
	text_put(&text, "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci");
	put_pins(&text, settings, BOTH);
	text_put(&text, " /*M!100101 ");
	put_pins(&text, settings, MARIADB);
	text_put(&text, " */ /*!50720 ");
	put_pins(&text, settings, MYSQL_ONLY);
	text_put(&text, " */");
}

/* --- asked back ----------------------------------------------------------- */

static size_t find_pin(const char *name)
{
	size_t i = 0;

	while (i < PIN_COUNT && strcmp(pins[i].name, name) != 0)
		i++;
	return i;
}

static bool is_as_set(const struct pin *pin, const struct db_settings *settings,
    const char *value)
{
	if (pin->shown == NULL)
		return strtod(value, NULL) == number_of(pin, settings);
	return strcmp(value, pin->shown) == 0 ||
	    (pin->other != NULL && strcmp(value, pin->other) == 0);
}

/* Each product has its own of some of them, and tells nothing of the rest. */
static void print_question(char out[DB_SESSION_SIZE])
{
	struct text text = text_in(out, DB_SESSION_SIZE);

	text_put(&text, "SHOW SESSION VARIABLES WHERE Variable_name IN (");
	for (size_t i = 0; i < PIN_COUNT; i++) {
		text_put(&text, i == 0 ? "'" : ", '");
		text_put(&text, pins[i].name);
		text_put(&text, "'");
	}
	text_put(&text, ")");
}

static void put_difference(
    struct text *text, char *what, const char *name, const char *value)
{
	text_put(text, *what == '\0' ? "" : ", ");
	text_put(text, name);
	text_put(text, " is ");
	text_put(text, value);
}

/* A limit of rows would hide that there is one. */
static void compare(const struct db_settings *settings, MYSQL_RES *result,
    char *what, size_t size)
{
	struct text text = text_in(what, size);
	bool seen[PIN_COUNT] = { false };
	MYSQL_ROW row;

	while ((row = mysql_fetch_row(result)) != NULL) {
		size_t i = find_pin(row[0]);

		if (i == PIN_COUNT)
			continue;
		seen[i] = true;
		if (!is_as_set(&pins[i], settings, row[1]))
			put_difference(&text, what, row[0], row[1]);
	}
	for (size_t i = 0; i < PIN_COUNT; i++)
		if (pins[i].product == BOTH && !seen[i])
			put_difference(&text, what, pins[i].name, "not told");
}

enum err db_session_check(struct db *db, char *what, size_t size)
{
	char question[DB_SESSION_SIZE];
	MYSQL_RES *result;
	enum err err;

	what[0] = '\0';
	db->query_count++;
	if ((err = db_ready(db)))
		return err;
	print_question(question);
	if (mysql_query(db->connection, question) ||
	    (result = mysql_store_result(db->connection)) == NULL)
		return db_fail_connection(db);
	compare(db->settings, result, what, size);
	mysql_free_result(result);
	return ERR_NONE;
}
