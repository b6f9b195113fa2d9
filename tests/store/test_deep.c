#include "store.h"

#include <stdlib.h>

#include "store/deep.h"

/* deep_check() reports to a function only. */
static char reported[16384];

static void report(const char *line)
{
	size_t used = strlen(reported);

	snprintf(reported + used, sizeof(reported) - used, "%s\n", line);
}

/* All tables are read, which takes as long as it takes. */
static int check(struct bed *bed)
{
	struct db_settings patient = bed->config.db;
	struct store st;
	int broken;

	patient.deadline = 600;
	reported[0] = '\0';
	store_init(&st, db_open(&patient), &bed->mem);
	broken = deep_check(&st, report);
	store_release(&st);
	db_close(st.db);
	return broken;
}

/* How many rows a line tells of; 0: there is none such. */
static long count_of(const char *broken)
{
	const char *line = strstr(reported, broken);

	return line ? strtol(line + strlen(broken) + 2, NULL, 10) : 0;
}

/* Other tests may have left what is broken: each break is one more. */
static void each_break_is_counted(void **state)
{
	static const struct {
		const char *sql, *column, *broken;
	} breaks[] = {
		{ "UPDATE organizations SET version = 7", "id",
		    "organizations whose version is not that of the changes" },
		{ "UPDATE organizations SET name = 'No Slug'", "id",
		    "malformed slugs" },
		{ "UPDATE organizations SET name_key = 'other'", "id",
		    "organizations with the key of another name" },
		{ "UPDATE projects SET name_key = 'other'", "organization_id",
		    "projects with the key of another name" },
		{ "UPDATE projects SET secret_key = REPEAT('U', 26)",
		    "organization_id", "malformed ids" },
		{ "DELETE FROM audit_events", "organization_id",
		    "organizations whose creation is not in the audit trail" },
	};
	struct bed *bed = *state;
	struct creation creation;
	long before[COUNT_OF(breaks)];

	make_organization(bed, &creation, name_of(bed, "Org"));
	assert_in_range(check(bed), 0, deep_count);
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		before[i] = count_of(breaks[i].broken);
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		script(bed, "%s WHERE %s = '%s'", breaks[i].sql,
		    breaks[i].column, creation.in.organization.id);
	assert_in_range(check(bed), COUNT_OF(breaks), deep_count);
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		if (count_of(breaks[i].broken) != before[i] + 1)
			fail_msg("%s: %ld and then:\n%s", breaks[i].broken,
			    before[i], reported);
}

static void a_database_that_fails_is_not_sound(void **state)
{
	struct bed *bed = *state;
	struct db_settings nowhere = bed->config.db;
	struct store st;

	nowhere.hosts.list[0].socket = "/nonexistent/db.sock";
	reported[0] = '\0';
	store_init(&st, db_open(&nowhere), &bed->mem);
	assert_int_equal(deep_check(&st, report), -1);
	assert_string_equal(reported, "");
	store_release(&st);
	db_close(st.db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(each_break_is_counted),
		IN_BED(a_database_that_fails_is_not_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
