#include "store.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "resource/module.h"

#include "store/migrate.h"

/*
 * The schema is bent with the migration account and straightened again by
 * the teardown, whatever happened in between.
 */
struct drift {
	struct bed *bed;
	struct db *owner;
	const char *undo; /* NULL: nothing to undo */
};

/* schema_check() reports to a function only. */
static char reported[8192];

static void report(const char *line)
{
	size_t used = strlen(reported);

	snprintf(reported + used, sizeof(reported) - used, "%s\n", line);
}

static int check(struct drift *drift)
{
	struct bed *bed = drift->bed;
	struct db *db = bed->st.db;
	int differences;

	reported[0] = '\0';
	begin_request(bed);
	db_begin_request(drift->owner);
	/* some statements are the migration account's alone */
	if (db == bed->db)
		bed->st.db = drift->owner;
	differences = schema_check(
	    &bed->st, modules_statements(&bed->mem), report);
	bed->st.db = db;
	return differences;
}

static void alter(struct drift *drift, const char *sql)
{
	db_begin_request(drift->owner);
	if (db_script(drift->owner, sql, strlen(sql)) != ERR_NONE)
		fail_msg("%s: %s", sql, db_error(drift->owner));
}

/* Bends, and remembers how to undo it. */
static void bend(struct drift *drift, const char *sql, const char *undo)
{
	alter(drift, sql);
	drift->undo = undo;
}

static void straighten(struct drift *drift)
{
	const char *undo = drift->undo;

	drift->undo = NULL;
	if (undo != NULL)
		alter(drift, undo);
}

static int drift_setup(void **state)
{
	static struct drift drift;
	void *bed;

	if (bed_setup(&bed) != 0)
		return -1;
	drift.bed = bed;
	if (drift.bed->config.migration.user == NULL) {
		print_error("no migration account in the settings\n");
		return -1;
	}
	drift.bed->config.migration.deadline = 60;
	drift.owner = db_open(&drift.bed->config.migration);
	*state = &drift;
	return 0;
}

static int drift_teardown(void **state)
{
	struct drift *drift = *state;
	void *bed = drift->bed;

	straighten(drift);
	db_close(drift->owner);
	return bed_teardown(&bed);
}

#define WITH_DRIFT(test_) \
	cmocka_unit_test_setup_teardown(test_, drift_setup, drift_teardown)

static void the_schema_is_what_the_program_was_made_for(void **state)
{
	struct drift *drift = *state;
	struct schema_state found = { 0, 0 };

	assert_int_equal(check(drift), 0);
	assert_string_equal(reported, "");
	assert_int_equal(schema_find(&drift->bed->st, &found), ERR_NONE);
	assert_int_equal(found.version, schema_version_known());
	assert_true(found.version > 0);
}

static void a_column_that_is_missing_is_found(void **state)
{
	static const struct {
		const char *bend, *undo, *name;
	} cases[] = {
		{ "ALTER TABLE projects RENAME COLUMN secret_key TO secret",
		    "ALTER TABLE projects RENAME COLUMN secret TO secret_key",
		    "secret_key" },
		{ "ALTER TABLE organizations RENAME COLUMN name_key TO other",
		    "ALTER TABLE organizations RENAME COLUMN other TO name_key",
		    "name_key" },
		{ "ALTER TABLE api_keys RENAME COLUMN digest TO sum",
		    "ALTER TABLE api_keys RENAME COLUMN sum TO digest",
		    "digest" },
		{ "ALTER TABLE audit_events RENAME COLUMN detail TO text",
		    "ALTER TABLE audit_events RENAME COLUMN text TO detail",
		    "detail" },
	};
	struct drift *drift = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bend(drift, cases[i].bend, cases[i].undo);
		assert_true(check(drift) > 0);
		assert_non_null(strstr(reported, cases[i].name));
		straighten(drift);
		assert_int_equal(check(drift), 0);
	}
}

static void each_difference_is_a_line_with_the_text(void **state)
{
	struct drift *drift = *state;
	int lines = 0, differences;

	bend(drift, "RENAME TABLE login_failures TO login_gone",
	    "RENAME TABLE login_gone TO login_failures");
	differences = check(drift);
	for (const char *at = reported; *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(differences, lines);
	/* find, failed, succeeded, purge, count, trim, erase and export */
	assert_int_equal(differences, 8);
	assert_non_null(strstr(reported, "SELECT COUNT(*)"));
}

static void a_table_that_is_missing_is_found(void **state)
{
	struct drift *drift = *state;

	bend(drift, "RENAME TABLE licence_claims TO claims_gone",
	    "RENAME TABLE claims_gone TO licence_claims");
	assert_true(check(drift) > 0);
	assert_non_null(strstr(reported, "licence_claims"));
}

static void a_column_more_is_no_difference(void **state)
{
	struct drift *drift = *state;

	bend(drift, "ALTER TABLE projects ADD COLUMN later INT NULL",
	    "ALTER TABLE projects DROP COLUMN later");
	assert_int_equal(check(drift), 0);
}

static void a_database_that_is_not_reached_is_no_difference(void **state)
{
	struct drift *drift = *state;
	struct bed *bed = drift->bed;
	struct db_settings nowhere = bed->config.db;
	struct schema_state found;

	nowhere.hosts.list[0].socket = "/nonexistent/db.sock";
	bed->st.db = db_open(&nowhere);
	assert_int_equal(check(drift), -1);
	assert_string_equal(reported, "");
	assert_int_equal(schema_find(&bed->st, &found), ERR_UNAVAILABLE);
	db_close(bed->st.db);
	bed->st.db = bed->db;
}

static void a_database_without_our_tables_has_version_0(void **state)
{
	struct drift *drift = *state;
	struct schema_state found = { 9, 9 };

	bend(drift, "RENAME TABLE schema_migrations TO schema_gone",
	    "RENAME TABLE schema_gone TO schema_migrations");
	assert_int_equal(schema_find(&drift->bed->st, &found), ERR_NONE);
	assert_int_equal(found.version, 0);
}

/* --- migrate -------------------------------------------------------------- */

static enum err migrate(struct drift *drift, int *applied)
{
	struct bed *bed = drift->bed;
	enum err err;

	begin_request(bed);
	db_begin_request(drift->owner);
	bed->st.db = drift->owner;
	err = migrate_run(&bed->st, applied, &bed->fault);
	bed->st.db = bed->db;
	return err;
}

/* As who may make databases, as tests/api/helper.bash has it. */
static struct db *open_as_admin(
    struct bed *bed, struct db_settings *settings, const char *name)
{
	const struct passwd *self = getpwuid(geteuid());
	const char *user = getenv("DB_ADMIN");
	struct db *db;

	*settings = bed->config.db;
	settings->user = user != NULL ? user : self->pw_name;
	settings->password = NULL;
	settings->name = name;
	db = db_open(settings);
	db_begin_request(db);
	return db;
}

static void run_as_admin(struct db *db, const char *sql)
{
	if (db_script(db, sql, strlen(sql)) != ERR_NONE)
		fail_msg("%s: %s", sql, db_error(db));
}

/* The time is over at once: each call makes one step forward, and no more. */
static void migrate_by_parts(struct bed *bed, struct db *db)
{
	struct store st;
	size_t calls = 0;
	int version = -1;

	store_init(&st, db, &bed->mem);
	assert_int_equal(migrate_version(&st, &version), ERR_NONE);
	assert_int_equal(version, 0);
	for (struct migrate_part part = { .until = 1 }; !part.is_done;) {
		struct fault fault = { .code = ERR_NONE };

		db_begin_request(db);
		assert_int_equal(migrate_some(&st, &part, &fault), ERR_NONE);
		assert_int_equal(part.applied, 1);
		assert_int_equal(migrate_version(&st, &version), ERR_NONE);
		assert_int_equal(version, schema_files[calls++].version);
	}
	assert_int_equal(calls, schema_file_count);
	store_release(&st);
}

static void a_migration_is_made_in_parts(void **state)
{
	struct drift *drift = *state;
	struct bed *bed = drift->bed;
	struct db_settings settings, inside;
	struct db *admin = open_as_admin(bed, &settings, "mysql"), *db;

	begin_request(bed);
	run_as_admin(admin,
	    "DROP DATABASE IF EXISTS made_in_parts;"
	    " CREATE DATABASE made_in_parts");
	db = open_as_admin(bed, &inside, "made_in_parts");
	migrate_by_parts(bed, db);
	db_close(db);
	run_as_admin(admin, "DROP DATABASE made_in_parts");
	db_close(admin);
}

static void a_second_migration_applies_nothing(void **state)
{
	struct drift *drift = *state;
	int applied = 9;

	assert_int_equal(migrate(drift, &applied), ERR_NONE);
	assert_int_equal(applied, 0);
	assert_int_equal(migrate(drift, &applied), ERR_NONE);
	assert_int_equal(applied, 0);
}

static void a_newer_schema_is_left_alone(void **state)
{
	struct drift *drift = *state;
	struct schema_state found = { 0, 0 };
	int applied = 9;

	bend(drift,
	    "INSERT INTO schema_migrations (version, name, applied_at)"
	    " VALUES (999, 'later', UTC_TIMESTAMP(3))",
	    "DELETE FROM schema_migrations WHERE version = 999");
	assert_int_equal(schema_find(&drift->bed->st, &found), ERR_NONE);
	assert_int_equal(found.version, 999);
	assert_int_equal(migrate(drift, &applied), ERR_INTERNAL);
	assert_int_equal(applied, 0);
	assert_non_null(strstr(drift->bed->fault.detail, "999"));
}

static void the_programs_account_cannot_migrate(void **state)
{
	struct drift *drift = *state;
	struct bed *bed = drift->bed;
	int applied = 9;

	assert_int_equal(
	    migrate_run(&bed->st, &applied, &bed->fault), ERR_UNAVAILABLE);
	assert_int_equal(applied, 0);
	assert_string_not_equal(bed->fault.detail, "");
	/* and the lock is free for the one that can */
	assert_int_equal(migrate(drift, &applied), ERR_NONE);
}

/* --- bodies --------------------------------------------------------------- */

/*
 * What a client's empty variable would make wider if null or "" were as good as
 * no value.  A member of that name in any body has to refuse both.
 */
static const char *const narrowing[] = { "role", "projectId", "projects",
	"expiresIn", "owner", "manage", "overlap", "need", "delivery",
	"credential", "project" };

enum { NARROWING = sizeof(narrowing) / sizeof(narrowing[0]) };

static void what_narrows_is_strict_in_every_body(void **state)
{
	unsigned seen[NARROWING] = { 0 };
	struct route_table table;
	struct arena mem;

	(void)state;
	arena_init(&mem);
	table = modules_routes(&mem);
	for (size_t i = 0; i < table.count; i++) {
		const struct field_table *body = table.rows[i]->body;

		for (size_t k = 0; body != NULL && k < body->count; k++)
			for (size_t n = 0; n < NARROWING; n++) {
				if (strcmp(body->rows[k].member,
					narrowing[n]) != 0)
					continue;
				seen[n]++;
				if ((body->rows[k].flags & FIELD_STRICT) == 0)
					fail_msg("%s: %s is not strict",
					    table.rows[i]->pattern,
					    narrowing[n]);
			}
	}
	for (size_t n = 0; n < NARROWING; n++)
		if (seen[n] == 0)
			fail_msg("no body has %s", narrowing[n]);
	arena_release(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DRIFT(the_schema_is_what_the_program_was_made_for),
		WITH_DRIFT(a_column_that_is_missing_is_found),
		WITH_DRIFT(each_difference_is_a_line_with_the_text),
		WITH_DRIFT(a_table_that_is_missing_is_found),
		WITH_DRIFT(a_column_more_is_no_difference),
		WITH_DRIFT(a_database_that_is_not_reached_is_no_difference),
		WITH_DRIFT(a_database_without_our_tables_has_version_0),
		WITH_DRIFT(a_migration_is_made_in_parts),
		WITH_DRIFT(a_second_migration_applies_nothing),
		WITH_DRIFT(a_newer_schema_is_left_alone),
		WITH_DRIFT(the_programs_account_cannot_migrate),
		cmocka_unit_test(what_narrows_is_strict_in_every_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
