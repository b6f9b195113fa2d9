#include "store.h"

#include "store/audit.h"

enum { DETAIL_MAX = 500 };

/* An entry about the user of the bed, so that it goes with him. */
static struct audit_entry entry_of(const struct bed *bed, const char *detail)
{
	struct audit_entry entry = { bed->user_id, NULL, "test.act", "User",
		bed->user_id, detail, NULL };

	return entry;
}

static int64_t events(struct bed *bed, const char *condition)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM audit_events"
	    " WHERE action = 'test.act' AND resource_id = '%s' AND %s",
	    bed->user_id, condition);
}

static void an_event_says_who_did_what_when(void **state)
{
	struct bed *bed = *state;
	struct audit_entry entry = entry_of(bed, "the detail");
	char id[ULID_SIZE];

	ulid_make(&bed->st.ids, (uint64_t)bed->st.now, id);
	entry.organization_id = id;
	bed->st.request_id = "request-1";
	bed->st.now = INT64_C(1700000000123);
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM audit_events"
		" WHERE user_id = '%s' AND organization_id = '%s'"
		" AND resource_kind = 'User' AND resource_id = '%s'"
		" AND request_id = 'request-1' AND detail = 'the detail'"
		" AND at = '2023-11-14 22:13:20.123'",
		bed->user_id, id, bed->user_id),
	    1);
}

static void the_command_line_is_nobody(void **state)
{
	struct bed *bed = *state;
	struct audit_entry entry = entry_of(bed, NULL);

	entry.user_id = NULL;
	bed->st.request_id = NULL;
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	assert_int_equal(events(bed,
			     "user_id IS NULL AND organization_id IS NULL"
			     " AND request_id = 'cli' AND detail = ''"),
	    1);
}

static void a_long_detail_is_cut_between_characters(void **state)
{
	static const struct {
		const char *unit; /* repeated behind `before` x */
		int before;
		int kept; /* bytes */
	} cases[] = {
		{ "x", 0, 500 },
		{ "\xc3\xa9", 0, 500 },
		{ "\xc3\xa9", 1, 499 },
		{ "\xe2\x82\xac", 0, 498 },
		{ "\xe2\x82\xac", 2, 500 },
		{ "\xf0\x9f\x9a\x80", 0, 500 },
		{ "\xf0\x9f\x9a\x80", 3, 499 },
	};
	struct bed *bed = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[DETAIL_MAX + 8] = "", condition[80];
		struct audit_entry entry = entry_of(bed, text);

		memset(text, 'x', (size_t)cases[i].before);
		while (strlen(text) <= DETAIL_MAX)
			strcat(text, cases[i].unit);
		assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
		snprintf(condition, sizeof(condition), "LENGTH(detail) = %d",
		    cases[i].kept);
		assert_int_equal(events(bed, condition), 1);
		script(bed,
		    "DELETE FROM audit_events WHERE action = 'test.act'"
		    " AND resource_id = '%s'",
		    bed->user_id);
	}
}

static void events_are_ordered_as_they_happened(void **state)
{
	struct bed *bed = *state;

	for (char text[] = "a"; text[0] <= 'j'; text[0]++) {
		struct audit_entry entry = entry_of(bed, text);

		assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	}
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM audit_events a"
		" JOIN audit_events b ON b.id > a.id AND b.detail < a.detail"
		" WHERE a.resource_id = '%s' AND b.resource_id = '%s'"
		" AND a.action = 'test.act' AND b.action = 'test.act'",
		bed->user_id, bed->user_id),
	    0);
	assert_int_equal(events(bed, "TRUE"), 10);
}

static void an_event_goes_with_its_transaction(void **state)
{
	struct bed *bed = *state;
	struct audit_entry entry = entry_of(bed, "never");

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	db_rollback(bed->db);
	assert_int_equal(events(bed, "TRUE"), 0);
}

static void what_does_not_fit_is_an_error_and_not_cut(void **state)
{
	struct bed *bed = *state;
	struct audit_entry entry = entry_of(bed, "detail");

	entry.action = "an.action.that.is.longer.than.the.column.is";
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_INTERNAL);
	entry = entry_of(bed, "detail");
	entry.resource_id = NULL;
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_INTERNAL);
	assert_int_equal(events(bed, "TRUE"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(an_event_says_who_did_what_when),
		IN_BED(the_command_line_is_nobody),
		IN_BED(a_long_detail_is_cut_between_characters),
		IN_BED(events_are_ordered_as_they_happened),
		IN_BED(an_event_goes_with_its_transaction),
		IN_BED(what_does_not_fit_is_an_error_and_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
