#include "store.h"

#include <pthread.h>
#include <stdlib.h>

#include "resource/module.h"
#include "store/lock.h"
#include "store/project.h"

/* The plan by which the service creates a project. */
static const struct plan *plan_of_creation(void)
{
	for (size_t m = 0; modules[m] != NULL; m++)
		for (size_t i = 0; i < modules[m]->route_count; i++) {
			const struct route *row = &modules[m]->routes[i];

			if (row->method == METHOD_POST &&
			    strcmp(row->pattern, "/v1/projects") == 0)
				return row->does->insert;
		}
	fail_msg("no route creates a project");
	return NULL;
}

struct adding {
	const struct asker *asker;
	struct project row;
};

static enum err add_body(struct store *st, void *context)
{
	struct adding *adding = context;
	const struct given given = { .row = &adding->row,
		.caller = &adding->asker->caller,
		.over_until = licence_over_until(&st->licence_days, st->now),
		.now = st->now };
	enum err err = lock_organization(st, adding->asker);

	return err ? err : plan_run(st, plan_of_creation(), &given);
}

static enum err add_by(
    struct store *st, const struct asker *asker, const char *text)
{
	struct adding adding = { .asker = asker };
	struct name name;

	make_name(&name, text);
	ulid_make(&st->ids, (uint64_t)st->now, adding.row.id);
	project_begin(st, &name, &adding.row);
	name_slug_of_id(adding.row.id, adding.row.name);
	strcpy(adding.row.name_key, name.key);
	return store_transact(st, add_body, &adding);
}

static enum err add(struct bed *bed, const char *text)
{
	return add_by(&bed->st, &bed->asker, text);
}

static int64_t projects_of(struct bed *bed, const char *organization)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM projects"
	    " WHERE organization_id = '%s'",
	    organization);
}

/* What a project leaves besides itself: its binding and its audit row. */
static int64_t traces_of(struct bed *bed, const char *organization)
{
	return number(bed,
	    "SELECT (SELECT COUNT(*) FROM project_bindings"
	    " WHERE organization_id = '%s') + (SELECT COUNT(*)"
	    " FROM audit_events WHERE organization_id = '%s'"
	    " AND action = 'project.create') AS value",
	    organization, organization);
}

static void a_project_comes_with_binding_and_audit_row(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;

	make_organization(bed, &creation, name_of(bed, "Org"));
	assert_int_equal(add(bed, "Second"), ERR_NONE);
	assert_int_equal(projects_of(bed, id), 2);
	assert_int_equal(traces_of(bed, id), 3);
}

static void the_limit_is_told_and_nothing_is_left(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;

	make_organization(bed, &creation, name_of(bed, "Org"));
	assert_int_equal(add(bed, "Second"), ERR_NONE);
	assert_int_equal(add(bed, "Third"), ERR_NONE);
	assert_int_equal(add(bed, "Fourth"), ERR_LIMIT);
	assert_int_equal(projects_of(bed, id), 3);
	assert_int_equal(traces_of(bed, id), 5);
}

static void without_a_limit_there_is_always_place(void **state)
{
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "Org"));
	script(bed,
	    "UPDATE licences SET limit_projects = 0"
	    " WHERE organization_id = '%s'",
	    creation.in.organization.id);
	for (char name[] = "a"; name[0] <= 'f'; name[0]++)
		assert_int_equal(add(bed, name), ERR_NONE);
}

static void behind_the_grace_of_a_licence_nothing_grows(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;

	make_organization(bed, &creation, name_of(bed, "Org"));
	script(bed,
	    "UPDATE licences SET expires_at = UTC_TIMESTAMP(3)"
	    " - INTERVAL 14 DAY - INTERVAL 1 SECOND"
	    " WHERE organization_id = '%s'",
	    id);
	assert_int_equal(add(bed, "Second"), ERR_LIMIT);
	assert_int_equal(projects_of(bed, id), 1);
	script(bed,
	    "UPDATE licences SET expires_at = UTC_TIMESTAMP(3)"
	    " - INTERVAL 13 DAY WHERE organization_id = '%s'",
	    id);
	assert_int_equal(add(bed, "Second"), ERR_NONE);
}

/* --- rows read ------------------------------------------------------------ */

struct status {
	char name[64], value[24];
};
static const struct field status_fields[] = {
	{ .column = "Variable_name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct status, name) },
	{ .column = "Value",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct status, value) },
};
static const struct field_table status_table = FIELD_TABLE(status_fields);

/* Rows that the store's connection has read one after the other. */
static long rows_read(struct bed *bed)
{
	struct status row = { .value = "" };
	struct db_query query = {
		.text = "SHOW SESSION STATUS LIKE 'Handler_read_next'",
		.is_once = true
	};
	struct db_target target = { { { &status_table, &row } }, 1, 0 };
	bool found = false;

	if (db_select_one(bed->db, &query, &target, &found) != ERR_NONE ||
	    !found)
		fail_msg("%s", db_error(bed->db));
	return strtol(row.value, NULL, 10);
}

static long rows_of_adding(struct bed *bed, const char *name)
{
	long before = rows_read(bed);

	assert_int_equal(add(bed, name), ERR_NONE);
	return rows_read(bed) - before;
}

static void a_project_more_reads_no_others(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;
	long among_few;

	make_organization(bed, &creation, name_of(bed, "Org"));
	script(bed,
	    "UPDATE licences SET limit_projects = 1000"
	    " WHERE organization_id = '%s'",
	    id);
	among_few = rows_of_adding(bed, "Second");
	script(bed,
	    "INSERT INTO projects (id, organization_id, name, display_name,"
	    " name_key, secret_key, created_at, modified_at)"
	    " SELECT CONCAT(LEFT('%s', 23), i), '%s', CONCAT('%s-', i), i, i,"
	    " '%s', NOW(3), NOW(3) FROM (SELECT 100 + a.d * 10 + b.d AS i FROM"
	    " (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION"
	    " SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7) a,"
	    " (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION"
	    " SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7) b) n",
	    id, id, id, id);
	assert_int_equal(projects_of(bed, id), 66);
	assert_int_equal(rows_of_adding(bed, "Third"), among_few);
}

static void a_name_is_taken_within_its_organization_only(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;

	make_organization(bed, &one, name_of(bed, "One"));
	assert_int_equal(add(bed, "FIRST"), ERR_NAME_IN_USE);
	assert_int_equal(projects_of(bed, one.in.organization.id), 1);
	assert_int_equal(traces_of(bed, one.in.organization.id), 1);
	assert_int_equal(add(bed, "Common"), ERR_NONE);
	make_organization(bed, &other, name_of(bed, "Other"));
	assert_int_equal(add(bed, "common"), ERR_NONE);
}

/* --- the last free place -------------------------------------------------- */

enum { RIVALS = 4 };

/* One of several connections that ask at the same moment. */
struct rival {
	struct bed *bed;
	struct db *db;
	pthread_barrier_t *barrier;
	const char *name;
	enum err result;
};

static void *compete(void *context)
{
	struct rival *rival = context;
	struct fault fault = { .code = ERR_NONE };
	struct asker asker = rival->bed->asker;
	struct arena mem;
	struct store st;

	arena_init(&mem);
	store_init(&st, rival->db, &mem);
	st.now = clock_now();
	asker.fault = &fault;
	db_begin_request(rival->db);
	pthread_barrier_wait(rival->barrier);
	rival->result = add_by(&st, &asker, rival->name);
	store_release(&st);
	arena_release(&mem);
	return NULL;
}

static void the_last_place_is_given_once(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct rival rivals[RIVALS];
	pthread_barrier_t barrier;
	pthread_t threads[RIVALS];
	int created = 0, refused = 0;

	make_organization(bed, &creation, name_of(bed, "Org"));
	assert_int_equal(add(bed, "Second"), ERR_NONE);
	memset(rivals, 0, sizeof(rivals));
	assert_int_equal(pthread_barrier_init(&barrier, NULL, RIVALS), 0);
	for (int i = 0; i < RIVALS; i++) {
		rivals[i].name = arena_print(&bed->mem, "rival %d", i);
		rivals[i].bed = bed;
		rivals[i].barrier = &barrier;
		rivals[i].db = db_open(&bed->config.db);
	}
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, compete, &rivals[i]), 0);
	for (int i = 0; i < RIVALS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		created += rivals[i].result == ERR_NONE;
		refused += rivals[i].result == ERR_LIMIT;
	}
	for (int i = 0; i < RIVALS; i++)
		db_close(rivals[i].db);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(created, 1);
	assert_int_equal(refused, RIVALS - 1);
	assert_int_equal(projects_of(bed, creation.in.organization.id), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_project_comes_with_binding_and_audit_row),
		IN_BED(the_limit_is_told_and_nothing_is_left),
		IN_BED(without_a_limit_there_is_always_place),
		IN_BED(behind_the_grace_of_a_licence_nothing_grows),
		IN_BED(a_project_more_reads_no_others),
		IN_BED(a_name_is_taken_within_its_organization_only),
		IN_BED(the_last_place_is_given_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
