/*
 * What the shell tests look into the database with: the mariadb client's --batch
 * without the time that it takes to start.
 *
 *     sql SOCKET ACCOUNT STATEMENT
 *
 * The statements of the text are carried out one after another.  Prints their
 * rows, one a line, tabs between the columns, NULL as NULL; a tab, a line feed
 * and a backslash within a value are \t, \n and \\.  Ends with 1 after the first
 * error, which is told on standard error.
 */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(MYSQL *db)
{
	(void)fprintf(stderr, "ERROR %u (%s): %s\n", mysql_errno(db),
	    mysql_sqlstate(db), mysql_error(db));
	return EXIT_FAILURE;
}

static void put_value(const char *value, unsigned long length)
{
	if (value == NULL)
		(void)fputs("NULL", stdout);
	for (unsigned long i = 0; value != NULL && i < length; i++)
		switch (value[i]) {
		case '\0':
			(void)fputs("\\0", stdout);
			break;
		case '\t':
			(void)fputs("\\t", stdout);
			break;
		case '\n':
			(void)fputs("\\n", stdout);
			break;
		case '\\':
			(void)fputs("\\\\", stdout);
			break;
		default:
			(void)putchar(value[i]);
		}
}

static void put_rows(MYSQL_RES *rows)
{
	unsigned columns = mysql_num_fields(rows);
	MYSQL_ROW row;

	while ((row = mysql_fetch_row(rows)) != NULL) {
		const unsigned long *lengths = mysql_fetch_lengths(rows);

		for (unsigned i = 0; i < columns; i++) {
			if (i > 0)
				(void)putchar('\t');
			put_value(row[i], lengths[i]);
		}
		(void)putchar('\n');
	}
}

int main(int argc, char *argv[])
{
	MYSQL *db = mysql_init(NULL);
	int more;

	if (argc != 4 || db == NULL)
		return EXIT_FAILURE;
	(void)mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(db, NULL, argv[2], NULL, "tenantry", 0, argv[1],
		CLIENT_MULTI_STATEMENTS) == NULL ||
	    mysql_query(db, argv[3]) != 0)
		return fail(db);
	do {
		MYSQL_RES *rows = mysql_store_result(db);

		if (rows != NULL)
			put_rows(rows);
		else if (mysql_errno(db) != 0)
			return fail(db);
		mysql_free_result(rows);
		more = mysql_next_result(db);
	} while (more == 0);
	if (more > 0)
		return fail(db);
	mysql_close(db);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
