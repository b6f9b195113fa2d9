#include "unit.h"

#include <stdbool.h>

enum { FIRST_BLOCK = 16 * 1024, LARGE = 10 * FIRST_BLOCK };

static bool is_zero(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] != 0)
			return false;
	}
	return true;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	for (size_t size = 0; size < 200; size++) {
		unsigned char *data = arena_alloc(*state, size);

		assert_non_null(data);
		assert_true((uintptr_t)data % _Alignof(max_align_t) == 0);
		assert_true(is_zero(data, size));
		memset(data, 0xFF, size);
	}
}

static void allocations_do_not_overlap(void **state)
{
	unsigned char *all[300];

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		all[i] = arena_alloc(*state, i * 7);
		memset(all[i], (int)(i & 0xFF), i * 7);
	}
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		for (size_t j = 0; j < i * 7; j++)
			assert_int_equal(all[i][j], i & 0xFF);
	}
}

static void nothing_still_has_a_place_of_its_own(void **state)
{
	assert_ptr_not_equal(arena_alloc(*state, 0), arena_alloc(*state, 0));
}

static void a_block_can_be_filled_to_its_last_byte(void **state)
{
	unsigned char *all = arena_alloc(*state, FIRST_BLOCK);
	unsigned char *more = arena_alloc(*state, 1);

	memset(all, 0xFF, FIRST_BLOCK);
	assert_int_equal(*more, 0);
}

static void a_large_allocation_leaves_the_block_before_it_in_use(void **state)
{
	char *before = arena_alloc(*state, 16);
	unsigned char *large = arena_alloc(*state, LARGE);
	char *after = arena_alloc(*state, 16);

	assert_true(is_zero(large, LARGE));
	assert_ptr_equal(after, before + 16);
}

static void reset_gives_the_first_block_again_and_clean(void **state)
{
	unsigned char *first = arena_alloc(*state, 100), *again;

	memset(first, 0xFF, 100);
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(*state, 4000), 0xFF, 4000);
	arena_reset(*state);
	again = arena_alloc(*state, 100);
	assert_ptr_equal(first, again);
	assert_true(is_zero(again, 100));
	assert_true(is_zero(arena_alloc(*state, 4000), 4000));
}

static void reset_and_release_of_an_empty_arena_do_nothing(void **state)
{
	arena_reset(*state);
	arena_release(*state);
	arena_release(*state);
	arena_reset(*state);
	assert_non_null(arena_alloc(*state, 1));
}

static void copies_end_with_a_nul(void **state)
{
	const char raw[] = { 'a', 'b', 'c' };

	assert_string_equal(arena_copy(*state, raw, 3), "abc");
	assert_string_equal(arena_copy(*state, raw, 2), "ab");
	assert_string_equal(arena_copy(*state, NULL, 0), "");
	assert_string_equal(arena_text(*state, "text"), "text");
	assert_string_equal(arena_text(*state, ""), "");
}

static void a_null_text_stays_null(void **state)
{
	assert_null(arena_text(*state, NULL));
}

static void print_takes_any_length(void **state)
{
	char *text = arena_print(*state, "%s-%d", "a", 7);

	assert_string_equal(text, "a-7");
	assert_string_equal(arena_print(*state, "%s", ""), "");
	for (int length = 150; length < 170; length++) {
		text = arena_print(*state, "%0*d", length, 1);
		assert_int_equal(strlen(text), length);
		assert_int_equal(text[length - 1], '1');
	}
	text = arena_print(*state, "%0*d", 3 * FIRST_BLOCK, 1);
	assert_int_equal(strlen(text), 3 * FIRST_BLOCK);
	assert_int_equal(text[3 * FIRST_BLOCK - 1], '1');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(memory_is_zeroed_and_aligned),
		WITH_ARENA(allocations_do_not_overlap),
		WITH_ARENA(nothing_still_has_a_place_of_its_own),
		WITH_ARENA(a_block_can_be_filled_to_its_last_byte),
		WITH_ARENA(
		    a_large_allocation_leaves_the_block_before_it_in_use),
		WITH_ARENA(reset_gives_the_first_block_again_and_clean),
		WITH_ARENA(reset_and_release_of_an_empty_arena_do_nothing),
		WITH_ARENA(copies_end_with_a_nul),
		WITH_ARENA(a_null_text_stays_null),
		WITH_ARENA(print_takes_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
