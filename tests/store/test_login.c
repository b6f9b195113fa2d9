#include "store.h"

#include "store/login.h"

enum { MINUTE = 60 * 1000, ROWS_MAX = 10000 };

static const char key[] = "someone@example.org";

static int64_t failures(struct bed *bed, const char *login, const char *address)
{
	struct login found = { .failures = 0 };

	assert_int_equal(
	    login_find(&bed->st, login, address, &found), ERR_NONE);
	return found.failures;
}

static int64_t rows(struct bed *bed)
{
	return number(bed, "SELECT COUNT(*) AS value FROM login_failures");
}

static void fail_times(struct bed *bed, const char *address, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(
		    login_failed(&bed->st, key, address), ERR_NONE);
}

static void an_unknown_login_has_neither_hash_nor_failures(void **state)
{
	struct bed *bed = *state;
	struct login found;

	memset(&found, 'x', sizeof(found));
	assert_int_equal(
	    login_find(&bed->st, key, "192.0.2.1", &found), ERR_NONE);
	assert_string_equal(found.password_hash, "");
	assert_int_equal(found.failures, 0);
	assert_int_equal(found.failed_at, 0);
	assert_int_equal(found.address_failures, 0);
	assert_int_equal(found.address_failed_at, 0);
	assert_int_equal(login_wait(&found, bed->st.now), 0);
}

static void a_disabled_user_has_a_hash_and_a_mark(void **state)
{
	struct bed *bed = *state;
	struct login found;
	const char *own = bed->email.key;
	struct admin_guard guard = { .user_id = bed->user_id };

	assert_int_equal(
	    login_find(&bed->st, own, "192.0.2.1", &found), ERR_NONE);
	assert_string_equal(found.password_hash, "");
	assert_int_equal(
	    admin_user_password(&bed->st, bed->user_id, "$y$hash"), ERR_NONE);
	assert_int_equal(
	    login_find(&bed->st, own, "192.0.2.1", &found), ERR_NONE);
	assert_string_equal(found.password_hash, "$y$hash");
	assert_false(found.is_disabled);
	assert_int_equal(admin_user_disable(&bed->st, &guard), ERR_NONE);
	assert_int_equal(
	    login_find(&bed->st, own, "192.0.2.1", &found), ERR_NONE);
	assert_string_equal(found.password_hash, "$y$hash");
	assert_true(found.is_disabled);
}

static void failures_count_by_login_and_address(void **state)
{
	struct bed *bed = *state;

	fail_times(bed, "192.0.2.1", 3);
	fail_times(bed, "2001:db8::1", 1);
	assert_int_equal(failures(bed, key, "192.0.2.1"), 3);
	assert_int_equal(failures(bed, key, "2001:db8::1"), 1);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 0);
	assert_int_equal(failures(bed, "other@example.org", "192.0.2.1"), 0);
}

static void failures_of_all_logins_count_for_their_address(void **state)
{
	struct bed *bed = *state;
	struct login found;

	fail_times(bed, "192.0.2.1", 3);
	bed->st.now += 1000;
	assert_int_equal(
	    login_failed(&bed->st, "other@example.org", "192.0.2.1"), ERR_NONE);
	fail_times(bed, "192.0.2.2", 1);
	assert_int_equal(
	    login_find(&bed->st, "new@example.org", "192.0.2.1", &found),
	    ERR_NONE);
	assert_int_equal(found.failures, 0);
	assert_int_equal(found.address_failures, 4);
	assert_int_equal(found.address_failed_at, bed->st.now);
	/* those of more than a quarter of an hour ago do not count */
	bed->st.now += 15 * MINUTE - 500;
	assert_int_equal(
	    login_find(&bed->st, "new@example.org", "192.0.2.1", &found),
	    ERR_NONE);
	assert_int_equal(found.address_failures, 1);
}

static void an_address_is_slowed_by_10_and_by_50_failures(void **state)
{
	struct login login = { .address_failed_at = 1000000 };

	(void)state;
	login.address_failures = 9;
	assert_false(login_is_guessing(&login));
	login.address_failures = 10;
	assert_true(login_is_guessing(&login));
	login.address_failures = 49;
	assert_false(login_pauses(&login, 1000000));
	login.address_failures = 50;
	assert_true(login_is_guessing(&login));
	assert_true(login_pauses(&login, 1000000));
	assert_true(login_pauses(&login, 1001999));
	assert_false(login_pauses(&login, 1002000));
	/* a clock that steps back stops nobody */
	assert_false(login_pauses(&login, 900000));
}

static void a_login_without_failures_never_waits(void **state)
{
	struct login login = { .address_failures = 1000000,
		.address_failed_at = 1000 };

	(void)state;
	assert_int_equal(login_wait(&login, 1000), 0);
	login.failures = 1;
	login.failed_at = 1000;
	assert_int_equal(login_wait(&login, 1000), 900);
	assert_int_equal(login_wait(&login, 301000), 600);
	login.address_failures = 49;
	assert_int_equal(login_wait(&login, 1000), 0);
}

static void a_success_forgets_only_its_own_failures(void **state)
{
	struct bed *bed = *state;

	fail_times(bed, "192.0.2.1", 3);
	fail_times(bed, "192.0.2.2", 2);
	assert_int_equal(login_succeeded(&bed->st, key, "192.0.2.1"), ERR_NONE);
	assert_int_equal(failures(bed, key, "192.0.2.1"), 0);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 2);
	assert_int_equal(
	    login_succeeded(&bed->st, "none@example.org", "192.0.2.2"),
	    ERR_NONE);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 2);
}

static void what_was_typed_is_nowhere_in_the_table(void **state)
{
	struct bed *bed = *state;

	fail_times(bed, "192.0.2.1", 1);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM login_failures"
			     " WHERE INSTR(login_digest, 'someone') = 0"
			     " AND INSTR(address, 'someone') = 0"),
	    1);
}

static void the_wait_grows_to_a_quarter_of_an_hour(void **state)
{
	static const struct {
		int64_t failures;
		int wait;
	} rows_of_waits[] = { { 0, 0 }, { 1, 0 }, { 4, 0 }, { 5, 2 }, { 6, 4 },
		{ 7, 8 }, { 13, 512 }, { 15, 900 }, { 60, 900 },
		{ 1000000, 900 } };
	struct login login = { .failed_at = 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows_of_waits); i++) {
		int wait = rows_of_waits[i].wait;
		int64_t over = 1000 + (int64_t)wait * 1000;

		login.failures = rows_of_waits[i].failures;
		assert_int_equal(login_wait(&login, 1000), wait);
		assert_int_equal(login_wait(&login, over), 0);
		assert_int_equal(login_wait(&login, over + MINUTE), 0);
		/* a clock that steps back does not lock out for longer */
		assert_in_range(login_wait(&login, -MINUTE), 0, 900);
	}
}

static void old_failures_do_not_count_and_are_purged(void **state)
{
	struct bed *bed = *state;
	int64_t now = bed->st.now;

	bed->st.now = now - 16 * MINUTE;
	fail_times(bed, "192.0.2.1", 9);
	bed->st.now = now - 14 * MINUTE;
	fail_times(bed, "192.0.2.2", 9);
	bed->st.now = now;
	assert_int_equal(failures(bed, key, "192.0.2.1"), 0);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 9);
	assert_int_equal(rows(bed), 2);
	fail_times(bed, "192.0.2.3", 1);
	assert_int_equal(rows(bed), 2);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 9);
}

/* Rows that are younger with every number, from `first` on. */
static void fill(struct bed *bed, int first, int count)
{
	script(bed,
	    "INSERT INTO login_failures SELECT UNHEX(SHA2(n, 256)),"
	    " '198.51.100.1', 1, UTC_TIMESTAMP(3) - INTERVAL (20000 - n)"
	    " * 1000 MICROSECOND FROM (SELECT %d + a.n + 10 * b.n + 100 * c.n"
	    " + 1000 * d.n AS n FROM (SELECT 0 AS n UNION SELECT 1 UNION"
	    " SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION"
	    " SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) a,"
	    " (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3"
	    " UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7"
	    " UNION SELECT 8 UNION SELECT 9) b, (SELECT 0 AS n UNION SELECT 1"
	    " UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5"
	    " UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) c,"
	    " (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3"
	    " UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7"
	    " UNION SELECT 8 UNION SELECT 9) d) numbers WHERE n < %d",
	    first, first + count);
}

static void the_table_is_capped_by_dropping_the_oldest(void **state)
{
	struct bed *bed = *state;
	int64_t oldest;

	fill(bed, 0, ROWS_MAX - 1);
	begin_request(bed);
	fail_times(bed, "192.0.2.1", 1);
	assert_int_equal(rows(bed), ROWS_MAX);
	oldest = number(bed,
	    "SELECT COUNT(*) AS value FROM login_failures"
	    " WHERE login_digest = UNHEX(SHA2('0', 256))");
	assert_int_equal(oldest, 1);
	fail_times(bed, "192.0.2.2", 1);
	assert_in_range(rows(bed), ROWS_MAX - 200, ROWS_MAX);
	oldest = number(bed,
	    "SELECT COUNT(*) AS value FROM login_failures"
	    " WHERE login_digest = UNHEX(SHA2('0', 256))");
	assert_int_equal(oldest, 0);
	/* the guess that is going on is not forgotten for that */
	assert_int_equal(failures(bed, key, "192.0.2.1"), 1);
	assert_int_equal(failures(bed, key, "192.0.2.2"), 1);
}

static void a_table_that_is_over_full_shrinks_with_each_failure(void **state)
{
	struct bed *bed = *state;
	int64_t before, after;

	fill(bed, 0, ROWS_MAX);
	fill(bed, ROWS_MAX, 500);
	begin_request(bed);
	before = rows(bed);
	fail_times(bed, "192.0.2.1", 2);
	after = rows(bed);
	assert_true(after <= before - 150);
	assert_int_equal(failures(bed, key, "192.0.2.1"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(an_unknown_login_has_neither_hash_nor_failures),
		IN_BED(a_disabled_user_has_a_hash_and_a_mark),
		IN_BED(failures_count_by_login_and_address),
		IN_BED(failures_of_all_logins_count_for_their_address),
		IN_BED(an_address_is_slowed_by_10_and_by_50_failures),
		IN_BED(a_login_without_failures_never_waits),
		IN_BED(a_success_forgets_only_its_own_failures),
		IN_BED(what_was_typed_is_nowhere_in_the_table),
		IN_BED(the_wait_grows_to_a_quarter_of_an_hour),
		IN_BED(old_failures_do_not_count_and_are_purged),
		IN_BED(the_table_is_capped_by_dropping_the_oldest),
		IN_BED(a_table_that_is_over_full_shrinks_with_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
