#include "unit.h"

#include "edge/seal.h"

static struct arena mem;

static int setup(void **state)
{
	(void)state;
	arena_init(&mem);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&mem);
	return 0;
}

static void the_same_request_opens_what_it_sealed(void **state)
{
	static const char *const texts[] = { "", "k",
		"tny_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char *sealed = seal_close(&mem, "tny_a", "one", texts[i]);

		assert_non_null(sealed);
		assert_true(strlen(sealed) < SEAL_SIZE);
		assert_null(strstr(sealed, "tny_"));
		assert_string_equal(
		    seal_open(&mem, "tny_a", "one", sealed), texts[i]);
	}
}

static void the_longest_text_fits_and_a_longer_one_is_not_sealed(void **state)
{
	char text[SEAL_TEXT_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[SEAL_TEXT_MAX + 1] = '\0';
	assert_null(seal_close(&mem, "tny_a", "one", text));
	text[SEAL_TEXT_MAX] = '\0';
	assert_true(strlen(seal_close(&mem, "tny_a", "one", text)) < SEAL_SIZE);
}

static void another_request_does_not_open_it(void **state)
{
	const char *sealed = seal_close(&mem, "tny_a", "one", "secret");

	(void)state;
	assert_null(seal_open(&mem, "tny_b", "one", sealed));
	assert_null(seal_open(&mem, "tny_a", "two", sealed));
	/* the parts are not run together */
	assert_null(seal_open(&mem, "tny_ao", "ne", sealed));
	assert_null(seal_open(&mem, "", "tny_aone", sealed));
}

static void what_was_changed_or_is_none_does_not_open(void **state)
{
	char *sealed = seal_close(&mem, "tny_a", "one", "secret");

	(void)state;
	for (size_t i = 0; i < strlen(sealed); i++) {
		char kept = sealed[i];

		sealed[i] = kept == 'A' ? 'B' : 'A';
		assert_null(seal_open(&mem, "tny_a", "one", sealed));
		sealed[i] = kept;
	}
	assert_non_null(seal_open(&mem, "tny_a", "one", sealed));
	sealed[strlen(sealed) - 4] = '\0';
	assert_null(seal_open(&mem, "tny_a", "one", sealed));
	assert_null(seal_open(&mem, "tny_a", "one", ""));
	assert_null(seal_open(&mem, "tny_a", "one", "secret"));
	assert_null(seal_open(&mem, "tny_a", "one", "{}"));
}

static void the_same_text_is_sealed_differently_each_time(void **state)
{
	const char *first = seal_close(&mem, "tny_a", "one", "secret");

	(void)state;
	assert_string_not_equal(
	    first, seal_close(&mem, "tny_a", "one", "secret"));
}

#define SEALED(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEALED(the_same_request_opens_what_it_sealed),
		SEALED(the_longest_text_fits_and_a_longer_one_is_not_sealed),
		SEALED(another_request_does_not_open_it),
		SEALED(what_was_changed_or_is_none_does_not_open),
		SEALED(the_same_text_is_sealed_differently_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
