#include "unit.h"

#include <stdbool.h>

#include "model/licence.h"

static void every_plan_has_its_limits(void **state)
{
	static const struct licence_type plans[] = {
		{ "free", { 1, 0 } },
		{ "growth", { 3, 0 } },
		{ "enterprise", { 0, 0 } },
		{ "google", { 0, 0 } },
		{ "google-enterprise", { 0, 0 } },
	};
	unsigned i;

	(void)state;
	for (i = 0; i < COUNT_OF(plans); i++) {
		const struct licence_type *type = licence_type_at(i);

		assert_non_null(type);
		assert_string_equal(type->name, plans[i].name);
		assert_ptr_equal(licence_type_find(plans[i].name), type);
		assert_true(type->limits.projects == plans[i].limits.projects);
		assert_true(type->limits.users == plans[i].limits.users);
		assert_true(strlen(type->name) < LICENCE_TYPE_SIZE);
	}
	assert_null(licence_type_at(i));
	assert_null(licence_type_at(~0U));
}

static void other_names_are_no_plan(void **state)
{
	static const char *const names[] = {
		"",
		"Free",
		"FREE",
		"free ",
		"fre",
		"freeg",
		"google-",
		"pro",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_null(licence_type_find(names[i]));
}

static void a_licence_expires_at_its_time(void **state)
{
	struct licence licence = { .expires_at = 1000 };

	(void)state;
	assert_false(licence_is_expired(&licence, 999));
	assert_true(licence_is_expired(&licence, 1000));
	assert_true(licence_is_expired(&licence, 1001));
	licence.expires_at = 0;
	assert_false(licence_is_expired(&licence, INT64_MAX));
}

static void a_limit_allows_no_more_than_itself(void **state)
{
	(void)state;
	assert_true(licence_allows(3, 0));
	assert_true(licence_allows(3, 3));
	assert_false(licence_allows(3, 4));
	assert_false(licence_allows(1, INT64_MAX));
	assert_true(licence_allows(0, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_plan_has_its_limits),
		cmocka_unit_test(other_names_are_no_plan),
		cmocka_unit_test(a_licence_expires_at_its_time),
		cmocka_unit_test(a_limit_allows_no_more_than_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
