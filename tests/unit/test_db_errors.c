#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "edge/db_move.h"
#include "edge/db_watch.h"

struct row {
	unsigned number;
	enum err err;
};

static void is_classified(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum err err = db_classify(rows[i].number);

		if (err != rows[i].err)
			fail_msg("%u is %d, not %d", rows[i].number, (int)err,
			    (int)rows[i].err);
	}
}

static void what_a_host_did_not_run_goes_to_another(void **state)
{
	static const unsigned numbers[] = { 1036, 1047, 1290, 1836, 3098 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		assert_true(db_is_host_error(numbers[i]));
		assert_int_equal(db_classify(numbers[i]), ERR_LOST);
	}
}

/* The statement may have been run: what contains a COMMIT is not repeated. */
static void what_may_have_been_run_is_no_host_error(void **state)
{
	static const unsigned numbers[] = { 0, 1053, 1062, 1180, 1205, 1213,
		1317, 1927, 1969, 2006, 2013, 4031 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		assert_false(db_is_host_error(numbers[i]));
}

static void every_class_has_its_numbers(void **state)
{
	static const struct row rows[] = {
		{ 1062, ERR_DUPLICATE },
		{ 1452, ERR_REFERENCE },
		{ 1213, ERR_CONFLICT },
		{ 1020, ERR_CONFLICT },
		{ 1205, ERR_BUSY },
		{ 1317, ERR_BUSY },
		{ 1969, ERR_BUSY },
		{ 3024, ERR_BUSY },
		{ 2006, ERR_LOST },
		{ 2013, ERR_LOST },
		{ 1053, ERR_LOST },
		{ 1927, ERR_LOST },
		{ 4031, ERR_LOST },
		{ 1021, ERR_UNAVAILABLE },
		{ 1114, ERR_UNAVAILABLE },
		{ 2002, ERR_UNAVAILABLE },
		{ 2003, ERR_UNAVAILABLE },
		{ 2005, ERR_UNAVAILABLE },
		{ 1040, ERR_UNAVAILABLE },
		{ 1203, ERR_UNAVAILABLE },
		{ 1226, ERR_UNAVAILABLE },
		{ 1461, ERR_UNAVAILABLE },
		{ 1044, ERR_UNAVAILABLE },
		{ 1045, ERR_UNAVAILABLE },
		{ 1129, ERR_UNAVAILABLE },
		{ 1130, ERR_UNAVAILABLE },
		{ 1142, ERR_UNAVAILABLE },
		{ 1143, ERR_UNAVAILABLE },
		{ 1227, ERR_UNAVAILABLE },
		{ 1698, ERR_UNAVAILABLE },
		{ 1820, ERR_UNAVAILABLE },
		{ 1862, ERR_UNAVAILABLE },
		{ 3032, ERR_UNAVAILABLE },
		{ 3118, ERR_UNAVAILABLE },
		{ 3159, ERR_UNAVAILABLE },
		{ 3955, ERR_UNAVAILABLE },
		{ 4151, ERR_UNAVAILABLE },
		{ 1037, ERR_UNAVAILABLE },
		{ 1038, ERR_UNAVAILABLE },
		{ 1041, ERR_UNAVAILABLE },
		{ 1135, ERR_UNAVAILABLE },
		{ 1637, ERR_UNAVAILABLE },
		{ 1206, ERR_BUSY },
		{ 1064, ERR_INTERNAL },
		{ 1180, ERR_LOST },
		{ 3100, ERR_LOST },
		{ 4025, ERR_INTERNAL },
	};

	(void)state;
	is_classified(rows, COUNT_OF(rows));
}

/* --- a statement that moves to another connection ------------------------- */

/* As after a failure: no connection, in a request that has just begun. */
static void failed(
    struct db *db, struct db_settings *settings, size_t hosts, unsigned number)
{
	memset(settings, 0, sizeof(*settings));
	settings->hosts.count = hosts;
	settings->deadline = 10;
	memset(db, 0, sizeof(*db));
	db->settings = settings;
	db_begin_request(db);
	db->last_errno = number;
}

static int moves_of(struct db *db, struct db_move *move)
{
	int count = 0;

	while (db_moves(db, ERR_UNAVAILABLE, move))
		count++;
	return count;
}

static void a_write_moves_only_where_it_was_not_run(void **state)
{
	struct db_settings settings;
	struct db_move move = { .is_repeatable = false, .was_idle = true };
	struct db db;

	(void)state;
	failed(&db, &settings, 3, 2013);
	assert_int_equal(moves_of(&db, &move), 0);
	failed(&db, &settings, 3, 1053);
	assert_int_equal(moves_of(&db, &move), 0);
	failed(&db, &settings, 3, 1290);
	assert_int_equal(moves_of(&db, &move), 2);
}

static void a_read_that_was_cut_off_is_run_once_more(void **state)
{
	struct db_settings settings;
	struct db_move move = { .is_repeatable = true };
	struct db db;

	(void)state;
	failed(&db, &settings, 3, 2013);
	assert_int_equal(moves_of(&db, &move), 1);
	move.cuts = 0;
	failed(&db, &settings, 1, 2013);
	assert_int_equal(moves_of(&db, &move), 0);
	move = (struct db_move){ .is_repeatable = true, .was_idle = true };
	assert_int_equal(moves_of(&db, &move), 1);
}

static void what_is_answered_or_late_does_not_move(void **state)
{
	struct db_settings settings;
	struct db_move move = { .is_repeatable = true, .was_idle = true };
	struct db db;

	(void)state;
	failed(&db, &settings, 3, 1290);
	assert_false(db_moves(&db, ERR_INTERNAL, &move));
	assert_false(db_moves(&db, ERR_BUSY, &move));
	assert_false(db_moves(&db, ERR_LOST, &move));
	db.started -= 6000000;
	assert_false(db_moves(&db, ERR_UNAVAILABLE, &move));
}

static void a_conflict_at_commit_and_then_no_connection_is_unknown(void **state)
{
	struct db_settings settings;
	struct db db;

	(void)state;
	failed(&db, &settings, 1, 1213);
	settings.hosts.list[0].socket = "/nowhere.sock";
	assert_int_equal(db_begin(&db), ERR_UNAVAILABLE);
	db.was_beaten = true;
	assert_int_equal(db_begin(&db), ERR_OUTCOME_UNKNOWN);
	db_begin_request(&db);
	assert_int_equal(db_begin(&db), ERR_UNAVAILABLE);
}

/* --- the limit of a wait -------------------------------------------------- */

static void the_end_of_a_wait_leaves_errno_as_it_was(void **state)
{
	int no_socket = open("/dev/null", O_RDONLY);

	(void)state;
	db_watch_init();
	db_watch_begin(no_socket, 60000);
	errno = ENOENT;
	assert_int_equal(raise(SIGALRM), 0);
	assert_int_equal(errno, ENOENT);
	assert_true(db_watch_end());
	(void)close(no_socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_host_did_not_run_goes_to_another),
		cmocka_unit_test(what_may_have_been_run_is_no_host_error),
		cmocka_unit_test(every_class_has_its_numbers),
		cmocka_unit_test(a_write_moves_only_where_it_was_not_run),
		cmocka_unit_test(a_read_that_was_cut_off_is_run_once_more),
		cmocka_unit_test(what_is_answered_or_late_does_not_move),
		cmocka_unit_test(
		    a_conflict_at_commit_and_then_no_connection_is_unknown),
		cmocka_unit_test(the_end_of_a_wait_leaves_errno_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
