#include "unit.h"

#include "model/finding.h"

static struct findings *begin(void **state)
{
	struct findings *found = arena_alloc(*state, sizeof(*found));

	findings_init(found, *state);
	return found;
}

static int memory_setup(void **state)
{
	static struct arena mem;

	arena_init(&mem);
	*state = &mem;
	return 0;
}

static int memory_teardown(void **state)
{
	arena_release(*state);
	return 0;
}

#define WITH_MEMORY(test_) \
	cmocka_unit_test_setup_teardown(test_, memory_setup, memory_teardown)

static void the_worst_line_is_the_state_of_all(void **state)
{
	struct findings *found = begin(state);

	assert_int_equal(findings_state(found), FINDING_OK);
	finding_add(found, "a", FINDING_OK, "good");
	assert_int_equal(findings_state(found), FINDING_OK);
	finding_add(found, "b", FINDING_FAIL, "bad");
	finding_add(found, "c", FINDING_WARN, "so so");
	assert_int_equal(findings_state(found), FINDING_FAIL);
}

static void a_remedy_belongs_to_the_last_line(void **state)
{
	struct findings *found = begin(state);

	finding_remedy(found, "of no line");
	finding_add(found, "a", FINDING_WARN, "%s %d", "mode", 7);
	finding_add(found, "b", FINDING_FAIL, "bad");
	finding_remedy(found, "chmod %s", "x");
	assert_int_equal(found->count, 2);
	assert_string_equal(found->rows[0].detail, "mode 7");
	assert_string_equal(found->rows[0].remedy, "");
	assert_string_equal(found->rows[1].remedy, "chmod x");
}

static void no_line_is_left_out(void **state)
{
	struct findings *found = begin(state);

	for (int i = 0; i < 100; i++)
		finding_add(
		    found, "a", i == 99 ? FINDING_FAIL : FINDING_OK, "%d", i);
	assert_int_equal(found->count, 100);
	assert_string_equal(found->rows[0].detail, "0");
	assert_string_equal(found->rows[48].detail, "48");
	assert_int_equal(findings_state(found), FINDING_FAIL);
}

static void the_states_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(finding_state_name(FINDING_OK), "ok");
	assert_string_equal(finding_state_name(FINDING_WARN), "warn");
	assert_string_equal(finding_state_name(FINDING_FAIL), "fail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MEMORY(the_worst_line_is_the_state_of_all),
		WITH_MEMORY(a_remedy_belongs_to_the_last_line),
		WITH_MEMORY(no_line_is_left_out),
		WITH_MEMORY(the_states_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
