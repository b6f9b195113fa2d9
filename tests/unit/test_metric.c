#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/metric.h"

enum { ROUTES = 3, EACH = 10000, WRITERS = 4 };

static int place_setup(void **state)
{
	static char folder[64];

	strcpy(folder, "/tmp/tenantry-metric-XXXXXX");
	*state = mkdtemp(folder);
	return *state == NULL ? -1 : 0;
}

static int place_teardown(void **state)
{
	const char *folder = *state;
	char path[128];

	metric_close();
	(void)snprintf(path, sizeof(path), "%s/metrics-a", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/metrics-b", folder);
	(void)unlink(path);
	return rmdir(folder);
}

static void what_was_counted_is_there_when_it_is_opened_again(void **state)
{
	metric_open(*state, "a", ROUTES, false);
	metric_request(1, 200, 700);
	metric_request(1, 404, 99000000);
	metric_request(ROUTES + 5, 299, -1);
	metric_error(METRIC_LOST);
	metric_retry();
	metric_head(true);
	metric_head(false);
	metric_head(false);
	metric_close();
	assert_null(metric_all());
	metric_request(1, 200, 700); /* nowhere, and no harm */

	metric_open(*state, "a", ROUTES, false);
	assert_int_equal(metric_all()->routes[1].statuses[0], 1);
	assert_int_equal(metric_all()->routes[1].buckets[1], 1);
	assert_int_equal(
	    metric_all()->routes[1].buckets[METRIC_BUCKETS - 1], 1);
	assert_int_equal(metric_all()->routes[1].microseconds, 99000700);
	/* no route, and no status that is told apart */
	assert_int_equal(
	    metric_all()->routes[ROUTES].statuses[METRIC_STATUSES - 1], 1);
	assert_int_equal(metric_all()->errors[METRIC_LOST], 1);
	assert_int_equal(metric_all()->retries, 1);
	assert_int_equal(metric_all()->heads_written, 1);
	assert_int_equal(metric_all()->heads_failed, 2);
}

static void another_layout_begins_anew_and_removes_the_old_file(void **state)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/metrics-a", (char *)*state);
	metric_open(*state, "a", ROUTES, false);
	metric_retry();
	assert_int_equal(access(path, F_OK), 0);
	metric_open(*state, "b", ROUTES, false);
	assert_int_equal(metric_all()->retries, 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_reader_makes_no_file(void **state)
{
	metric_open(*state, "a", ROUTES, true);
	assert_null(metric_all());
	metric_open("/nonexistent", "a", ROUTES, false);
	assert_null(metric_all());
}

static void processes_lose_nothing_to_each_other(void **state)
{
	int status;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() != 0)
			continue;
		metric_open(*state, "a", ROUTES, false);
		for (int n = 0; n < EACH; n++)
			metric_request(0, 200, 10);
		_exit(metric_all() == NULL);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	metric_open(*state, "a", ROUTES, true);
	assert_int_equal(metric_all()->routes[0].statuses[0], WRITERS * EACH);
}

#define IN_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, place_setup, place_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(what_was_counted_is_there_when_it_is_opened_again),
		IN_PLACE(another_layout_begins_anew_and_removes_the_old_file),
		IN_PLACE(a_reader_makes_no_file),
		IN_PLACE(processes_lose_nothing_to_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
