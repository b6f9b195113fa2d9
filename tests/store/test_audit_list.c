#include "store.h"

#include <stdlib.h>

#include "api/call.h"
#include "resource/audit_event.h"
#include "store/read.h"

/*
 * How many rows the database reads for a page of the audit trail: as many for
 * the first page as for one deep in it, and with each filter, however many rows
 * the organization has.
 */
enum {
	ROWS =
	    20000, /* TENANTRY_TEST_ROWS in the environment: another number */
	PAGE = 21, /* 20, and one to know whether there is more */
	/* a row is one, its names are five look-ups, which MySQL counts more
	 * than once, its condition some */
	MOST = PAGE * 25,
	ACTORS = 50
};

struct page {
	const struct statement *statement;
	const char *user, *kind, *from, *until;
	const char *project; /* of the key */
	const char *after;   /* id of the last row of the page before */
};

static long rows_wanted(void)
{
	const char *text = getenv("TENANTRY_TEST_ROWS");

	return text != NULL ? atol(text) : ROWS;
}

/* An organization of the test, ULID-like ids with the number at their end. */
static const char *organization_of(struct bed *bed)
{
	return arena_print(&bed->mem, "%.16sAUDITLISTS", bed->user_id);
}

static const char *id_of(struct bed *bed, const char *letter, long number)
{
	return arena_print(
	    &bed->mem, "%.17s%s%08ld", bed->user_id, letter, number);
}

#define DIGITS \
	"(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3" \
	" UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6" \
	" UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"

/* Rows `begin` + 1 to `begin` + 1000, a second apart. */
static void fill_some(struct bed *bed, long begin)
{
	begin_request(bed);
	script(bed,
	    "INSERT INTO audit_events (id, at, user_id, organization_id,"
	    " action, resource_kind, resource_id, request_id, project_id)"
	    " SELECT CONCAT(LEFT('%s', 17), 'E', LPAD(i, 8, '0')),"
	    " '2020-01-01' + INTERVAL i SECOND, CONCAT(LEFT('%s', 17), 'U',"
	    " LPAD(i %% %d, 8, '0')), '%s', 'x', IF(i %% 100 = 0, 'Rare',"
	    " 'Usual'), '%s', 'x', CONCAT(LEFT('%s', 17), 'P',"
	    " LPAD(i %% %d, 8, '0')) FROM (SELECT %ld + 100 * a.d + 10 * b.d"
	    " + c.d AS i FROM " DIGITS " a, " DIGITS " b, " DIGITS " c) n",
	    bed->user_id, bed->user_id, ACTORS, organization_of(bed),
	    bed->user_id, bed->user_id, ACTORS, begin + 1);
}

static void fill(struct bed *bed)
{
	for (long begin = 0; begin < rows_wanted(); begin += 1000)
		fill_some(bed, begin);
	begin_request(bed);
	script(bed, "ANALYZE TABLE audit_events");
}

static void empty(struct bed *bed)
{
	int64_t left = 1;

	while (left > 0) {
		begin_request(bed);
		script(bed,
		    "DELETE FROM audit_events WHERE organization_id = '%s'"
		    " LIMIT 10000",
		    organization_of(bed));
		left = number(bed,
		    "SELECT COUNT(*) AS value FROM (SELECT 1 FROM audit_events"
		    " WHERE organization_id = '%s' LIMIT 1) x",
		    organization_of(bed));
	}
}

static int64_t reads_so_far(struct bed *bed)
{
	return number_on(bed->db,
	    "SELECT CAST(SUM(variable_value) AS SIGNED) AS value FROM"
	    " /*M! information_schema.session_status */"
	    " /*!80001 performance_schema.session_status */"
	    " WHERE variable_name LIKE 'Handler_read%'");
}

/* As the engine looks it up, by one row. */
static const char *time_of(struct bed *bed, const char *id)
{
	struct statement_word *word = arena_alloc(&bed->mem, sizeof(*word));
	const struct db_value values[] = { db_text(id),
		db_text(organization_of(bed)) };
	bool found;

	begin_request(bed);
	assert_int_equal(store_find(&bed->st, audit_event_operation.time_of,
			     values, word, &found),
	    ERR_NONE);
	assert_true(found);
	return word->value;
}

static void fill_values(
    struct bed *bed, const struct page *page, struct db_value *values)
{
	static const char *const names[] = { "user", "resource-kind",
		"min-date", "max-date" };
	const char *const texts[] = { page->user, page->kind, page->from,
		page->until };
	struct caller *caller = arena_alloc(&bed->mem, sizeof(*caller));
	struct given_text *given = arena_alloc(&bed->mem, 4 * sizeof(*given));
	const char *at = NULL;

	for (size_t i = 0; i < 4; i++)
		given[i] = (struct given_text){ FROM_QUERY, names[i],
			texts[i] };
	strcpy(caller->organization_id, organization_of(bed));
	if (page->project != NULL)
		strcpy(caller->key_project_id, page->project);
	if (page->after != NULL)
		at = arena_print(&bed->mem, "%s", time_of(bed, page->after));
	values_fill(page->statement,
	    &(struct given){ .texts = given,
		.text_count = 4,
		.after = page->after != NULL ? page->after : NO_ID,
		.after_at = at,
		.limit = PAGE,
		.caller = caller },
	    values);
}

/* The rows of a page; `*reads` is what the database has read for them. */
static int read_page(struct bed *bed, const struct page *page, int64_t *reads)
{
	static struct audit_event row;
	struct db_value values[CALLER_VALUES_MAX];
	struct read read = { { &row, NULL }, row.id, values };
	struct rows rows;
	bool more = true;
	int count = 0;
	int64_t before, between;

	fill_values(bed, page, values);
	begin_request(bed);
	before = reads_so_far(bed);
	between = reads_so_far(bed);
	assert_int_equal(
	    read_known(&bed->st, page->statement, &read, &rows), ERR_NONE);
	while (rows.next(&rows, &more) == ERR_NONE && more)
		count++;
	/* but for what asking for it reads */
	*reads = reads_so_far(bed) - between - (between - before);
	return count;
}

static void expect_few(
    struct bed *bed, const char *name, const struct page *page, int least)
{
	int64_t reads;
	int count;

	/* once before: the server reads what it keeps of the tables */
	(void)read_page(bed, page, &reads);
	count = read_page(bed, page, &reads);
	print_message(
	    "%s: %d rows, %lld read\n", name, count, (long long)reads);
	if (count < least)
		fail_msg("%s: %d rows", name, count);
	if (reads > MOST)
		fail_msg("%s: %lld rows are read for a page of %d", name,
		    (long long)reads, count);
}

static void a_page_reads_its_own_rows_whatever_the_filter(void **state)
{
	struct bed *bed = *state;
	long rows = rows_wanted(), deep = rows / 2;
	const char *user = id_of(bed, "U", 7), *project = id_of(bed, "P", 7);
	const struct page pages[] = {
		{ .statement = &audit_event_list },
		{ .statement = &audit_event_list,
		    .after = id_of(bed, "E", deep) },
		{ .statement = &audit_event_list,
		    .from = "2020-01-01 00:30:00.000000",
		    .until = "2020-01-01 01:00:00.000000" },
		{ .statement = &audit_event_list_of_actor, .user = user },
		{ .statement = &audit_event_list_of_actor,
		    .user = user,
		    .after = id_of(bed, "E", deep - deep % ACTORS + 7) },
		{ .statement = &audit_event_list_of_actor,
		    .user = user,
		    .until = "2020-01-01 02:00:00.000000" },
		{ .statement = &audit_event_list_of_kind, .kind = "Rare" },
		{ .statement = &audit_event_list_of_kind,
		    .kind = "Rare",
		    .after = id_of(bed, "E", deep - deep % 100) },
		{ .statement = &audit_event_list_of_project,
		    .project = project },
		{ .statement = &audit_event_list_of_project,
		    .project = project,
		    .after = id_of(bed, "E", deep - deep % ACTORS + 7) },
	};

	empty(bed);
	fill(bed);
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		expect_few(bed, arena_print(&bed->mem, "page %zu", i),
		    &pages[i], PAGE);
	/* filters that nothing fits read nothing */
	expect_few(bed, "a user without rows",
	    &(struct page){ .statement = &audit_event_list_of_actor,
		.user = id_of(bed, "U", 99) },
	    0);
	expect_few(bed, "a kind without rows",
	    &(struct page){
		.statement = &audit_event_list_of_kind, .kind = "None" },
	    0);
	empty(bed);
}

/* A list of the whole organization, by the name of its operation. */
static const struct statement *list_of(struct bed *bed, const char *name)
{
	struct route_table table = modules_routes(&bed->mem);

	for (size_t i = 0; i < table.count; i++)
		if (table.rows[i]->operation_id != NULL &&
		    strcmp(table.rows[i]->operation_id, name) == 0)
			return table.rows[i]->does->read;
	fail_msg("no operation %s", name);
	return NULL;
}

static void the_history_of_licences_reads_no_other_rows(void **state)
{
	struct bed *bed = *state;
	const struct page page = { .statement = list_of(
				       bed, "listLicenseHistory") };

	empty(bed);
	fill(bed);
	begin_request(bed);
	script(bed,
	    "UPDATE audit_events SET resource_kind = 'License',"
	    " action = 'licence.install' WHERE organization_id = '%s'"
	    " AND id <= '%s'",
	    organization_of(bed), id_of(bed, "E", PAGE));
	expect_few(bed, "history", &page, PAGE);
	empty(bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_page_reads_its_own_rows_whatever_the_filter),
		IN_BED(the_history_of_licences_reads_no_other_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
