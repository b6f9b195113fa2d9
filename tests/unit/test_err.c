#include "unit.h"

#include "base/fault.h"

static void every_code_has_a_complete_row(void **state)
{
	(void)state;
	for (int code = 0; code < ERR_COUNT; code++) {
		const struct err_info *info = err_info((enum err)code);

		assert_non_null(info->code);
		assert_non_null(info->title);
		assert_in_range(info->status, 200, 599);
		assert_int_equal(info->code[strspn(info->code,
				     "abcdefghijklmnopqrstuvwxyz-")],
		    '\0');
	}
}

static void every_code_that_a_client_sees_says_what_to_do(void **state)
{
	const char *internal = err_detail(ERR_INTERNAL);

	(void)state;
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
		const char *detail = err_info((enum err)code)->detail;
		bool is_seen = code < ERR_DUPLICATE && code != ERR_CLIENT_GONE;

		assert_int_equal(detail != NULL, is_seen);
		if (code != ERR_INTERNAL)
			assert_ptr_not_equal(detail, internal);
		/* "what happened: what to do" */
		if (is_seen)
			assert_non_null(strstr(detail, ": "));
	}
	assert_ptr_equal(err_detail(ERR_LOST), internal);
	assert_ptr_equal(err_detail((enum err) - 1), internal);
}

static void a_refusal_has_its_cause_and_no_other_fault_has(void **state)
{
	struct fault fault = { .code = ERR_NONE };

	(void)state;
	for (int i = 0; i < CAUSE_COUNT; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(cause_name((enum cause)i),
			    cause_name((enum cause)j));
	}
	assert_int_equal(
	    fault_refuse(&fault, ERR_UNAUTHENTICATED, CAUSE_EXPIRED, "%d", 1),
	    ERR_UNAUTHENTICATED);
	assert_int_equal(fault.cause, CAUSE_EXPIRED);
	assert_string_equal(fault.detail, "1");
	assert_string_equal(cause_name(fault.cause), "expired");
	(void)fault_set(&fault, ERR_BAD_BODY, "other");
	assert_int_equal(fault.cause, CAUSE_NONE);
	assert_string_equal(cause_name(fault.cause), "-");
	assert_int_equal(
	    fault_refuse(NULL, ERR_FORBIDDEN, CAUSE_ROLE, "x"), ERR_FORBIDDEN);
}

static void no_two_codes_have_one_name(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_COUNT; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(err_info((enum err)i)->code,
			    err_info((enum err)j)->code);
	}
}

static void the_level_follows_the_status(void **state)
{
	(void)state;
	for (int code = 0; code < ERR_COUNT; code++) {
		const struct err_info *info = err_info((enum err)code);
		enum level level = info->status < 500 ? LEVEL_INFO
		    : info->status == 503             ? LEVEL_WARN
						      : LEVEL_ERROR;

		assert_int_equal(info->level, level);
	}
}

static void results_of_the_store_are_defects_where_they_escape(void **state)
{
	(void)state;
	for (int code = ERR_DUPLICATE; code < ERR_COUNT; code++)
		assert_int_equal(err_info((enum err)code)->status, 500);
}

static void an_unknown_code_is_an_internal_error(void **state)
{
	const struct err_info *internal = err_info(ERR_INTERNAL);

	(void)state;
	assert_ptr_equal(err_info(ERR_COUNT), internal);
	assert_ptr_equal(err_info((enum err) - 1), internal);
	assert_ptr_equal(err_info((enum err)9999), internal);
}

static void a_fault_holds_code_and_detail(void **state)
{
	struct fault fault = { .retry_after = 7 };

	(void)state;
	assert_int_equal(
	    fault_set(&fault, ERR_LIMIT, "%d of %s", 3, "x"), ERR_LIMIT);
	assert_int_equal(fault.code, ERR_LIMIT);
	assert_int_equal(fault.retry_after, 0);
	assert_string_equal(fault.detail, "3 of x");
}

static void nowhere_to_record_is_no_harm(void **state)
{
	(void)state;
	assert_int_equal(fault_set(NULL, ERR_BUSY, "%s", "x"), ERR_BUSY);
}

static void a_long_detail_is_cut(void **state)
{
	struct fault fault;

	(void)state;
	(void)fault_set(&fault, ERR_BUSY, "%01000d", 1);
	assert_int_equal(strlen(fault.detail), sizeof(fault.detail) - 1);
}

static void a_detail_is_not_cut_within_a_character(void **state)
{
	static const char *const heads[] = { "", "a", "aa", "aaa" };
	static const char seedling[] = { '\xF0', '\x9F', '\x8C', '\xB1' };
	char text[801] = "";
	struct fault fault;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		memcpy(text + i * 4, seedling, sizeof(seedling));
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		size_t head = strlen(heads[i]);

		(void)fault_set(&fault, ERR_BUSY, "%s%s", heads[i], text);
		assert_int_equal((strlen(fault.detail) - head) % 4, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_complete_row),
		cmocka_unit_test(every_code_that_a_client_sees_says_what_to_do),
		cmocka_unit_test(
		    a_refusal_has_its_cause_and_no_other_fault_has),
		cmocka_unit_test(no_two_codes_have_one_name),
		cmocka_unit_test(the_level_follows_the_status),
		cmocka_unit_test(
		    results_of_the_store_are_defects_where_they_escape),
		cmocka_unit_test(an_unknown_code_is_an_internal_error),
		cmocka_unit_test(a_fault_holds_code_and_detail),
		cmocka_unit_test(nowhere_to_record_is_no_harm),
		cmocka_unit_test(a_long_detail_is_cut),
		cmocka_unit_test(a_detail_is_not_cut_within_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
