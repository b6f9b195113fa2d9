#include "unit.h"

#include <stdio.h>

#include "edge/db_hosts.h"

enum { SECOND = 1000000 };

/* --- the list ------------------------------------------------------------- */

static struct db_hosts hosts;
static char text[1024];

static bool parse(const char *list)
{
	const char *why = NULL;

	snprintf(text, sizeof(text), "%s", list);
	return db_hosts_parse(&hosts, text, &why);
}

static void is_host(size_t i, const char *name, unsigned port)
{
	assert_null(hosts.list[i].socket);
	assert_string_equal(hosts.list[i].name, name);
	assert_int_equal(hosts.list[i].port, port);
}

static void every_form_of_an_address_is_read(void **state)
{
	(void)state;
	assert_true(parse("/run/a.sock  db.example.org db.example.org:3307\t"
			  "127.0.0.1:1 [::1]:65535 [::1] fe80::1"));
	assert_int_equal(hosts.count, 7);
	assert_string_equal(hosts.list[0].socket, "/run/a.sock");
	is_host(1, "db.example.org", 3306);
	is_host(2, "db.example.org", 3307);
	is_host(3, "127.0.0.1", 1);
	is_host(4, "::1", 65535);
	is_host(5, "::1", 3306);
	is_host(6, "fe80::1", 3306);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "db:", "db:0", "db:65536",
		"db:123456", "db:x", "db:1x", "db:-1", ":3306", "[::1", "[]:1",
		"[::1]x", "[::1]:", "[::1]:0" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char list[64];

		snprintf(list, sizeof(list), "/run/a.sock %s", wrong[i]);
		if (parse(list))
			fail_msg("taken: %s", wrong[i]);
	}
}

static void a_host_stands_there_once(void **state)
{
	(void)state;
	assert_false(parse("/a /b /a"));
	assert_false(parse("db db:3306"));
	assert_false(parse("[::1] ::1"));
	assert_true(parse("db db:3307 /db"));
}

static void sixteen_are_the_most(void **state)
{
	(void)state;
	assert_true(parse("/1 /2 /3 /4 /5 /6 /7 /8 /9 /10 /11 /12 /13 /14 /15"
			  " /16"));
	assert_int_equal(hosts.count, DB_HOSTS_MAX);
	assert_false(parse("/1 /2 /3 /4 /5 /6 /7 /8 /9 /10 /11 /12 /13 /14 /15"
			   " /16 /17"));
}

/* --- the choice ----------------------------------------------------------- */

/* The hosts of a whole round, such as "201". */
static void is_round(
    struct db_health *health, size_t start, int64_t now, const char *expected)
{
	char order[DB_HOSTS_MAX + 1];
	size_t host, i = 0;

	db_health_begin(health, start);
	while ((host = db_health_next(health, &hosts, now)) < hosts.count)
		order[i++] = (char)('0' + host);
	order[i] = '\0';
	assert_string_equal(order, expected);
}

static void they_are_tried_in_order_from_the_start(void **state)
{
	struct db_health health = { .tried = 0 };

	(void)state;
	assert_true(parse("/a /b /c"));
	is_round(&health, 0, SECOND, "012");
	is_round(&health, 1, SECOND, "120");
	is_round(&health, 2, SECOND, "201");
}

static void one_that_failed_of_late_comes_last(void **state)
{
	struct db_health health = { .tried = 0 };

	(void)state;
	assert_true(parse("/a /b /c"));
	db_health_failed(&health, 1, 10 * SECOND);
	is_round(&health, 1, 10 * SECOND, "201");
	is_round(&health, 0, 12 * SECOND, "021");
}

static void a_failure_is_forgotten_after_seconds(void **state)
{
	struct db_health health = { .tried = 0 };

	(void)state;
	assert_true(parse("/a /b /c"));
	db_health_failed(&health, 1, 10 * SECOND);
	is_round(&health, 1, 10 * SECOND + DB_HOST_REST - 1, "201");
	is_round(&health, 1, 10 * SECOND + DB_HOST_REST, "120");
}

static void where_all_failed_all_are_tried(void **state)
{
	struct db_health health = { .tried = 0 };

	(void)state;
	assert_true(parse("/a /b /c"));
	for (size_t i = 0; i < 3; i++)
		db_health_failed(&health, i, SECOND);
	is_round(&health, 2, SECOND, "201");
	assert_true(parse("/a"));
	is_round(&health, 0, SECOND, "0");
}

static void one_that_fails_in_a_round_does_not_come_up_again(void **state)
{
	struct db_health health = { .tried = 0 };

	(void)state;
	assert_true(parse("/a /b"));
	db_health_begin(&health, 0);
	assert_int_equal(db_health_next(&health, &hosts, SECOND), 0);
	db_health_failed(&health, 0, SECOND);
	assert_int_equal(db_health_next(&health, &hosts, SECOND), 1);
	db_health_failed(&health, 1, SECOND);
	assert_int_equal(db_health_next(&health, &hosts, 60 * SECOND), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_an_address_is_read),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_host_stands_there_once),
		cmocka_unit_test(sixteen_are_the_most),
		cmocka_unit_test(they_are_tried_in_order_from_the_start),
		cmocka_unit_test(one_that_failed_of_late_comes_last),
		cmocka_unit_test(a_failure_is_forgotten_after_seconds),
		cmocka_unit_test(where_all_failed_all_are_tried),
		cmocka_unit_test(
		    one_that_fails_in_a_round_does_not_come_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
