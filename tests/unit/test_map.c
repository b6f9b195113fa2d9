#include "unit.h"

#include "base/map.h"

enum { KEYS = 1000 };

static void a_new_key_has_no_value(void **state)
{
	struct map map;
	int key;

	(void)state;
	map_init(&map);
	assert_null(*map_at(&map, &key));
	assert_int_equal(map.count, 1);
	map_release(&map);
	assert_int_equal(map.count, 0);
}

static void each_key_keeps_its_value_while_the_map_grows(void **state)
{
	static char keys[KEYS];
	struct map map;

	(void)state;
	map_init(&map);
	for (int i = 0; i < KEYS; i++)
		*map_at(&map, &keys[i]) = &keys[KEYS - 1 - i];
	for (int i = 0; i < KEYS; i++)
		assert_ptr_equal(*map_at(&map, &keys[i]), &keys[KEYS - 1 - i]);
	assert_int_equal(map.count, KEYS);
	assert_true(map.capacity >= 2 * KEYS);
	map_release(&map);
}

static void equal_texts_at_two_addresses_are_two_keys(void **state)
{
	const char one[] = "SELECT 1", other[] = "SELECT 1";
	struct map map;

	(void)state;
	map_init(&map);
	*map_at(&map, one) = &map;
	assert_null(*map_at(&map, other));
	map_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_key_has_no_value),
		cmocka_unit_test(each_key_keeps_its_value_while_the_map_grows),
		cmocka_unit_test(equal_texts_at_two_addresses_are_two_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
