#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/renew.h"

enum { LATER = 60000 };

struct place {
	char folder[64], program[96], settings[96], other[96];
	char *arguments[2];
	struct renew renew;
	int64_t now;
};

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void begin(struct place *place, int64_t started)
{
	renew_init(
	    &place->renew, place->arguments, place->settings, started, started);
}

/* A worker that was started a minute after its settings were written. */
static int place_setup(void **state)
{
	static struct place place;

	memset(&place, 0, sizeof(place));
	strcpy(place.folder, "/tmp/tenantry-renew-XXXXXX");
	if (mkdtemp(place.folder) == NULL)
		return -1;
	snprintf(
	    place.settings, sizeof(place.settings), "%s/conf", place.folder);
	snprintf(place.other, sizeof(place.other), "%s/other", place.folder);
	put(place.settings, "a = b\n");
	place.arguments[0] = place.program;
	place.now = clock_now() + LATER;
	begin(&place, place.now - 1000);
	*state = &place;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *place = *state;

	unlink(place->settings);
	unlink(place->other);
	return rmdir(place->folder);
}

/* Replaces by renaming, as an installation does. */
static void replace(struct place *place, const char *text)
{
	put(place->other, text);
	assert_int_equal(rename(place->other, place->settings), 0);
}

static void what_has_not_changed_is_not_due(void **state)
{
	struct place *place = *state;

	assert_false(renew_is_due(&place->renew, place->now));
	assert_false(renew_is_due(&place->renew, place->now + 1000));
	assert_false(renew_is_due(&place->renew, place->now + LATER));
}

static void a_replaced_file_is_due(void **state)
{
	struct place *place = *state;

	replace(place, "a = b\n");
	assert_true(renew_is_due(&place->renew, place->now));
}

static void a_file_written_in_place_is_due(void **state)
{
	struct place *place = *state;

	put(place->settings, "a = c\n # longer");
	assert_true(renew_is_due(&place->renew, place->now));
}

static void files_are_looked_at_once_a_second(void **state)
{
	struct place *place = *state;

	assert_false(renew_is_due(&place->renew, place->now));
	replace(place, "a = c\n");
	assert_false(renew_is_due(&place->renew, place->now + 999));
	assert_true(renew_is_due(&place->renew, place->now + 1000));
}

static void a_file_still_being_written_is_left_alone(void **state)
{
	struct place *place = *state;

	replace(place, "a = c\n");
	assert_false(renew_is_due(&place->renew, clock_now()));
}

static void a_missing_file_is_left_alone(void **state)
{
	struct place *place = *state;

	unlink(place->settings);
	assert_false(renew_is_due(&place->renew, place->now));
	put(place->settings, "a = b\n");
	assert_true(renew_is_due(&place->renew, place->now + 1000));
}

static void a_clock_put_back_does_not_blind(void **state)
{
	struct place *place = *state;

	assert_false(renew_is_due(&place->renew, place->now + 3600000));
	replace(place, "a = c\n");
	assert_true(renew_is_due(&place->renew, place->now));
}

/* It may have been read before the change or behind it. */
static void what_changed_during_the_start_is_due(void **state)
{
	struct place *place = *state;

	begin(place, clock_now());
	assert_true(renew_is_due(&place->renew, place->now));
}

/* Of a start that takes its time, too. */
static void what_changed_during_a_long_start_is_due(void **state)
{
	struct place *place = *state;

	renew_init(&place->renew, place->arguments, place->settings,
	    clock_now() - LATER, clock_now());
	assert_true(renew_is_due(&place->renew, place->now));
}

/* Else each new process would take its place at once, and none would serve. */
static void files_of_a_clock_that_is_ahead_are_no_change(void **state)
{
	static const int64_t behind[] = { 200, 1500, LATER, 3600000,
		INT64_C(86400000) * 365 };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(behind); i++) {
		int64_t then = clock_now() - behind[i];

		begin(place, then);
		assert_false(renew_is_due(&place->renew, then));
		assert_false(renew_is_due(&place->renew, then + 1000));
		assert_false(renew_is_due(&place->renew, place->now));
	}
	replace(place, "a = c\n");
	assert_true(renew_is_due(&place->renew, place->now + 1000));
}

static void a_new_process_serves_for_a_second_at_least(void **state)
{
	struct place *place = *state;

	begin(place, place->now);
	replace(place, "a = c\n");
	assert_false(renew_is_due(&place->renew, place->now));
	assert_false(renew_is_due(&place->renew, place->now + 999));
	assert_true(renew_is_due(&place->renew, place->now + 1000));
}

/* The running program is known although its name is not. */
static void a_name_that_is_no_path_leaves_the_kernels(void **state)
{
	struct place *place = *state;
	char expected[RENEW_PATH_SIZE] = "";

	assert_true(
	    readlink("/proc/self/exe", expected, sizeof(expected) - 1) > 0);
	assert_string_equal(place->renew.program, expected);
	place->arguments[0] = place->settings; /* a path, of another file */
	begin(place, place->now);
	assert_string_equal(place->renew.program, expected);
}

static void a_link_to_the_program_stays_a_link(void **state)
{
	struct place *place = *state;
	char program[RENEW_PATH_SIZE] = "";

	assert_true(
	    readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	assert_int_equal(symlink(program, place->other), 0);
	place->arguments[0] = place->other;
	begin(place, place->now - 1000);
	assert_string_equal(place->renew.program, place->other);
	assert_false(renew_is_due(&place->renew, place->now));
	unlink(place->other);
	assert_int_equal(symlink("/bin/sh", place->other), 0);
	assert_true(renew_is_due(&place->renew, place->now + 1000));
}

/* Arguments that make the trial fail: the caller goes on. */
static void a_program_that_does_not_start_is_not_taken(void **state)
{
	struct place *place = *state;

	replace(place, "a = c\n");
	strcpy(place->renew.program, "/bin/false");
	assert_true(renew_is_due(&place->renew, place->now));
	renew_run(&place->renew);
	assert_false(renew_is_due(&place->renew, clock_now() + 2000));
	assert_true(renew_is_due(&place->renew, clock_now() + 11000));
	strcpy(place->renew.program, "/nowhere/at/all");
	renew_run(&place->renew);
}

#define IN_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, place_setup, place_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(what_has_not_changed_is_not_due),
		IN_PLACE(a_replaced_file_is_due),
		IN_PLACE(a_file_written_in_place_is_due),
		IN_PLACE(files_are_looked_at_once_a_second),
		IN_PLACE(a_file_still_being_written_is_left_alone),
		IN_PLACE(a_missing_file_is_left_alone),
		IN_PLACE(a_clock_put_back_does_not_blind),
		IN_PLACE(what_changed_during_the_start_is_due),
		IN_PLACE(what_changed_during_a_long_start_is_due),
		IN_PLACE(files_of_a_clock_that_is_ahead_are_no_change),
		IN_PLACE(a_new_process_serves_for_a_second_at_least),
		IN_PLACE(a_name_that_is_no_path_leaves_the_kernels),
		IN_PLACE(a_link_to_the_program_stays_a_link),
		IN_PLACE(a_program_that_does_not_start_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
