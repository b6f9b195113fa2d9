#include "store.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "edge/db_internal.h"
#include "store/statement.h"

/* A table without any meaning for these tests: a digest, an address, a count */
static const struct statement insert = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (?, ?, 7, UTC_TIMESTAMP(3))",
	.values = 2,
};

static const struct statement count = {
	.text = "SELECT failures AS value FROM login_failures"
		" WHERE login_digest = ? AND address = ?",
	.values = 2,
	.tables = { &statement_number_table },
};

static const struct statement exists = {
	.text = "SELECT 1 AS found FROM login_failures"
		" WHERE login_digest = ? AND address = ?",
	.values = 2,
	.tables = { &statement_found_table },
};

static const struct statement change = {
	.text = "UPDATE login_failures SET failures = failures + 1"
		" WHERE login_digest = ? AND address = ?",
	.values = 2,
};

static const unsigned char digest[32] = "of the tests of statements";

/* Parameters of all of the above for a row called `address`. */
static void name_row(struct db_value values[2], const char *address)
{
	values[0] = db_bytes(digest, sizeof(digest));
	values[1] = db_text(address);
}

static enum err insert_row(struct store *st, const char *address)
{
	struct db_value values[2];

	name_row(values, address);
	return store_run(st, &insert, values, NULL);
}

static int64_t rows(struct bed *bed)
{
	return number(bed, "SELECT COUNT(*) AS value FROM login_failures");
}

/* --- one statement -------------------------------------------------------- */

static void a_row_is_written_found_and_changed(void **state)
{
	struct bed *bed = *state;
	struct statement_number row = { 0 };
	struct db_value values[2];
	uint64_t affected = 9;
	bool found;

	name_row(values, "a");
	assert_int_equal(
	    store_run(&bed->st, &insert, values, &affected), ERR_NONE);
	assert_int_equal(affected, 1);
	assert_int_equal(
	    store_find(&bed->st, &count, values, &row, &found), ERR_NONE);
	assert_true(found);
	assert_int_equal(row.value, 7);
	assert_int_equal(
	    store_exists(&bed->st, &exists, values, &found), ERR_NONE);
	assert_true(found);
	assert_int_equal(
	    store_run(&bed->st, &change, values, &affected), ERR_NONE);
	assert_int_equal(affected, 1);
}

static void an_absent_row_is_no_error(void **state)
{
	struct bed *bed = *state;
	struct statement_number row = { 0 };
	struct db_value values[2];
	uint64_t affected = 9;
	bool found = true;

	name_row(values, "absent");
	assert_int_equal(
	    store_find(&bed->st, &count, values, &row, &found), ERR_NONE);
	assert_false(found);
	found = true;
	assert_int_equal(
	    store_exists(&bed->st, &exists, values, &found), ERR_NONE);
	assert_false(found);
	assert_int_equal(
	    store_run(&bed->st, &change, values, &affected), ERR_NONE);
	assert_int_equal(affected, 0);
}

static void a_value_is_data_whatever_stands_in_it(void **state)
{
	static const char *const texts[] = {
		"' OR 1 = 1 -- ",
		"\\",
		"a\"; DELETE",
		"%",
		"?",
	};
	struct bed *bed = *state;
	struct db_value values[2];
	bool found;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		name_row(values, texts[i]);
		assert_int_equal(
		    store_exists(&bed->st, &exists, values, &found), ERR_NONE);
		assert_false(found);
		assert_int_equal(insert_row(&bed->st, texts[i]), ERR_NONE);
		assert_int_equal(
		    store_exists(&bed->st, &exists, values, &found), ERR_NONE);
		assert_true(found);
	}
	assert_int_equal(rows(bed), COUNT_OF(texts));
}

static void a_taken_key_is_a_duplicate_and_nothing_breaks(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_DUPLICATE);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void a_missing_parent_is_a_reference(void **state)
{
	static const struct statement orphan = {
		.text = "INSERT INTO organization_bindings (user_id,"
			" organization_id, role, created_at) VALUES"
			" (?, 'none', 'admin', UTC_TIMESTAMP(3))",
		.values = 1,
	};
	struct bed *bed = *state;
	struct db_value user = db_text(bed->user_id);

	assert_int_equal(
	    store_run(&bed->st, &orphan, &user, NULL), ERR_REFERENCE);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void a_right_that_is_missing_is_unavailable(void **state)
{
	static const struct statement drop = { .text = "DROP TABLE users" };
	struct bed *bed = *state;

	assert_int_equal(
	    store_run(&bed->st, &drop, NULL, NULL), ERR_UNAVAILABLE);
	assert_true(db_errno(bed->db) != 0);
	assert_int_equal(rows(bed), 0);
}

static void what_the_schema_forbids_is_internal(void **state)
{
	static const struct statement wrong[] = {
		{ .text = "SELECT no_such FROM users" },
		{ .text = "DELETE FROM no_such" },
		{ .text = "no statement" },
		{ .text = "UPDATE users SET email = NULL" },
		{ .text = "INSERT INTO login_failures VALUES"
			  " ('x', REPEAT('y', 46), 1, UTC_TIMESTAMP(3))" },
	};
	struct bed *bed = *state;

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		/* the service's account would lack the right to see these */
		bed->st.db = bed->eye;
		assert_int_equal(
		    store_run(&bed->st, &wrong[i], NULL, NULL), ERR_INTERNAL);
		bed->st.db = bed->db;
		assert_true(db_errno(bed->eye) != 0);
		assert_true(db_error(bed->eye)[0] != '\0');
		assert_int_equal(rows(bed), 0);
	}
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void columns_that_are_not_the_fields_are_internal(void **state)
{
	static const struct statement more = {
		.text = "SELECT 1 AS value, 2 AS other",
		.tables = { &statement_number_table },
	};
	static const struct statement fewer = {
		.text = "DELETE FROM login_failures",
		.tables = { &statement_number_table },
	};
	struct bed *bed = *state;
	struct statement_number row;
	bool found;

	assert_int_equal(
	    store_find(&bed->st, &more, NULL, &row, &found), ERR_INTERNAL);
	assert_int_equal(
	    store_find(&bed->st, &fewer, NULL, &row, &found), ERR_INTERNAL);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void a_text_longer_than_its_field_is_not_cut(void **state)
{
	struct short_row {
		char text[4];
	};
	static const struct field fields[] = {
		{ .column = "text",
		    .type = FIELD_TEXT,
		    FIELD_AT(struct short_row, text) },
	};
	static const struct field_table table = FIELD_TABLE(fields);
	static const struct statement select = {
		.text = "SELECT CAST(? AS CHAR) AS text",
		.values = 1,
		.tables = { &table },
	};
	struct bed *bed = *state;
	struct db_value value = db_text("abc");
	struct short_row row;
	bool found;

	assert_int_equal(
	    store_find(&bed->st, &select, &value, &row, &found), ERR_NONE);
	assert_string_equal(row.text, "abc");
	value = db_text("abcd");
	assert_int_equal(
	    store_find(&bed->st, &select, &value, &row, &found), ERR_INTERNAL);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void an_unread_result_does_not_block_the_next_statement(void **state)
{
	struct bed *bed = *state;
	struct statement_number row;
	struct db_query all = {
		.text = "SELECT failures AS value FROM login_failures"
	};
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };
	bool more;

	for (char name[] = "a"; name[0] <= 'e'; name[0]++)
		assert_int_equal(insert_row(&bed->st, name), ERR_NONE);
	assert_int_equal(db_select(bed->db, &all, &target), ERR_NONE);
	assert_int_equal(db_next(bed->db, &more), ERR_NONE);
	assert_true(more);
	assert_int_equal(insert_row(&bed->st, "f"), ERR_NONE);
	/* its other rows are gone, not mixed up with anything */
	assert_int_equal(db_next(bed->db, &more), ERR_NONE);
	assert_false(more);
}

/* --- idle connections ----------------------------------------------------- */

static void a_read_after_the_connection_died_is_run_again(void **state)
{
	struct bed *bed = *state;
	struct db_value values[2];
	struct statement_number row = { 0 };
	bool found;

	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	name_row(values, "a");
	for (int i = 0; i < 3; i++) {
		kill_connection(bed);
		begin_request(bed);
		row.value = 0;
		assert_int_equal(
		    store_find(&bed->st, &count, values, &row, &found),
		    ERR_NONE);
		assert_true(found);
		assert_int_equal(row.value, 7);
	}
}

static void a_write_after_the_connection_died_is_not_run_twice(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	kill_connection(bed);
	begin_request(bed);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_UNAVAILABLE);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void a_transaction_begins_where_the_connection_died_before(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	kill_connection(bed);
	begin_request(bed);
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(rows(bed), 1);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void a_connection_in_disorder_is_given_up(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	/* a result that nobody reads stands in the way of all that follows */
	assert_int_equal(mysql_query(bed->db->connection, "SELECT 1"), 0);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_INTERNAL);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void a_commit_in_disorder_has_an_unknown_outcome(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	assert_int_equal(mysql_query(bed->db->connection, "SELECT 1"), 0);
	assert_int_equal(db_commit(bed->db), ERR_OUTCOME_UNKNOWN);
	db_rollback(bed->db);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(rows(bed), 1);
}

static void a_check_on_a_dead_connection_finds_no_difference(void **state)
{
	struct bed *bed = *state;
	struct statement_number row;
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };

	kill_connection(bed);
	begin_request(bed);
	assert_int_equal(
	    db_check(bed->db, "SELECT 1 AS value", 0, &target, &bed->fault),
	    ERR_UNAVAILABLE);
	assert_int_equal(
	    db_check(bed->db, "SELECT 1 AS value", 0, &target, &bed->fault),
	    ERR_NONE);
}

static void a_check_says_what_differs(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "SELECT 1", "column 1 is not value" },
		{ "SELECT 1 AS value, 2", "2 columns instead of 1" },
		{ "SELECT ? AS value", "1 parameters instead of 0" },
		{ "DO 1", "column 1 is not value" },
		{ "SELECT value FROM no_such", "no_such" },
	};
	struct bed *bed = *state;
	struct statement_number row;
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(
		    db_check(bed->eye, rows[i].text, 0, &target, &bed->fault),
		    ERR_INTERNAL);
		if (strstr(bed->fault.detail, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, bed->fault.detail);
	}
}

static void more_values_than_fit_are_internal(void **state)
{
	struct bed *bed = *state;
	struct db_value values[DB_PARAMETERS_MAX + 1];
	struct db_query query = { .text = "DO 1",
		.values = values,
		.value_count = COUNT_OF(values) };

	for (size_t i = 0; i < COUNT_OF(values); i++)
		values[i] = db_integer(1);
	assert_int_equal(db_run(bed->db, &query, NULL), ERR_INTERNAL);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void a_rollback_ends_what_is_being_read(void **state)
{
	struct bed *bed = *state;
	struct statement_number row;
	struct db_query all = {
		.text = "SELECT failures AS value FROM login_failures"
	};
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
	assert_int_equal(insert_row(&bed->st, "b"), ERR_NONE);
	assert_int_equal(db_select(bed->db, &all, &target), ERR_NONE);
	db_rollback(bed->db);
	assert_int_equal(rows(bed), 0);
	assert_int_equal(insert_row(&bed->st, "c"), ERR_NONE);
	assert_int_equal(rows(bed), 1);
}

static void an_unreachable_database_is_unavailable(void **state)
{
	struct bed *bed = *state;
	struct db_settings nowhere = bed->config.db;
	struct db *real = bed->db;
	struct db_value values[2];
	bool found;

	name_row(values, "a");
	nowhere.hosts.list[0].socket = "/nonexistent/db.sock";
	bed->st.db = db_open(&nowhere);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_UNAVAILABLE);
	assert_int_equal(
	    store_exists(&bed->st, &exists, values, &found), ERR_UNAVAILABLE);
	assert_int_equal(db_begin(bed->st.db), ERR_UNAVAILABLE);
	db_close(bed->st.db);
	bed->st.db = real;
	assert_int_equal(insert_row(&bed->st, "a"), ERR_NONE);
}

static void a_wrong_password_is_unavailable(void **state)
{
	struct bed *bed = *state;
	struct db_settings wrong = bed->config.db;
	struct db *real = bed->db;

	wrong.password = "not the password";
	bed->st.db = db_open(&wrong);
	assert_int_equal(insert_row(&bed->st, "a"), ERR_UNAVAILABLE);
	db_close(bed->st.db);
	bed->st.db = real;
	assert_int_equal(rows(bed), 0);
}

/* --- what is kept prepared ------------------------------------------------ */

/* Another text each time: the statement is found by its address. */
static const char *text_of(struct bed *bed, int i)
{
	return arena_print(&bed->mem,
	    "SELECT failures + %d AS value"
	    " FROM login_failures",
	    i);
}

static enum err ask(struct bed *bed, const char *text)
{
	struct statement_number row;
	struct db_query query = { text, NULL, 0, false };
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };
	bool found;

	return db_select_one(bed->db, &query, &target, &found);
}

/* NULL: it is not kept. */
static MYSQL_STMT *kept_of(const struct bed *bed, const char *text)
{
	for (size_t i = 0; i < DB_KEPT_MAX; i++)
		if (bed->db->prepared.kept[i].text == text)
			return bed->db->prepared.kept[i].statement;
	return NULL;
}

static void what_was_used_last_is_kept_prepared(void **state)
{
	struct bed *bed = *state;
	const char *often = text_of(bed, 0), *once = text_of(bed, 1);
	MYSQL_STMT *kept;

	assert_int_equal(ask(bed, often), ERR_NONE);
	assert_int_equal(ask(bed, once), ERR_NONE);
	kept = kept_of(bed, often);
	assert_non_null(kept);
	for (int i = 2; i < 3 * DB_KEPT_MAX; i++) {
		assert_int_equal(ask(bed, text_of(bed, i)), ERR_NONE);
		assert_ptr_equal(kept_of(bed, often), kept);
		assert_int_equal(ask(bed, often), ERR_NONE);
	}
	assert_null(kept_of(bed, once));
	assert_int_equal(ask(bed, once), ERR_NONE);
	assert_non_null(kept_of(bed, once));
}

/* As who may change the server's settings, as tests/api/helper.bash has it. */
static void allow_local_files(struct bed *bed, const char *sql)
{
	const struct passwd *self = getpwuid(geteuid());
	const char *name = getenv("DB_ADMIN");
	struct db_settings settings = bed->config.db;
	struct db *db;

	settings.user = name != NULL ? name : self->pw_name;
	settings.password = NULL;
	db = db_open(&settings);
	db_begin_request(db);
	if (db_script(db, sql, strlen(sql)) != ERR_NONE)
		fail_msg("%s: %s", sql, db_error(db));
	db_close(db);
}

/* The server and the account allow it, so that only the client says no. */
static void a_server_gets_no_file_of_ours(void **state)
{
	static const char text[] = "LOAD DATA LOCAL INFILE '/etc/passwd'"
				   " INTO TABLE rates FIELDS TERMINATED BY ':'";
	struct bed *bed = *state;
	unsigned number;

	allow_local_files(bed, "SET GLOBAL local_infile = 1");
	db_rest(bed->db);
	begin_request(bed);
	(void)db_script(bed->db, text, sizeof(text) - 1);
	number = db_errno(bed->db);
	allow_local_files(bed, "SET GLOBAL local_infile = 0");
	/* MariaDB, MySQL 8 and before: disabled; the library's own */
	assert_true(number == 4166 || number == 3948 || number == 1148 ||
	    number == 2068);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_server_gets_no_file_of_ours),
		IN_BED(a_row_is_written_found_and_changed),
		IN_BED(an_absent_row_is_no_error),
		IN_BED(a_value_is_data_whatever_stands_in_it),
		IN_BED(a_taken_key_is_a_duplicate_and_nothing_breaks),
		IN_BED(a_missing_parent_is_a_reference),
		IN_BED(what_the_schema_forbids_is_internal),
		IN_BED(a_right_that_is_missing_is_unavailable),
		IN_BED(columns_that_are_not_the_fields_are_internal),
		IN_BED(a_text_longer_than_its_field_is_not_cut),
		IN_BED(an_unread_result_does_not_block_the_next_statement),
		IN_BED(a_read_after_the_connection_died_is_run_again),
		IN_BED(a_write_after_the_connection_died_is_not_run_twice),
		IN_BED(a_transaction_begins_where_the_connection_died_before),
		IN_BED(a_connection_in_disorder_is_given_up),
		IN_BED(a_commit_in_disorder_has_an_unknown_outcome),
		IN_BED(a_check_on_a_dead_connection_finds_no_difference),
		IN_BED(a_check_says_what_differs),
		IN_BED(more_values_than_fit_are_internal),
		IN_BED(a_rollback_ends_what_is_being_read),
		IN_BED(an_unreachable_database_is_unavailable),
		IN_BED(a_wrong_password_is_unavailable),
		IN_BED(what_was_used_last_is_kept_prepared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
