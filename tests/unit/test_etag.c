#include "unit.h"

#include <stdio.h>

#include "http/etag.h"

#define HEX "0123456789abcdef0123456789abcdef"

static void a_tag_is_version_and_hash(void **state)
{
	char etag[ETAG_SIZE];

	(void)state;
	etag_print(etag, 0, 3, HEX HEX);
	assert_string_equal(etag, "\"3-" HEX "\"");
	etag_print(etag, 0, INT64_MAX, HEX HEX);
	assert_string_equal(etag, "\"9223372036854775807-" HEX "\"");
	assert_int_equal(etag_compare(etag, 0, INT64_MAX), ETAG_MATCHES);
}

static void a_tag_of_another_kind_does_not_match(void **state)
{
	char etag[ETAG_SIZE];

	(void)state;
	etag_print(etag, 'p', 3, HEX HEX);
	assert_string_equal(etag, "\"p3-" HEX "\"");
	assert_int_equal(etag_compare(etag, 'p', 3), ETAG_MATCHES);
	assert_int_equal(etag_compare(etag, 'p', 4), ETAG_FAILS);
	assert_int_equal(etag_compare(etag, 'm', 3), ETAG_FAILS);
	assert_int_equal(etag_compare(etag, 0, 3), ETAG_FAILS);
	etag_print(etag, 0, 3, HEX HEX);
	assert_int_equal(etag_compare(etag, 'p', 3), ETAG_FAILS);
}

static void the_version_in_a_list_of_tags_matches(void **state)
{
	static const char *const headers[] = { "\"3-" HEX "\"",
		" \"3-" HEX "\" ", "\"a\", \"3-" HEX "\"",
		"\"3-" HEX "\",\"a\"", ",, \"3-" HEX "\" , ,\t\"\"",
		"W/\"3-" HEX "\", \"3-" HEX "\"", "\"a,b\",\"3-" HEX "\"",
		"\"\xc3\xa4\",\"3-" HEX "\"", "\"2-" HEX "\",\"3-" HEX "\"",
		"W/\"3-" HEX "\"", "\"a\", W/\"3-" HEX "\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		assert_int_equal(etag_compare(headers[i], 0, 3), ETAG_MATCHES);
}

static const char *const codings[] = { "-gzip", ";gzip", "-br", ";br", "-zstd",
	"-deflate" };

/* mod_deflate, mod_brotli and the like change the tag of what they compress. */
static void what_compression_hangs_onto_a_tag_is_seen_through(void **state)
{
	char list[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(codings); i++) {
		snprintf(list, sizeof(list), "\"3-" HEX "%s\"", codings[i]);
		assert_int_equal(etag_compare(list, 0, 3), ETAG_MATCHES);
		assert_int_equal(etag_compare(list, 0, 4), ETAG_FAILS);
		assert_true(etag_is_listed(list, "\"3-" HEX "\""));
		assert_false(etag_is_listed(list, "\"4-" HEX "\""));
		snprintf(
		    list, sizeof(list), "\"a\", W/\"j-" HEX "%s\"", codings[i]);
		assert_true(etag_is_listed(list, "\"j-" HEX "\""));
	}
}

static void other_endings_are_another_tag(void **state)
{
	static const char *const ends[] = { "-", ";", "-gzi", "-gzipx", "gzip",
		"-GZIP", "-gzip-gzip", "-x", ",gzip", "-gzip;" };
	char list[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		snprintf(list, sizeof(list), "\"3-" HEX "%s\"", ends[i]);
		assert_int_equal(etag_compare(list, 0, 3), ETAG_FAILS);
		assert_false(etag_is_listed(list, "\"3-" HEX "\""));
	}
}

static void a_representation_without_a_tag_has_only_the_star(void **state)
{
	(void)state;
	assert_true(etag_is_listed("*", NULL));
	assert_true(etag_is_listed(" * ", NULL));
	assert_false(etag_is_listed("\"3-" HEX "\"", NULL));
	assert_false(etag_is_listed("", NULL));
}

static void a_star_alone_matches_any(void **state)
{
	(void)state;
	assert_int_equal(etag_compare("*", 0, 3), ETAG_ANY);
	assert_int_equal(etag_compare("*, *", 0, 3), ETAG_FAILS);
	assert_int_equal(etag_compare("**", 0, 3), ETAG_FAILS);
}

static void what_is_no_list_of_tags_does_not_match(void **state)
{
	static const char *const headers[] = { "", ",", "\"", "W/", "W/\"", "W",
		"3-" HEX, "\"3-" HEX, "3-" HEX "\"", "W/3-" HEX,
		"w/\"3-" HEX "\"", "W/W/\"3-" HEX "\"", "W/ \"3-" HEX "\"",
		"\"3-" HEX "\" \"a\"", "\"3-" HEX "\";", "\"3-" HEX "\", a",
		"\"3-" HEX "\", \"a", "\"a b\",\"3-" HEX "\"",
		"\"a\x01\",\"3-" HEX "\"", "\"3-" HEX "\", *" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		assert_int_equal(etag_compare(headers[i], 0, 3), ETAG_FAILS);
		assert_false(etag_is_listed(headers[i], "\"3-" HEX "\""));
	}
}

static void a_tag_that_is_not_like_ours_does_not_match(void **state)
{
	static const char *const headers[] = { "\"\"", "\"3\"", "\"3-\"",
		"\"3-" HEX "0\"", "\"03-" HEX "\"", "\"33-" HEX "\"",
		"\"-3-" HEX "\"", "\"+3-" HEX "\"", "\"3+" HEX "\"",
		"\"3-0123456789ABCDEF0123456789ABCDEF\"",
		"\"3-0123456789abcdef0123456789abcde\"", "\"" HEX "\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		assert_int_equal(etag_compare(headers[i], 0, 3), ETAG_FAILS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_is_version_and_hash),
		cmocka_unit_test(a_tag_of_another_kind_does_not_match),
		cmocka_unit_test(the_version_in_a_list_of_tags_matches),
		cmocka_unit_test(
		    what_compression_hangs_onto_a_tag_is_seen_through),
		cmocka_unit_test(other_endings_are_another_tag),
		cmocka_unit_test(
		    a_representation_without_a_tag_has_only_the_star),
		cmocka_unit_test(a_star_alone_matches_any),
		cmocka_unit_test(what_is_no_list_of_tags_does_not_match),
		cmocka_unit_test(a_tag_that_is_not_like_ours_does_not_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
