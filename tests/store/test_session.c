#include "store.h"

#include "edge/db_session.h"
#include "store/doctor.h"

/* Something between takes a setting away from the store's connection. */
static void take_away(struct bed *bed, const char *sql)
{
	begin_request(bed);
	if (db_script(bed->db, sql, strlen(sql)) != ERR_NONE)
		fail_msg("%s: %s", sql, db_error(bed->db));
}

static void a_new_session_is_as_the_program_sets_it(void **state)
{
	struct bed *bed = *state;
	char what[DB_SESSION_DIFFERENCES] = "x";

	assert_int_equal(
	    db_session_check(bed->db, what, sizeof(what)), ERR_NONE);
	assert_string_equal(what, "");
	assert_int_equal(doctor_session(&bed->st, &bed->fault), ERR_NONE);
}

static void each_setting_that_is_taken_away_is_named(void **state)
{
	static const struct {
		const char *sql, *what;
	} cases[] = {
		{ "SET character_set_client = latin1",
		    "character_set_client is latin1" },
		{ "SET character_set_results = latin1",
		    "character_set_results is latin1" },
		{ "SET collation_connection = utf8mb4_bin",
		    "collation_connection is utf8mb4_bin" },
		{ "SET sql_mode = ''", "sql_mode is " },
		{ "SET sql_mode = CONCAT(@@sql_mode,"
		  " ',PAD_CHAR_TO_FULL_LENGTH')",
		    "PAD_CHAR_TO_FULL_LENGTH" },
		{ "SET time_zone = '+02:00'", "time_zone is +02:00" },
		{ "SET autocommit = 0", "autocommit is OFF" },
		{ "SET completion_type = 2", "completion_type is RELEASE" },
		{ "SET sql_select_limit = 5", " is not told" },
		{ "SET sql_big_selects = 0", "sql_big_selects is OFF" },
		{ "SET sql_safe_updates = 1", "sql_safe_updates is ON" },
		{ "SET sql_auto_is_null = 1", "sql_auto_is_null is ON" },
		{ "SET foreign_key_checks = 0", "foreign_key_checks is OFF" },
		{ "SET unique_checks = 0", "unique_checks is OFF" },
		{ "SET innodb_lock_wait_timeout = 50",
		    "innodb_lock_wait_timeout is 50" },
		{ "SET lock_wait_timeout = 86400",
		    "lock_wait_timeout is 86400" },
		{ "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
		    "_isolation is READ-UNCOMMITTED" },
		{ "SET SESSION TRANSACTION READ ONLY", "_read_only is ON" },
		{ "SET @a = 1 /*M!100101 , max_statement_time = 0 */"
		  " /*!50720 , max_execution_time = 0 */",
		    "_time is 0" },
	};
	struct bed *bed = *state;
	char what[DB_SESSION_DIFFERENCES];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		take_away(bed, cases[i].sql);
		assert_int_equal(
		    db_session_check(bed->db, what, sizeof(what)), ERR_NONE);
		if (strstr(what, cases[i].what) == NULL)
			fail_msg("%s: %s", cases[i].sql, what);
		assert_int_equal(
		    doctor_session(&bed->st, &bed->fault), ERR_UNAVAILABLE);
		db_rest(bed->db);
	}
}

static void the_doctor_says_what_was_taken_away(void **state)
{
	struct bed *bed = *state;
	struct findings found;
	bool is_told = false;

	take_away(bed, "SET autocommit = 0");
	findings_init(&found, &bed->mem);
	assert_int_equal(doctor_database(&bed->st, 1, &found), ERR_NONE);
	for (size_t i = 0; i < found.count; i++)
		is_told |= strcmp(found.rows[i].check, "session") == 0 &&
		    found.rows[i].state == FINDING_FAIL &&
		    strstr(found.rows[i].detail, "autocommit is OFF") != NULL;
	assert_true(is_told);
	db_rest(bed->db);
}

/* One round trip sets them all, whatever they are. */
static void all_is_set_by_one_statement(void **state)
{
	struct bed *bed = *state;
	char text[DB_SESSION_SIZE];

	db_session_print(&bed->config.db, text);
	assert_null(strchr(text, ';'));
	assert_in_range(strlen(text), 100, sizeof(text) - 2);
	assert_non_null(strstr(text, " */"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_new_session_is_as_the_program_sets_it),
		IN_BED(each_setting_that_is_taken_away_is_named),
		IN_BED(the_doctor_says_what_was_taken_away),
		IN_BED(all_is_set_by_one_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
