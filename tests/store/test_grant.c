#include "store.h"

#include "store/grant.h"

static void every_table_of_the_database_is_in_the_list(void **state)
{
	struct bed *bed = *state;

	for (size_t i = 0; i < grant_count; i++)
		if (number(bed,
			"SELECT COUNT(*) AS value FROM"
			" information_schema.tables WHERE table_schema ="
			" DATABASE() AND table_name = '%s'",
			grants[i].table) != 1)
			fail_msg("there is no table %s", grants[i].table);
	/* a new table needs a row in store/grant.c */
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM"
			     " information_schema.tables WHERE table_schema ="
			     " DATABASE()"),
	    grant_count);
}

static void a_column_that_is_kept_back_is_there(void **state)
{
	struct bed *bed = *state;

	for (size_t i = 0; i < grant_count; i++)
		if (grants[i].column != NULL)
			assert_int_equal(
			    number(bed,
				"SELECT COUNT(*) AS value FROM"
				" information_schema.columns WHERE"
				" table_schema = DATABASE() AND table_name ="
				" '%s' AND column_name = '%s'",
				grants[i].table, grants[i].column),
			    1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(every_table_of_the_database_is_in_the_list),
		IN_BED(a_column_that_is_kept_back_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
