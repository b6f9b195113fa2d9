#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/db_internal.h"

enum { CONNECT_SECONDS = 1 };

enum err db_classify(unsigned number)
{
	switch (number) {
	case ER_DUP_ENTRY:
		return ERR_DUPLICATE;
	case ER_NO_REFERENCED_ROW:
	case ER_NO_REFERENCED_ROW_2:
	case ER_SIGNAL_NOT_FOUND: /* signalled by our own procedures */
		return ERR_REFERENCE;
	case ER_SP_DOES_NOT_EXIST:
	case ER_SP_WRONG_NO_OF_ARGS:
	case ER_PROCACCESS_DENIED_ERROR:
		return ERR_NO_PROCEDURE;
	case ER_LOCK_DEADLOCK:
	case ER_CHECKREAD:
		return ERR_CONFLICT;
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_QUERY_INTERRUPTED:
	case 1969: /* MariaDB: max_statement_time exceeded */
	case 3024: /* MySQL: max_execution_time exceeded */
		return ERR_BUSY;
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case 1927: /* MariaDB: the connection was killed */
	case ER_SERVER_SHUTDOWN:
		return ERR_LOST;
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_UNKNOWN_HOST:
	case ER_CON_COUNT_ERROR:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_USER_LIMIT_REACHED:
	case ER_HOST_IS_BLOCKED:
	case ER_ACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_BAD_DB_ERROR:
	case ER_UNKNOWN_COM_ERROR: /* 1047: a cluster node without quorum */
	case ER_OPTION_PREVENTS_STATEMENT: /* 1290: read only */
	case 1836:                         /* MySQL: read only */
	case ER_OUT_OF_RESOURCES:
	case ER_DISK_FULL:
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

void db_disconnect(struct db *db)
{
	for (size_t i = 0; i < DB_SLOTS; i++) {
		if (db->prepared[i] != NULL)
			mysql_stmt_close(db->prepared[i]);
		db->prepared[i] = NULL;
	}
	if (db->connection != NULL)
		mysql_close(db->connection);
	db->connection = NULL;
	db->open = NULL;
	/* a transaction stays begun: its next statement must not run alone */
}

/*
 * A statement may begin in the first half of the request's time and last for
 * half of it: together they stay within the deadline.
 */
static unsigned half_of_deadline(const struct db_settings *s)
{
	return (unsigned)(s->deadline > 3 ? s->deadline / 2 : 1);
}

unsigned db_lock_seconds(const struct db_settings *settings)
{
	unsigned half = half_of_deadline(settings);

	return half > 1 ? half - 1 : 1;
}

static void set_options(struct db *db)
{
	const struct db_settings *s = db->settings;
	unsigned connect = CONNECT_SECONDS;
	unsigned half = half_of_deadline(s);
	char init[384];

	mysql_options(db->connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(db->connection, MYSQL_OPT_READ_TIMEOUT, &half);
	mysql_options(db->connection, MYSQL_OPT_WRITE_TIMEOUT, &half);
	mysql_options(db->connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	/* each product's own name for the time limit of a statement */
	snprintf(init, sizeof(init),
	    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,"
	    "ERROR_FOR_DIVISION_BY_ZERO', time_zone = '+00:00', "
	    "innodb_lock_wait_timeout = %u "
	    "/*M!100101 , max_statement_time = %u */"
	    "/*!50708 , max_execution_time = %u */",
	    db_lock_seconds(s), half, half * 1000);
	mysql_options(db->connection, MYSQL_INIT_COMMAND, init);
	mysql_options(db->connection, MYSQL_INIT_COMMAND,
	    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	if (s->tls_ca != NULL && s->tls_ca[0] != '\0') {
		db_flag verify = 1;

		mysql_options(db->connection, MYSQL_OPT_SSL_CA, s->tls_ca);
#ifdef MARIADB_BASE_VERSION
		mysql_options(
		    db->connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
		unsigned mode = SSL_MODE_VERIFY_IDENTITY;

		(void)verify;
		mysql_options(db->connection, MYSQL_OPT_SSL_MODE, &mode);
#endif
	}
}

enum err db_connect(struct db *db)
{
	const struct db_settings *s = db->settings;

	db->connection = mysql_init(NULL);
	if (db->connection == NULL)
		abort();
	set_options(db);
	if (mysql_real_connect(db->connection, s->socket ? NULL : s->host,
		s->user, s->password, s->name, s->port, s->socket,
		CLIENT_MULTI_STATEMENTS | CLIENT_FOUND_ROWS) == NULL) {
		/* whatever it was: there is no connection now */
		(void)db_fail(db, mysql_errno(db->connection),
		    mysql_error(db->connection));
		db_disconnect(db);
		return ERR_UNAVAILABLE;
	}
	db->is_fresh = true;
	db->guarded = 0;
	return ERR_NONE;
}
