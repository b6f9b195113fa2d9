#include "unit.h"

#include <stdbool.h>

#include "base/ulid.h"

#define LAST_MS ((UINT64_C(1) << 48) - 1)

static void an_id_starts_with_its_time(void **state)
{
	struct ulid_clock clock = { 0 };
	char id[ULID_SIZE];

	(void)state;
	/* The example of the ULID specification. */
	ulid_make(&clock, UINT64_C(1469918176385), id);
	assert_memory_equal(id, "01ARYZ6S41", 10);
	assert_true(ulid_is_valid(id));
	assert_int_equal(ulid_time(id), INT64_C(1469918176385));
	ulid_make(&clock, LAST_MS, id);
	assert_memory_equal(id, "7ZZZZZZZZZ", 10);
	assert_true(ulid_is_valid(id));
	assert_int_equal(ulid_time(id), LAST_MS);
	assert_int_equal(ulid_time(""), 0);
	(void)ulid_time("!"); /* any time, and no harm */
}

static void the_random_part_is_printed_whole(void **state)
{
	/* Seven ones from the end: two steps cannot reach the first bytes. */
	struct ulid_clock clock = {
		.ms = 1,
		.random = { 0xFF, 0x00 },
	};
	char id[ULID_SIZE];

	(void)state;
	ulid_make(&clock, 1, id);
	assert_memory_equal(id, "0000000001ZW0", 12);
	assert_int_equal(strlen(id), ULID_SIZE - 1);
}

static void ids_of_one_millisecond_rise(void **state)
{
	struct ulid_clock clock = { 0 };
	char before[ULID_SIZE], id[ULID_SIZE];

	(void)state;
	ulid_make(&clock, 1000, before);
	for (int i = 0; i < 20000; i++) {
		ulid_make(&clock, 1000, id);
		assert_true(strcmp(before, id) < 0);
		memcpy(before, id, sizeof(id));
	}
}

static void ids_rise_when_the_clock_steps_back(void **state)
{
	static const uint64_t times[] = {
		5000,
		4000,
		5000,
		0,
		4999,
		5001,
		1,
		5001,
		6000,
		5999,
	};
	struct ulid_clock clock = { 0 };
	char before[ULID_SIZE] = "", id[ULID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		ulid_make(&clock, times[i], id);
		assert_true(strcmp(before, id) < 0);
		memcpy(before, id, sizeof(id));
	}
}

static void ids_rise_when_the_random_bits_run_out(void **state)
{
	struct ulid_clock clock = { .ms = 5000 };
	char before[ULID_SIZE], id[ULID_SIZE];

	(void)state;
	memset(clock.random, 0xFF, sizeof(clock.random));
	ulid_make(&clock, 4999, id);
	assert_int_equal(clock.ms, 5001);
	memcpy(before, id, sizeof(id));
	ulid_make(&clock, 5000, id);
	assert_true(strcmp(before, id) < 0);
}

static void the_next_id_is_not_the_one_after(void **state)
{
	struct ulid_clock clock = { .ms = 5000 };
	char id[ULID_SIZE];
	int distinct = 0;

	(void)state;
	for (int i = 0; i < 16; i++) {
		memset(&clock.random, 0, sizeof(clock.random));
		ulid_make(&clock, 5000, id);
		for (int j = 2; j < 8; j++)
			distinct += clock.random[j] != 0;
	}
	assert_true(distinct > 48);
}

static void what_is_no_id_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"01ARYZ6S41TSV4RRFFQ69G5FA",
		"01ARYZ6S41TSV4RRFFQ69G5FAVX", /* too long */
		"81ARYZ6S41TSV4RRFFQ69G5FAV",  /* over 128 bits */
		"Z1ARYZ6S41TSV4RRFFQ69G5FAV",
		"01ARYZ6S41TSV4RRFFQ69G5FAI", /* not in the alphabet */
		"01ARYZ6S41TSV4RRFFQ69G5FAL",
		"01ARYZ6S41TSV4RRFFQ69G5FAO",
		"01ARYZ6S41TSV4RRFFQ69G5FAU",
		"01ARYZ6S41-SV4RRFFQ69G5FAV",
		"01ARYZ6S41TSV4RRFFQ69G5FA ",
		" 1ARYZ6S41TSV4RRFFQ69G5FAV",
		"01ARYZ6S41TSV4RRFFQ69G5F\xC3\x84",
		"../../../../../etc/passwd0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_false(ulid_is_valid(texts[i]));
		assert_false(ulid_looks_like(texts[i]));
	}
}

static void lower_case_only_looks_like_an_id(void **state)
{
	(void)state;
	assert_true(ulid_is_valid("01ARYZ6S41TSV4RRFFQ69G5FAV"));
	assert_true(ulid_looks_like("01ARYZ6S41TSV4RRFFQ69G5FAV"));
	assert_false(ulid_is_valid("01aryz6s41tsv4rrffq69g5fav"));
	assert_true(ulid_looks_like("01aryz6s41tsv4rrffq69g5fav"));
	assert_false(ulid_is_valid("01ARYZ6S41TSV4RRFFQ69G5FAv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_starts_with_its_time),
		cmocka_unit_test(the_random_part_is_printed_whole),
		cmocka_unit_test(ids_of_one_millisecond_rise),
		cmocka_unit_test(ids_rise_when_the_clock_steps_back),
		cmocka_unit_test(ids_rise_when_the_random_bits_run_out),
		cmocka_unit_test(the_next_id_is_not_the_one_after),
		cmocka_unit_test(what_is_no_id_is_refused),
		cmocka_unit_test(lower_case_only_looks_like_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
