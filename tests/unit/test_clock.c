#include "unit.h"

#include <stdbool.h>

#include "base/clock.h"

static void known_times_read_and_print(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00.000Z", 0 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2000-02-29T12:00:00.500Z", INT64_C(951825600500) },
		{ "2026-01-02T03:04:05.678Z", INT64_C(1767323045678) },
		{ "2100-03-01T00:00:00.000Z", INT64_C(4107542400000) },
		{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
		{ "0000-01-01T00:00:00.000Z", INT64_C(-62167219200000) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[CLOCK_TEXT_SIZE];
		int64_t ms = 42;

		assert_true(clock_parse(rows[i].text, &ms));
		assert_true(ms == rows[i].ms);
		clock_print(rows[i].ms, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void every_day_splits_into_what_was_joined(void **state)
{
	const int64_t last = clock_join(9999, 12, 31, 0);
	int64_t ms = clock_join(0, 1, 1, 0);
	int before = 0;

	(void)state;
	for (; ms <= last; ms += 86400000) {
		struct clock_parts at = clock_split(ms);

		assert_true(clock_join(at.year, at.month, at.day, 0) == ms);
		assert_true(at.day == before + 1 || at.day == 1);
		before = at.day;
	}
}

static void offsets_and_letters_of_rfc_3339_are_read(void **state)
{
	static const char *const texts[] = {
		"1996-12-19T16:39:57-08:00",
		"1996-12-20T00:39:57Z",
		"1996-12-20t00:39:57z",
		"1996-12-20T00:39:57.0000009+00:00",
		"1996-12-20T00:39:57-00:00",
		"1996-12-21T00:38:57+23:59",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_true(clock_parse(texts[i], &ms));
		assert_true(ms == INT64_C(851042397000));
	}
}

static void decimals_beyond_milliseconds_are_cut(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(clock_parse("1970-01-01T00:00:00.9999Z", &ms));
	assert_true(ms == 999);
	assert_true(clock_parse("1970-01-01T00:00:00.5Z", &ms));
	assert_true(ms == 500);
	assert_true(clock_parse("1970-01-01T00:00:00.05Z", &ms));
	assert_true(ms == 50);
}

static void a_leap_second_is_the_next_one(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(clock_parse("1990-12-31T23:59:60Z", &ms));
	assert_true(ms == clock_join(1991, 1, 1, 0));
	assert_true(clock_parse("1990-12-31T15:59:60-08:00", &ms));
	assert_true(ms == clock_join(1991, 1, 1, 0));
}

static void what_is_no_time_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"2026",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-01-02 03:04:05Z",
		"2026-01-02T03:04Z",
		"2026-13-02T03:04:05Z",
		"2026-00-02T03:04:05Z",
		"2026-01-00T03:04:05Z",
		"2026-01-32T03:04:05Z",
		"2026-02-29T03:04:05Z",
		"1900-02-29T03:04:05Z",
		"2026-04-31T03:04:05Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:60:05Z",
		"2026-01-02T03:04:61Z",
		"2026-01-02T12:00:60Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05,5Z",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60",
		"2026-01-02T03:04:05+0100",
		"2026-01-02T03:04:05+01",
		"2026-01-02T03:04:05ZZ",
		"2026-01-02T03:04:05Z ",
		" 2026-01-02T03:04:05Z",
		"+2026-01-02T03:04:05Z",
		"20260-01-02T03:04:05Z",
		"2026-1-02T03:04:05Z",
		"2026-01-02T3:04:05Z",
		"-026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.+1Z",
		"0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		int64_t ms = 42;

		assert_false(clock_parse(texts[i], &ms));
		assert_true(ms == 42);
	}
}

static void times_beyond_four_digits_print_as_the_nearest(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_print(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	clock_print(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void the_clocks_run(void **state)
{
	int64_t tick = clock_tick();

	(void)state;
	assert_true(clock_now() > clock_join(2025, 1, 1, 0));
	assert_true(clock_now() < clock_join(9999, 1, 1, 0));
	assert_true(clock_tick() >= tick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_read_and_print),
		cmocka_unit_test(every_day_splits_into_what_was_joined),
		cmocka_unit_test(offsets_and_letters_of_rfc_3339_are_read),
		cmocka_unit_test(decimals_beyond_milliseconds_are_cut),
		cmocka_unit_test(a_leap_second_is_the_next_one),
		cmocka_unit_test(
		    what_is_no_time_is_refused_and_changes_nothing),
		cmocka_unit_test(times_beyond_four_digits_print_as_the_nearest),
		cmocka_unit_test(the_clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
