#include <errmsg.h>
#include <mysqld_error.h>

#include "edge/db_internal.h"

/* Numbers without a name here are not in both client libraries. */
static const struct {
	unsigned number;
	enum err err;
	bool is_host; /* another host may run what this one did not */
} rows[] = {
	{ ER_UNKNOWN_COM_ERROR, ERR_LOST, true }, /* a node without quorum */
	{ ER_OPEN_AS_READONLY, ERR_LOST, true },  /* innodb_read_only */
	{ ER_OPTION_PREVENTS_STATEMENT, ERR_LOST, true }, /* read only */
	{ 1836, ERR_LOST, true },                         /* MySQL: the same */
	/* MySQL: a member that leaves its group, or is its primary no more */
	{ 3098, ERR_LOST, true },

	{ ER_DUP_ENTRY, ERR_DUPLICATE, false },
	{ ER_NO_REFERENCED_ROW, ERR_REFERENCE, false },
	{ ER_NO_REFERENCED_ROW_2, ERR_REFERENCE, false },
	{ ER_LOCK_DEADLOCK, ERR_CONFLICT, false },
	{ ER_CHECKREAD, ERR_CONFLICT, false },
	{ ER_LOCK_WAIT_TIMEOUT, ERR_BUSY, false },
	{ ER_LOCK_TABLE_FULL, ERR_BUSY, false }, /* no memory for more locks */
	{ ER_QUERY_INTERRUPTED, ERR_BUSY, false },
	{ 1969, ERR_BUSY, false }, /* MariaDB: max_statement_time exceeded */
	{ 3024, ERR_BUSY, false }, /* MySQL: max_execution_time exceeded */

	{ CR_SERVER_GONE_ERROR, ERR_LOST, false },
	{ CR_SERVER_LOST, ERR_LOST, false },
	{ 1927, ERR_LOST, false }, /* MariaDB: the connection was killed */
	{ 4031, ERR_LOST, false }, /* MySQL: closed after wait_timeout */
	{ ER_SERVER_SHUTDOWN, ERR_LOST, false },
	/* a node that loses its majority */
	{ ER_ERROR_DURING_COMMIT, ERR_LOST, false },
	{ 3100, ERR_LOST, false },     /* MySQL: the same, of a group */
	{ 3101, ERR_CONFLICT, false }, /* MySQL: another member was first */

	{ CR_CONNECTION_ERROR, ERR_UNAVAILABLE, false },
	{ CR_CONN_HOST_ERROR, ERR_UNAVAILABLE, false },
	{ CR_UNKNOWN_HOST, ERR_UNAVAILABLE, false },
	{ ER_CON_COUNT_ERROR, ERR_UNAVAILABLE, false },
	{ ER_TOO_MANY_USER_CONNECTIONS, ERR_UNAVAILABLE, false },
	{ ER_USER_LIMIT_REACHED, ERR_UNAVAILABLE, false },
	{ ER_MAX_PREPARED_STMT_COUNT_REACHED, ERR_UNAVAILABLE, false },
	{ ER_HOST_IS_BLOCKED, ERR_UNAVAILABLE, false },
	{ ER_HOST_NOT_PRIVILEGED, ERR_UNAVAILABLE, false },
	{ ER_ACCESS_DENIED_ERROR, ERR_UNAVAILABLE, false },
	{ 1698, ERR_UNAVAILABLE, false }, /* the same, without a password */
	{ ER_DBACCESS_DENIED_ERROR, ERR_UNAVAILABLE, false },
	/* a right is missing */
	{ ER_TABLEACCESS_DENIED_ERROR, ERR_UNAVAILABLE, false },
	{ ER_COLUMNACCESS_DENIED_ERROR, ERR_UNAVAILABLE, false },
	{ ER_SPECIFIC_ACCESS_DENIED_ERROR, ERR_UNAVAILABLE, false },
	{ 1820, ERR_UNAVAILABLE, false }, /* the password has expired */
	{ 1862, ERR_UNAVAILABLE, false }, /* the same, at the login */
	{ 3118, ERR_UNAVAILABLE, false }, /* MySQL: the account is locked */
	{ 4151, ERR_UNAVAILABLE, false }, /* MariaDB: the same */
	{ 3955, ERR_UNAVAILABLE, false }, /* MySQL: after wrong passwords */
	{ 3159, ERR_UNAVAILABLE, false }, /* MySQL: TLS is required */
	{ 3032, ERR_UNAVAILABLE, false }, /* MySQL: in offline mode */
	{ ER_BAD_DB_ERROR, ERR_UNAVAILABLE, false },
	{ ER_OUTOFMEMORY, ERR_UNAVAILABLE, false },
	{ ER_OUT_OF_SORTMEMORY, ERR_UNAVAILABLE, false },
	{ ER_OUT_OF_RESOURCES, ERR_UNAVAILABLE, false },
	{ ER_CANT_CREATE_THREAD, ERR_UNAVAILABLE, false },
	{ 1637, ERR_UNAVAILABLE, false }, /* too many open transactions */
	{ ER_DISK_FULL, ERR_UNAVAILABLE, false },
	{ ER_RECORD_FILE_FULL, ERR_UNAVAILABLE, false },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

bool db_is_host_error(unsigned number)
{
	for (size_t i = 0; i < ROW_COUNT && rows[i].is_host; i++)
		if (rows[i].number == number)
			return true;
	return false;
}

enum err db_classify(unsigned number)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].number == number)
			return rows[i].err;
	return ERR_INTERNAL;
}
