#include "unit.h"

#include <string.h>

#include "model/key_text.h"

#define RANDOM "3vJc0hZkq9X2sLb7RtYw5mNd8GfUp4Xw"
#define PERSONAL "tny_u3vJc0hZkq9X2sLb7RtYw5mNd8GfUp4XwDhD37R"
#define SERVICE "tny_s3vJc0hZkq9X2sLb7RtYw5mNd8GfUp4XwBXIBz7"

static void a_key_has_its_kind_and_a_check_sum(void **state)
{
	char text[KEY_TEXT_SIZE];

	(void)state;
	/* the CRC-32 was computed by another program */
	key_text_make(KEY_TEXT_PERSONAL, RANDOM, text);
	assert_string_equal(text, PERSONAL);
	assert_false(key_text_is_mistyped(text));
	key_text_make(KEY_TEXT_SERVICE, RANDOM, text);
	assert_string_equal(text, SERVICE);
	assert_false(key_text_is_mistyped(text));
}

static void each_character_that_is_mistyped_is_told(void **state)
{
	char text[KEY_TEXT_SIZE];

	(void)state;
	for (size_t i = 5; i < sizeof(text) - 1; i++) {
		strcpy(text, PERSONAL);
		text[i] = text[i] == 'A' ? 'B' : 'A';
		assert_true(key_text_is_mistyped(text));
	}
	for (size_t i = 5; i < sizeof(text) - 2; i++) {
		strcpy(text, PERSONAL);
		text[i] = PERSONAL[i + 1];
		text[i + 1] = PERSONAL[i];
		assert_int_equal(
		    key_text_is_mistyped(text), PERSONAL[i] != PERSONAL[i + 1]);
	}
	strcpy(text, PERSONAL);
	text[4] = KEY_TEXT_SERVICE;
	assert_true(key_text_is_mistyped(text));
	text[4] = KEY_TEXT_PERSONAL;
	text[sizeof(text) - 2] = '\0';
	assert_true(key_text_is_mistyped(text));
	assert_true(key_text_is_mistyped(PERSONAL "x"));
}

static void a_key_of_before_is_never_taken_for_a_new_one(void **state)
{
	(void)state;
	assert_false(key_text_is_mistyped("tny_" RANDOM));
	assert_false(
	    key_text_is_mistyped("tny_uJc0hZkq9X2sLb7RtYw5mNd8GfUp4Xw3"));
	assert_false(
	    key_text_is_mistyped("tny_sJc0hZkq9X2sLb7RtYw5mNd8GfUp4Xw3"));
	assert_false(key_text_is_mistyped(""));
	assert_false(key_text_is_mistyped("tny_"));
}

static void a_service_key_is_known_by_its_kind_and_length(void **state)
{
	(void)state;
	assert_true(key_text_is_service(SERVICE));
	assert_false(key_text_is_service(PERSONAL));
	assert_false(key_text_is_service(SERVICE "x"));
	assert_false(
	    key_text_is_service("tny_sJc0hZkq9X2sLb7RtYw5mNd8GfUp4Xw3"));
	assert_false(key_text_is_service("tny_s"));
	assert_false(key_text_is_service(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_its_kind_and_a_check_sum),
		cmocka_unit_test(each_character_that_is_mistyped_is_told),
		cmocka_unit_test(a_key_of_before_is_never_taken_for_a_new_one),
		cmocka_unit_test(a_service_key_is_known_by_its_kind_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
