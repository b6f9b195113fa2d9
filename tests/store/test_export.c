#include "store.h"

#include <time.h>

#include "store/export.h"

/* Rows that are taken slowly, as by a client far away. */
static enum err take_slowly(void *context, const struct export_section *section,
    const struct export_row *row)
{
	const struct timespec pause = { 0, 600000000 };
	int *rows = context;

	(void)section;
	(void)row;
	++*rows;
	assert_int_equal(nanosleep(&pause, NULL), 0);
	return ERR_NONE;
}

static void each_section_has_the_time_of_a_request(void **state)
{
	struct bed *bed = *state;
	struct db_settings hasty = bed->config.db;
	int rows = 0;
	const struct export_to to = { take_slowly, &rows };

	hasty.deadline = 1;
	bed->st.db = db_open(&hasty);
	assert_int_equal(
	    export_each(&bed->st, export_person, bed->user_id, &to), ERR_NONE);
	db_close(bed->st.db);
	bed->st.db = bed->db;
	assert_in_range(rows, 1, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(each_section_has_the_time_of_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
