#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/crypto.h"
#include "edge/db_auth.h"
#include "edge/db_move.h"
#include "edge/db_session.h"

enum {
	CONNECT_SECONDS = 1,
	SECOND = 1000000,    /* in ticks */
	ROWS_SKIPPED = 1000, /* cheaper to read than to connect anew */
	/* where there are several servers; so that load spreads again */
	LIFETIME_SECONDS = 60
};

void db_disconnect(struct db *db)
{
	db_forget_prepared(db);
	if (db->connection != NULL)
		mysql_close(db->connection);
	db->connection = NULL;
	db->open = NULL;
	/* a transaction stays begun: its next statement must not run alone */
}

/*
 * The rows that nobody wants any more come before the next statement's.  A few
 * are read.  To read all could take as long as the whole list: the connection
 * is shut down, since closing it in order would read them too.
 */
void db_end_request(struct db *db)
{
	for (int i = 0; db->open != NULL && i < ROWS_SKIPPED; i++) {
		int result = mysql_stmt_fetch(db->open);

		if (result != 0 && result != MYSQL_DATA_TRUNCATED)
			db_finish(db);
	}
	if (db->open == NULL)
		return;
	(void)shutdown((int)db->connection->net.fd, SHUT_RDWR);
	db_disconnect(db);
}

static void set_options(struct db *db)
{
	const struct db_settings *s = db->settings;
	unsigned connect = CONNECT_SECONDS;
	unsigned statement = db_statement_seconds(s);
	unsigned local_infile = 0; /* a server could ask for any file of ours */
	char session[DB_SESSION_SIZE];

	mysql_options(db->connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(db->connection, MYSQL_OPT_READ_TIMEOUT, &statement);
	mysql_options(db->connection, MYSQL_OPT_WRITE_TIMEOUT, &statement);
	mysql_options(db->connection, MYSQL_OPT_LOCAL_INFILE, &local_infile);
	mysql_options(db->connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	db_session_print(s, session);
	mysql_options(db->connection, MYSQL_INIT_COMMAND, session);
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

static enum err connect_to(struct db *db, const struct db_host *host)
{
	const struct db_settings *s = db->settings;

	db->connection = mysql_init(NULL);
	if (db->connection == NULL)
		abort();
	set_options(db);
#ifdef TENANTRY_PORTABLE
	db_auth_register(db->connection);
#endif
	if (mysql_real_connect(db->connection, host->socket ? NULL : host->name,
		s->user, s->password, s->name, host->port, host->socket,
		CLIENT_MULTI_STATEMENTS | CLIENT_FOUND_ROWS) != NULL)
		return ERR_NONE;
	/* whatever it was: there is no connection now */
	(void)db_fail(
	    db, mysql_errno(db->connection), mysql_error(db->connection));
	db_disconnect(db);
	return ERR_UNAVAILABLE;
}

static enum err ask_read_only(struct db *db, bool *out)
{
	char value[32];
	enum err err = db_variable(
	    db, "SHOW GLOBAL VARIABLES LIKE 'read_only'", value, sizeof(value));

	*out = strcmp(value, "OFF") != 0;
	return err;
}

/*
 * Among several servers, one that takes writes is wanted, and one of a
 * Galera cluster is told to read nothing older than what was acknowledged,
 * unless a host has just kept this request's read waiting.
 */
static enum err meet(struct db *db, bool *is_read_only)
{
	char value[32];
	enum err err = ask_read_only(db, is_read_only);

	if (err || db->is_hurried)
		return err;
	err = db_variable(
	    db, "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'", value, sizeof(value));
	if (err || strcmp(value, "ON") != 0)
		return err;
	return db_command(db, "SET SESSION wsrep_sync_wait = 1");
}

static size_t random_below(size_t limit)
{
	uint32_t number;

	crypto_random(&number, sizeof(number));
	return number % limit;
}

/* A connection for a while, so that load spreads again after a failure. */
static void set_lifetime(struct db *db)
{
	db->ask_at = clock_tick() + SECOND;
	db->leave_at = db->ask_at +
	    (int64_t)(LIFETIME_SECONDS + random_below(LIFETIME_SECONDS)) *
		SECOND;
}

/*
 * Who reads from a primary that has become a replica sees what is behind, and
 * there may be a new primary.
 */
bool db_may_stay(struct db *db)
{
	bool is_watched, is_read_only = true;
	enum err err;

	if (db->connection == NULL || db->started > db->leave_at)
		return false;
	db->ask_at = db->started + SECOND;
	is_watched = db_read_begin(db);
	err = ask_read_only(db, &is_read_only);
	if (is_watched)
		err = db_read_end(db, err);
	return !err && !is_read_only;
}

/* ERR_BUSY: the server is there, but only reads, and another may write. */
static enum err try_host(struct db *db, size_t i, bool takes_read_only)
{
	bool is_read_only = false;

	db->host = i;
	if (connect_to(db, &db->settings->hosts.list[i]) ||
	    (db->settings->hosts.count > 1 && meet(db, &is_read_only))) {
		db_disconnect(db);
		db_health_failed(&db->health, i, clock_tick());
		return ERR_UNAVAILABLE;
	}
	if (is_read_only && !takes_read_only) {
		db_disconnect(db);
		return ERR_BUSY;
	}
	db->is_fresh = true;
	db->guarded = 0;
	if (db->settings->hosts.count > 1)
		set_lifetime(db);
	return ERR_NONE;
}

enum err db_connect(struct db *db)
{
	const struct db_hosts *hosts = &db->settings->hosts;
	size_t i, reader = hosts->count;

	db_health_begin(&db->health, random_below(hosts->count));
	while ((i = db_health_next(&db->health, hosts, clock_tick())) <
	    hosts->count) {
		enum err err = try_host(db, i, false);

		if (!err)
			return ERR_NONE;
		if (err == ERR_BUSY)
			reader = i;
		if (db_is_late(db))
			return ERR_UNAVAILABLE;
	}
	if (reader == hosts->count)
		return ERR_UNAVAILABLE;
	return try_host(db, reader, true);
}

enum err db_wait_for_locks(struct db *db, unsigned seconds)
{
	unsigned most = db_lock_seconds(db->settings);
	char text[64];
	enum err err;

	if (db->begins && (err = db_begin(db)))
		return err;
	if (db->connection == NULL)
		return ERR_LOST;
	snprintf(text, sizeof(text), "SET innodb_lock_wait_timeout = %u",
	    seconds == 0 || seconds > most ? most : seconds);
	db->query_count++;
	return db_command(db, text);
}
