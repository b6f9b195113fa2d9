#include "store/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/db_session.h"
#include "store/grant.h"
#include "store/outbox.h"
#include "store/schema.h"

enum { SKEW_OK = 2000, SKEW_WARN = 30000 }; /* ms */

/* What the server says of itself; the order of the names below. */
enum variable {
	VERSION,
	COMMENT,
	ISOLATION,
	ISOLATION_MARIADB,
	CHARSET,
	DATABASE_CHARSET,
	MAX_CONNECTIONS,
	MAX_USER_CONNECTIONS,
	TIMESTAMP,
	LOG_BIN,
	BINLOG_FORMAT,
	VARIABLE_COUNT
};

static const char *const names[VARIABLE_COUNT] = { "version", "version_comment",
	"transaction_isolation", "tx_isolation", "character_set_connection",
	"character_set_database", "max_connections", "max_user_connections",
	"timestamp", "log_bin", "binlog_format" };

struct server {
	const char *values[VARIABLE_COUNT]; /* "" where it has no such one */
};

struct variable_row {
	char name[65];
	char value[257];
};

static const struct field variable_rows[] = {
	{ .column = "Variable_name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct variable_row, name) },
	{ .column = "Value",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct variable_row, value) },
};

static const struct field_table variable_table = FIELD_TABLE(variable_rows);

/* The two products spell some of them differently: each gives what it has. */
static const struct statement variables = {
	.bounded = "settings of the server",
	.scope = SCOPE_PUBLIC,
	.text = "SHOW VARIABLES WHERE Variable_name IN ('version',"
		" 'version_comment', 'transaction_isolation', 'tx_isolation',"
		" 'character_set_connection', 'character_set_database',"
		" 'max_connections', 'max_user_connections', 'timestamp',"
		" 'log_bin', 'binlog_format')",
	.tables = { &variable_table },
};

const struct statement *const doctor_statements[] = { &variables, NULL };

static void keep(
    struct store *st, struct server *server, const struct variable_row *row)
{
	for (size_t i = 0; i < VARIABLE_COUNT; i++) {
		if (strcmp(row->name, names[i]) == 0)
			server->values[i] = arena_text(st->mem, row->value);
	}
}

static enum err read_server(struct store *st, struct server *server)
{
	struct variable_row row;
	const struct db_query query = {
		.text = variables.text,
	};
	const struct db_target target = {
		.segments = { { &variable_table, &row } },
		.count = 1,
	};
	bool more;
	enum err err;

	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		server->values[i] = "";
	if ((err = db_select(st->db, &query, &target)))
		return err;
	while (!(err = db_next(st->db, &more)) && more)
		keep(st, server, &row);
	return err;
}

/* --- lines ---------------------------------------------------------------- */

static void check_product(const struct server *server, struct findings *out)
{
	const char *version = server->values[VERSION];
	bool is_mariadb = strstr(version, "MariaDB") != NULL ||
	    strstr(server->values[COMMENT], "MariaDB") != NULL;
	unsigned major = 0, minor = 0;
	bool is_tested;

	(void)sscanf(version, "%u.%u", &major, &minor);
	is_tested = is_mariadb ? major > 10 || (major == 10 && minor >= 11)
			       : major >= 8;
	finding_add(out, "database", is_tested ? FINDING_OK : FINDING_WARN,
	    "%s %s (%s)", is_mariadb ? "MariaDB" : "MySQL", version,
	    server->values[COMMENT]);
	if (!is_tested)
		finding_remedy(
		    out, "MariaDB 10.11 or MySQL 8, or later ones, are tried");
}

/* See edge/db_session.c: a log of statements does not take the one. */
static void check_isolation(const struct server *server, struct findings *out)
{
	const char *isolation = server->values[ISOLATION];
	bool by_statement = strcmp(server->values[LOG_BIN], "ON") == 0 &&
	    strcmp(server->values[BINLOG_FORMAT], "STATEMENT") == 0;

	if (isolation[0] == '\0')
		isolation = server->values[ISOLATION_MARIADB];
	if (!by_statement) {
		finding_add(out, "isolation", FINDING_OK, "transactions are %s",
		    isolation);
		return;
	}
	finding_add(out, "isolation", FINDING_WARN,
	    "transactions are %s, since the database logs statements"
	    " (binlog_format): writes to the same rows wait more",
	    isolation);
	finding_remedy(out, "set binlog_format to ROW or MIXED");
}

static void check_charset(const struct server *server, struct findings *out)
{
	const char *database = server->values[DATABASE_CHARSET];
	bool is_right = strcmp(database, "utf8mb4") == 0;

	finding_add(out, "charset", is_right ? FINDING_OK : FINDING_WARN,
	    "%s on the connection, %s in the database", server->values[CHARSET],
	    database);
	if (!is_right)
		finding_remedy(out,
		    "ALTER DATABASE ... CHARACTER SET utf8mb4; tables of the"
		    " schema have their own");
}

static enum err check_session(struct store *st, struct findings *out)
{
	char what[DB_SESSION_DIFFERENCES];
	enum err err = db_session_check(st->db, what, sizeof(what));

	if (err)
		return err;
	if (what[0] == '\0') {
		finding_add(out, "session", FINDING_OK,
		    "the session has the settings that the program sets");
		return ERR_NONE;
	}
	finding_add(out, "session", FINDING_FAIL,
	    "what the program sets for its session is not so: %s", what);
	finding_remedy(out,
	    "see what is between the program and the database (a proxy, a"
	    " pool of connections) and takes settings away");
	return ERR_NONE;
}

/* Of the account that this connection is by. */
static enum err check_rights(struct store *st, struct findings *out)
{
	struct grant_report *report = arena_alloc(st->mem, sizeof(*report));
	enum err err = grant_compare(st, st, report);

	if (err)
		return err;
	if (report->lacks != NULL && !report->has_role) {
		finding_add(out, "rights", FINDING_FAIL,
		    "the account %s lacks rights that the program needs",
		    report->account);
		finding_remedy(
		    out, "tenantryctl migrate, or: %s", report->lacks);
	} else if (report->lacks != NULL) {
		finding_add(out, "rights", FINDING_WARN,
		    "the account %s has its rights by a role, which is not"
		    " looked at",
		    report->account);
		finding_remedy(out, "grant them to the account itself");
	} else if (report->exceeds != NULL) {
		finding_add(out, "rights", FINDING_WARN,
		    "the account %s may do more than the program needs",
		    report->account);
		finding_remedy(out,
		    "tenantryctl migrate narrows it, as a second account that"
		    " may grant; too much is: %s",
		    report->exceeds);
	} else {
		finding_add(out, "rights", FINDING_OK,
		    "the account %s has the rights that the program needs",
		    report->account);
	}
	return ERR_NONE;
}

enum err doctor_session(struct store *st, struct fault *fault)
{
	char what[DB_SESSION_DIFFERENCES];
	enum err err = db_session_check(st->db, what, sizeof(what));

	if (err || what[0] == '\0')
		return err;
	log_write(LEVEL_ERROR,
	    "database: the session's settings are not as set: %s", what);
	return fault_set(fault, ERR_UNAVAILABLE,
	    "the database does not keep the settings of the session:"
	    " tenantryctl doctor names them");
}

/* Each worker holds one connection, and tenantryctl needs one. */
static void check_connections(
    const struct server *server, int workers, struct findings *out)
{
	long most = strtol(server->values[MAX_CONNECTIONS], NULL, 10);
	long mine = strtol(server->values[MAX_USER_CONNECTIONS], NULL, 10);
	long cap = mine > 0 && mine < most ? mine : most;
	bool fits = workers < cap;

	finding_add(out, "connections",
	    fits                 ? FINDING_OK
		: workers == cap ? FINDING_WARN
				 : FINDING_FAIL,
	    "%d workers; the database takes %ld connections in all, %s%s of"
	    " this account",
	    workers, most, mine > 0 ? "" : "any number",
	    mine > 0 ? server->values[MAX_USER_CONNECTIONS] : "");
	if (!fits)
		finding_remedy(out,
		    "set workers (here and in the web server) to less than"
		    " %ld, or raise the database's cap",
		    cap);
}

/* The database judges API keys, the program licences and log lines. */
static void check_clock(
    const struct server *server, int64_t now, struct findings *out)
{
	double there = strtod(server->values[TIMESTAMP], NULL) * 1000;
	double skew = there - (double)now;
	double distance = skew < 0 ? -skew : skew;

	finding_add(out, "clock",
	    distance <= SKEW_OK         ? FINDING_OK
		: distance <= SKEW_WARN ? FINDING_WARN
					: FINDING_FAIL,
	    "the database's clock is %.1f s %s the program's", distance / 1000,
	    skew < 0 ? "behind" : "ahead of");
	if (distance > SKEW_OK)
		finding_remedy(out,
		    "let both machines follow a time server: API keys expire"
		    " by the one clock, licences by the other");
}

static enum err check_schema(struct store *st, struct findings *out)
{
	struct fault fault = { .code = ERR_NONE };
	struct schema_state state;
	enum err err;

	if ((err = schema_find(st, &state)))
		return err;
	if (schema_fits(&state, &fault) == ERR_NONE) {
		finding_add(out, "schema", FINDING_OK,
		    "the database has schema %d, this program knows %d",
		    state.version, schema_version_known());
		return ERR_NONE;
	}
	finding_add(out, "schema", FINDING_FAIL, "%s", fault.detail);
	finding_remedy(out,
	    state.version < schema_version_known()
		? "tenantryctl migrate"
		: "install the release that the schema is of");
	return ERR_NONE;
}

enum { LATE = 900 /* seconds: cron sends every minute or five */ };

static enum err check_outbox(struct store *st, struct findings *out)
{
	struct outbox_look look;
	enum err err = outbox_look(st, &look);
	const char *why = look.last_error;
	bool is_late = look.waiting > LATE;

	if (err)
		return err;
	finding_add(out, "outbox",
	    is_late || look.failed > 0 ? FINDING_WARN : FINDING_OK,
	    "%lld mails wait, the oldest since %lld min; %lld were given up in"
	    " 24 h%s%s",
	    (long long)look.queued, (long long)look.waiting / 60,
	    (long long)look.failed, *why != '\0' ? "; last: " : "", why);
	if (look.overdue > LATE)
		finding_remedy(
		    out, "let cron run tenantryctl mail send every minute");
	else if (is_late)
		finding_remedy(out,
		    "they did not go out and are tried again: see tenantryctl"
		    " mail list");
	else if (look.failed > 0)
		finding_remedy(out, "see tenantryctl mail list");
	return ERR_NONE;
}

enum err doctor_database(struct store *st, int workers, struct findings *out)
{
	struct server server;
	int64_t before, after;
	enum err err;

	/* the first statement may have to connect */
	if ((err = read_server(st, &server)))
		return err;
	before = clock_now();
	if ((err = read_server(st, &server)))
		return err;
	after = clock_now();
	check_product(&server, out);
	check_isolation(&server, out);
	check_charset(&server, out);
	if ((err = check_session(st, out)) || (err = check_rights(st, out)))
		return err;
	if ((err = check_outbox(st, out)))
		return err;
	check_connections(&server, workers, out);
	check_clock(&server, before + (after - before) / 2, out);
	return check_schema(st, out);
}
