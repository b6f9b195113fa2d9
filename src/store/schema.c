#include "store/schema.h"

#include <string.h>

#include "base/log.h"
#include "store/admin.h"
#include "store/api_key.h"
#include "store/audit.h"
#include "store/caller.h"
#include "store/chain.h"
#include "store/cut.h"
#include "store/deep.h"
#include "store/deleted.h"
#include "store/doctor.h"
#include "store/ended.h"
#include "store/erase.h"
#include "store/export.h"
#include "store/genesis.h"
#include "store/grant.h"
#include "store/head.h"
#include "store/import.h"
#include "store/invitation.h"
#include "store/key_limit.h"
#include "store/licence.h"
#include "store/listing.h"
#include "store/lock.h"
#include "store/login.h"
#include "store/mail_token.h"
#include "store/member.h"
#include "store/organization.h"
#include "store/outbox.h"
#include "store/project.h"
#include "store/purge.h"
#include "store/rate.h"
#include "store/repeat.h"
#include "store/security_event.h"
#include "store/session.h"
#include "store/snapshot.h"
#include "store/usable_admin.h"

enum { ERROR_NO_COLUMN = 1054, ERROR_NO_TABLE = 1146, TEXT_SHOWN = 60 };

struct versions {
	int64_t version, oldest;
};

static const struct field version_rows[] = {
	{ .column = "version",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct versions, version) },
	{ .column = "oldest",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct versions, oldest) },
};

static const struct field_table version_table = FIELD_TABLE(version_rows);

/* One that few programs can go on with is not undone by a later one. */
static const struct statement version = {
	.bounded = "a row for each migration",
	.scope = SCOPE_PUBLIC,
	.text = "SELECT COALESCE(MAX(version), 0) AS version,"
		" COALESCE(MAX(COALESCE(oldest_program, version)), 0)"
		" AS oldest FROM schema_migrations",
	.tables = { &version_table },
};

const struct statement *const schema_statements[] = { &version, NULL };

int schema_version_known(void)
{
	return schema_file_count == 0
	    ? 0
	    : schema_files[schema_file_count - 1].version;
}

enum err schema_find(struct store *st, struct schema_state *state)
{
	struct versions row = { 0, 0 };
	bool found;
	enum err err = store_find(st, &version, NULL, &row, &found);

	state->version = (int)row.version;
	state->oldest = (int)row.oldest;
	if (err == ERR_INTERNAL &&
	    (db_errno(st->db) == ERROR_NO_TABLE ||
		db_errno(st->db) == ERROR_NO_COLUMN))
		return ERR_NONE;
	return err;
}

enum err schema_fits(const struct schema_state *state, struct fault *fault)
{
	int known = schema_version_known();

	if (state->version < known)
		return fault_set(fault, ERR_SCHEMA,
		    "the database has schema %d, this program needs %d:"
		    " run tenantryctl migrate",
		    state->version, known);
	if (state->oldest > known)
		return fault_set(fault, ERR_SCHEMA,
		    "the database has schema %d, which needs a program for"
		    " schema %d or later, this program knows %d: update it",
		    state->version, state->oldest, known);
	return ERR_NONE;
}

enum err schema_guard(void *watch)
{
	struct schema_watch *at = watch;
	struct schema_state state;
	enum err err;

	if ((err = schema_find(at->store, &state)))
		return err;
	err = schema_fits(&state, at->fault);
	if (err && !at->is_refusing)
		log_write(
		    LEVEL_ERROR, "refusing to serve: %s", at->fault->detail);
	at->is_refusing = err != ERR_NONE;
	return err;
}

/* --- check ---------------------------------------------------------------- */

const struct statement *const *const schema_sets[] = {
	schema_statements,
	caller_statements,
	lock_statements,
	organization_statements,
	organization_create_statements,
	deleted_statements,
	project_statements,
	purge_statements,
	ended_statements,
	licence_statements,
	licence_claim_statements,
	repeat_statements,
	session_statements,
	security_event_statements,
	audit_statements,
	chain_statements,
	head_statements,
	cut_statements,
	login_statements,
	rate_statements,
	outbox_statements,
	mail_token_statements,
	doctor_statements,
	grant_statements,
	admin_statements,
	api_key_statements,
	genesis_statements,
	snapshot_statements,
	key_limit_statements,
	member_statements,
	invitation_statements,
	usable_admin_statements,
	erase_statements,
	export_statements,
	import_statements,
	listing_statements,
	deep_statements,
	NULL,
};

enum err schema_fits_callers(
    const struct statement *const *statements, struct fault *fault)
{
	for (; *statements != NULL; statements++) {
		const struct statement *statement = *statements;

		if (statement->scope == SCOPE_PUBLIC || caller_fits(statement))
			continue;
		return fault_set(fault, ERR_INTERNAL,
		    "a statement has more values than caller_select() takes:"
		    " %.*s",
		    TEXT_SHOWN, statement->text ? statement->text : "");
	}
	return ERR_NONE;
}

struct checking {
	struct store *st;
	void (*report)(const char *line);
	int differences;
};

/* One line: what differs, and how the text begins. */
static void differs(struct checking *checking,
    const struct statement *statement, const char *what)
{
	const char *text = statement->text != NULL ? statement->text : "";

	checking->differences++;
	checking->report(
	    arena_print(checking->st->mem, "%s: %.*s", what, TEXT_SHOWN, text));
}

/* What is expected of the columns; db_check() writes into no row. */
static struct db_target expected(const struct statement *statement,
    enum credential_kind kind, bool with_licence)
{
	struct db_target target = { .count = 0 };

	if (statement->scope != SCOPE_PUBLIC)
		target.segments[target.count++].table = caller_table(
		    statement->scope, kind);
	if (with_licence)
		target.segments[target.count++].table = &caller_licence_table;
	for (size_t i = 0; i < STATEMENT_TABLES_MAX; i++) {
		if (statement->tables[i] != NULL)
			target.segments[target.count++].table = statement
								    ->tables[i];
	}
	return target;
}

/* False where the database cannot be reached. */
static bool check_text(struct checking *checking,
    const struct statement *statement, enum credential_kind kind,
    bool with_licence)
{
	struct store *st = checking->st;
	struct db_target target = expected(statement, kind, with_licence);
	struct fault fault = { .code = ERR_NONE };
	size_t values = statement->values;
	enum err err;

	if (statement->scope != SCOPE_PUBLIC)
		values += caller_value_count(kind, statement->scope);
	err = db_check(st->db,
	    statement_text(st, statement, kind, with_licence), values, &target,
	    &fault);
	if (err && err != ERR_INTERNAL)
		return false;
	if (err)
		differs(checking, statement, fault.detail);
	return true;
}

static bool check_statement(
    struct checking *checking, const struct statement *statement)
{
	int before = checking->differences;

	if (!check_text(checking, statement, CREDENTIAL_KEY, false))
		return false;
	/* the other texts of a wrong one would say the same */
	if (statement->scope == SCOPE_PUBLIC || checking->differences > before)
		return true;
	return check_text(checking, statement, CREDENTIAL_LOGIN, false) &&
	    check_text(checking, statement, CREDENTIAL_SERVICE, false) &&
	    check_text(checking, statement, CREDENTIAL_SESSION, false) &&
	    check_text(checking, statement, CREDENTIAL_TOOL, false) &&
	    (!scope_has_organization(statement->scope) ||
		check_text(checking, statement, CREDENTIAL_SESSION, true));
}

int schema_check(struct store *st, const struct statement *const *statements,
    void (*report)(const char *line))
{
	struct checking checking = { .st = st, .report = report };

	for (; *statements != NULL; statements++)
		if (!check_statement(&checking, *statements))
			return -1;
	return checking.differences;
}
