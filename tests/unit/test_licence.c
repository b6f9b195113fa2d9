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

static const struct licence_days days = LICENCE_DAYS_DEFAULT;

static void a_licence_has_14_days_of_grace(void **state)
{
	int64_t over = 1000 + 14 * LICENCE_DAY;

	(void)state;
	assert_false(licence_is_over(&days, 1000, over - 1));
	assert_true(licence_is_over(&days, 1000, over));
	assert_false(licence_is_over(&days, 0, INT64_MAX));
}

static void the_days_of_a_licence_are_those_that_are_set(void **state)
{
	static const struct licence_days none = { 0, 0 }, most = { 3650, 3650 };
	const struct licence_facts facts = { .expires_at = 5000 * LICENCE_DAY };
	int64_t end = facts.expires_at;

	(void)state;
	assert_string_equal(licence_state(&none, &facts, end - 1), "active");
	assert_string_equal(licence_state(&none, &facts, end), "expired");
	assert_string_equal(
	    licence_state(&most, &facts, end - 3650 * LICENCE_DAY - 1),
	    "active");
	assert_string_equal(
	    licence_state(&most, &facts, end - 3650 * LICENCE_DAY), "expiring");
	assert_string_equal(
	    licence_state(&most, &facts, end + 3650 * LICENCE_DAY - 1),
	    "grace");
	assert_string_equal(
	    licence_state(&most, &facts, end + 3650 * LICENCE_DAY), "expired");
}

static void the_days_that_are_left_are_counted_when_they_begin(void **state)
{
	int64_t end = 10 * LICENCE_DAY;

	(void)state;
	assert_int_equal(licence_days_left(0, end), -1);
	assert_int_equal(licence_days_left(end, 0), 10);
	assert_int_equal(licence_days_left(end, 1), 10);
	assert_int_equal(licence_days_left(end, LICENCE_DAY), 9);
	assert_int_equal(licence_days_left(end, end - 1), 1);
	assert_int_equal(licence_days_left(end, end), 0);
	assert_int_equal(licence_days_left(end, end + LICENCE_DAY), 0);
}

static void the_state_is_the_worst_that_is_true(void **state)
{
	static const struct {
		int64_t end, projects;
		bool is_revoked;
		const char *state;
	} rows[] = {
		{ 0, 3, false, "active" },
		{ 114, 3, false, "active" },
		{ 113, 3, false, "expiring" },
		{ 113, 4, false, "over_limit" },
		{ 0, 4, false, "over_limit" },
		{ 99, 4, false, "grace" },
		{ 86, 4, false, "grace" },
		{ 85, 4, false, "expired" },
		{ 85, 4, true, "revoked" },
		{ 0, 3, true, "revoked" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct licence_facts facts = {
			.expires_at = rows[i].end * LICENCE_DAY,
			.limits = { .projects = 3 },
			.use = { rows[i].projects, 1000 },
			.is_revoked = rows[i].is_revoked,
		};

		assert_string_equal(
		    licence_state(&days, &facts, 100 * LICENCE_DAY - 1),
		    rows[i].state);
	}
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
		cmocka_unit_test(a_licence_has_14_days_of_grace),
		cmocka_unit_test(the_days_of_a_licence_are_those_that_are_set),
		cmocka_unit_test(
		    the_days_that_are_left_are_counted_when_they_begin),
		cmocka_unit_test(the_state_is_the_worst_that_is_true),
		cmocka_unit_test(a_limit_allows_no_more_than_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
