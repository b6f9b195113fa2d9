#include "store.h"

#include <pwd.h>
#include <unistd.h>

#include "edge/db_internal.h"

/*
 * Several hosts.  All that answer are the one server that the tests have: what
 * differs is only how the program comes to them.
 */

enum { SECOND = 1000000, MINUTE = 60000 /* ms */ };

static const char nowhere[] = "/nonexistent/db.sock";

/* The bed's settings with a second host. */
static struct db_settings two_hosts(const struct bed *bed, const char *second)
{
	struct db_settings settings = bed->config.db;

	settings.hosts.list[1] = settings.hosts.list[0];
	if (second != NULL)
		settings.hosts.list[1].socket = second;
	settings.hosts.count = 2;
	settings.read_wait = MINUTE;
	return settings;
}

static enum err write_row(struct db *db)
{
	const struct db_query query = {
		.text = "INSERT INTO login_failures (login_digest, address,"
			" failures, last_at) VALUES (REPEAT('x', 32), 'a', 1,"
			" UTC_TIMESTAMP(3))"
	};

	return db_run(db, &query, NULL);
}

static enum err read_number(struct db *db, const char *text)
{
	const struct db_query query = { .text = text };
	struct statement_number row;
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };
	bool found;

	return db_select_one(db, &query, &target, &found);
}

/* What only the server's administrator may, who is whoever runs the tests. */
static void administer(const struct bed *bed, const char *text)
{
	const struct passwd *me = getpwuid(getuid());
	struct db_settings settings = bed->config.db;
	struct db *db;

	assert_non_null(me);
	settings.user = me->pw_name;
	settings.password = NULL;
	db = db_open(&settings);
	if (db_script(db, text, strlen(text)) != ERR_NONE)
		fail_msg("%s: %s", text, db_error(db));
	db_close(db);
}

static int writable_teardown(void **state)
{
	administer(*state, "SET GLOBAL read_only = 0");
	return bed_teardown(state);
}

static void a_host_that_is_away_is_passed_over(void **state)
{
	struct db_settings settings = two_hosts(*state, nowhere);
	struct db *db = db_open(&settings);

	/* the first attempt begins at a random one */
	for (int i = 0; i < 50 && db->health.failed_at[1] == 0; i++) {
		db_rest(db);
		db_begin_request(db);
		assert_int_equal(
		    write_row(db), i == 0 ? ERR_NONE : ERR_DUPLICATE);
		assert_int_equal(db->host, 0);
	}
	assert_true(db->health.failed_at[1] != 0);
	assert_int_equal(db->health.failed_at[0], 0);
	db_close(db);
}

static void where_all_are_away_it_is_unavailable(void **state)
{
	struct db_settings settings = two_hosts(*state, nowhere);
	struct db *db;

	settings.hosts.list[0].socket = nowhere;
	db = db_open(&settings);
	assert_int_equal(write_row(db), ERR_UNAVAILABLE);
	assert_true(db->health.failed_at[0] != 0);
	assert_true(db->health.failed_at[1] != 0);
	db_close(db);
}

/* A request begins so late that the host is asked what it is. */
static void begin_later(struct db *db)
{
	db->ask_at = 1;
	db_begin_request(db);
}

static void a_connection_is_left_after_a_minute_or_two(void **state)
{
	struct db_settings settings = two_hosts(*state, NULL);
	struct db *db = db_open(&settings);
	MYSQL *first;

	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	assert_in_range(db->leave_at - clock_tick(), 50 * SECOND, 125 * SECOND);
	first = db->connection;
	begin_later(db);
	assert_ptr_equal(db->connection, first);
	db->leave_at = clock_tick() - 1;
	begin_later(db);
	assert_null(db->connection);
	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	db_close(db);
}

static void a_host_that_only_reads_is_left_and_read_where_all_do(void **state)
{
	struct bed *bed = *state;
	struct db_settings settings = two_hosts(bed, NULL);
	struct db *db = db_open(&settings);

	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	administer(bed, "SET GLOBAL read_only = 1");
	begin_later(db);
	assert_null(db->connection);
	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	assert_int_equal(write_row(db), ERR_UNAVAILABLE);
	assert_true(db_is_host_error(db_errno(db)));
	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	administer(bed, "SET GLOBAL read_only = 0");
	begin_later(db);
	assert_non_null(db->connection);
	assert_int_equal(write_row(db), ERR_NONE);
	db_close(db);
}

static void a_transaction_moves_off_a_host_that_only_reads(void **state)
{
	struct bed *bed = *state;
	struct db_settings settings = two_hosts(bed, NULL);
	struct db *db = db_open(&settings);

	assert_int_equal(db_begin(db), ERR_NONE);
	administer(bed, "SET GLOBAL read_only = 1");
	assert_int_equal(write_row(db), ERR_LOST);
	assert_int_equal(write_row(db), ERR_LOST);
	assert_int_equal(db_commit(db), ERR_LOST);
	db_rollback(db);
	administer(bed, "SET GLOBAL read_only = 0");
	assert_int_equal(db_begin(db), ERR_NONE);
	assert_int_equal(write_row(db), ERR_NONE);
	assert_int_equal(db_commit(db), ERR_NONE);
	db_close(db);
}

/* The second connection waits as long as it takes: all hosts may be slow. */
static void a_read_that_a_host_keeps_waiting_is_asked_elsewhere(void **state)
{
	static const char slow[] = "SELECT SLEEP(1) AS value";
	struct db_settings settings = two_hosts(*state, NULL);
	struct db *db = db_open(&settings);

	assert_int_equal(read_number(db, "SELECT 1 AS value"), ERR_NONE);
	assert_false(db->is_hurried);
	settings.read_wait = 100;
	assert_int_equal(read_number(db, slow), ERR_NONE);
	assert_true(db->is_hurried);
	assert_int_equal(db_query_count(db), 3);
	/* and so do what else the request reads */
	assert_int_equal(read_number(db, slow), ERR_NONE);
	assert_int_equal(db_query_count(db), 4);
	/* the next request is told of the newest again */
	db_begin_request(db);
	assert_null(db->connection);
	assert_false(db->is_hurried);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_host_that_is_away_is_passed_over),
		IN_BED(where_all_are_away_it_is_unavailable),
		IN_BED(a_connection_is_left_after_a_minute_or_two),
		cmocka_unit_test_setup_teardown(
		    a_host_that_only_reads_is_left_and_read_where_all_do,
		    bed_setup, writable_teardown),
		cmocka_unit_test_setup_teardown(
		    a_transaction_moves_off_a_host_that_only_reads, bed_setup,
		    writable_teardown),
		IN_BED(a_read_that_a_host_keeps_waiting_is_asked_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
