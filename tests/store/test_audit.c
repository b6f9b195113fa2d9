#include "store.h"

#include <time.h>

#include "store/audit.h"
#include "store/chain.h"

enum { DETAIL_MAX = 500 };

/* An entry about the user of the bed, so that it goes with him. */
static struct audit_entry entry_of(const struct bed *bed, const char *detail)
{
	struct audit_entry entry = {
		.user_id = bed->user_id,
		.action = "test.act",
		.resource_kind = "User",
		.resource_id = bed->user_id,
		.detail = detail,
	};

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

/* --- the chain ------------------------------------------------------------ */

/* An organization of the bed's user; its id. */
static const char *made(struct bed *bed, struct creation *creation)
{
	make_organization(bed, creation, "Chained");
	return creation->in.organization.id;
}

/* Rows of a chain behind that of `after` that do not fit the one before, by SQL of its own. */
static int64_t broken_after(struct bed *bed, const char *chain, int64_t after)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM audit_events e"
	    " LEFT JOIN audit_events b ON b.chain_id = e.chain_id"
	    " AND b.seq = e.seq - 1 WHERE e.chain_id = '%s' AND e.seq > %lld"
	    " AND NOT ("
	    " (e.seq = 1 OR b.chain_at < e.chain_at) AND e.hash <=> UNHEX(SHA2("
	    "CONCAT_WS('\n', 'tenantry-audit-1', e.chain_id, e.seq,"
	    " DATE_FORMAT(e.chain_at, '%%Y-%%m-%%dT%%H:%%i:%%s.%%fZ'),"
	    " IF(e.seq = 1, REPEAT('0', 64), LOWER(HEX(b.hash))), e.id,"
	    " COALESCE(e.organization_id, ''), COALESCE(e.user_id, ''),"
	    " COALESCE(e.key_id, ''), COALESCE(e.session_id, ''), e.action,"
	    " e.resource_kind, e.resource_id, COALESCE(e.project_id, ''),"
	    " e.request_id, e.detail, e.change_json), 256)))",
	    chain, (long long)after);
}

static int64_t broken(struct bed *bed, const char *chain)
{
	return broken_after(bed, chain, 0);
}

static int64_t length_of(struct bed *bed, const char *chain)
{
	return number(bed,
	    "SELECT IF(COUNT(*) = MAX(seq), COUNT(*), -1) AS value"
	    " FROM audit_events WHERE chain_id = '%s'",
	    chain);
}

/* The newest row is the one that the organization's row tells of. */
static int64_t is_newest(struct bed *bed, const char *chain)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM organizations o"
	    " JOIN audit_events e ON e.chain_id = o.id AND e.seq = o.audit_seq"
	    " AND e.hash = o.audit_hash AND e.chain_at = o.audit_at"
	    " WHERE o.id = '%s'",
	    chain);
}

static void append(struct bed *bed, const char *organization)
{
	struct audit_entry entry = entry_of(bed, "gr\xc3\xbc\xc3\x9f \"x\\\"");

	entry.organization_id = organization;
	entry.project_id = organization;
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	memset(&bed->st.write, 0, sizeof(bed->st.write));
}

static void rows_are_a_chain(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = made(bed, &creation);

	append(bed, id);
	append(bed, id);
	assert_int_equal(length_of(bed, id), 3);
	assert_int_equal(broken(bed, id), 0);
	assert_int_equal(is_newest(bed, id), 1);
}

static void an_organization_of_before_begins_with_genesis(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = made(bed, &creation);

	script(bed,
	    "UPDATE organizations SET audit_seq = 0, audit_at = NULL,"
	    " audit_hash = NULL WHERE id = '%s'; UPDATE audit_events SET"
	    " chain_id = NULL, seq = NULL WHERE organization_id = '%s'",
	    id, id);
	append(bed, id);
	append(bed, id);
	assert_int_equal(length_of(bed, id), 3);
	assert_int_equal(broken(bed, id), 0);
	assert_int_equal(is_newest(bed, id), 1);
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM audit_events WHERE"
		" chain_id = '%s' AND seq = 1 AND action = 'audit.genesis'"
		" AND change_json LIKE '{\"events\":1,\"license\":{%%},"
		"\"members\":[{%%}],\"name\":\"%%\",\"projects\":[{%%}],"
		"\"roles\":[{%%}],\"version\":1}'",
		id),
	    1);
}

static void what_is_of_no_organization_is_a_chain_too(void **state)
{
	struct bed *bed = *state;
	const char *newest = "SELECT audit_seq AS value FROM audit_chains"
			     " WHERE id = '" AUDIT_INSTALLATION "'";
	int64_t before = number(bed, "%s", newest);

	append(bed, NULL);
	append(bed, NULL);
	assert_int_equal(number(bed, "%s", newest), before + 2);
	/* the row before may have gone with the bed of another test */
	assert_int_equal(broken_after(bed, AUDIT_INSTALLATION, before + 1), 0);
}

static void a_rolled_back_row_leaves_no_gap(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = made(bed, &creation);
	struct audit_entry entry = entry_of(bed, "never");

	entry.organization_id = id;
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(audit_insert(&bed->st, &entry), ERR_NONE);
	db_rollback(bed->db);
	append(bed, id);
	assert_int_equal(length_of(bed, id), 2);
	assert_int_equal(broken(bed, id), 0);
}

/* Takes half a deadline for the last row of the first page. */
static void take_slowly(void *context, const struct chain_row *row)
{
	const struct timespec half = { .tv_sec = 1, .tv_nsec = 100000000 };
	int64_t *rows = context;

	assert_int_equal(row->seq, ++*rows);
	if (*rows == 500)
		(void)nanosleep(&half, NULL);
}

/* A slow reader of an export, or as many rows as fill the time. */
static void a_chain_may_take_longer_than_a_request(void **state)
{
	struct bed *bed = *state;
	int64_t rows = 0;

	script(bed,
	    "INSERT INTO audit_events (id, at, action, resource_kind,"
	    " resource_id, request_id, chain_id, seq, chain_at, hash)"
	    " SELECT CONCAT(LEFT('%s', 22), LPAD(a.i * 100 + b.i, 4, '0')),"
	    " NOW(3), 'test.act', 'User', '%s', 'x', '%s', a.i * 100 + b.i + 1,"
	    " NOW(6), REPEAT('x', 32) FROM (WITH RECURSIVE n (i) AS (SELECT 0"
	    " UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n) a,"
	    " (WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 99) SELECT i FROM n) b",
	    bed->user_id, bed->user_id, bed->user_id);
	bed->config.db.deadline = 2;
	assert_int_equal(
	    chain_each(&bed->st, bed->user_id, 0, take_slowly, &rows),
	    ERR_NONE);
	assert_int_equal(rows, 600);
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
		IN_BED(rows_are_a_chain),
		IN_BED(an_organization_of_before_begins_with_genesis),
		IN_BED(what_is_of_no_organization_is_a_chain_too),
		IN_BED(a_rolled_back_row_leaves_no_gap),
		IN_BED(a_chain_may_take_longer_than_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
