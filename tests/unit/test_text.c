#include "unit.h"

#include <stdint.h>

#include "base/text.h"

static void texts_and_numbers_stand_behind_each_other(void **state)
{
	char buffer[64];
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	assert_string_equal(buffer, "");
	text_put(&text, "a=");
	text_put_number(&text, 42);
	text_put(&text, "");
	text_put_part(&text, " method", 3);
	text_put_part(&text, "x", 3);
	assert_string_equal(buffer, "a=42 mex");
}

static void numbers_have_all_their_digits(void **state)
{
	static const struct {
		int64_t number;
		const char *text;
	} rows[] = { { 0, "0" }, { 9, "9" }, { 10, "10" }, { -1, "-1" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" } };
	char buffer[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text text = text_in(buffer, sizeof(buffer));

		text_put_number(&text, rows[i].number);
		assert_string_equal(buffer, rows[i].text);
	}
}

static void what_does_not_fit_is_cut(void **state)
{
	char buffer[6] = "?????";
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	text_put(&text, "abc");
	text_put_number(&text, 12345);
	assert_string_equal(buffer, "abc12");
	text_put(&text, "more");
	assert_string_equal(buffer, "abc12");
	text = text_in(buffer, 1);
	text_put(&text, "x");
	assert_string_equal(buffer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_numbers_stand_behind_each_other),
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(what_does_not_fit_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
