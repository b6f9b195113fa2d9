#include "unit.h"

#include "resource/module.h"
#include "serve/declared.h"

/* --- a resource with all that it needs ------------------------------------ */

struct thing {
	char id[ULID_SIZE];
	int64_t version;
};

static const struct resource resource = { .begin = "{\"kind\":\"Thing\"" };
static const struct resource another = { .begin = "{\"kind\":\"Other\"" };
static const struct shape shape = {
	.resource = &resource,
	.one = "thing",
	.many = "things",
	SHAPE_OF(struct thing),
	.kind = 't',
};
static const struct statement read = { .scope = SCOPE_NAMED };
static const struct statement step = { .values = PLAN_VALUES_MAX };
static const struct statement long_step = { .values = PLAN_VALUES_MAX + 1 };
static const struct plan plan = { STEPS({ &step, ERR_NONE, ERR_NONE }) };
static const struct plan long_plan = { STEPS(
    { &step, ERR_NONE, ERR_NONE }, { &long_step, ERR_NONE, ERR_NONE }) };
static const struct statement needy = {
	.text = "DO 1", .values = 1, .needs = 2
};
static const struct plan needy_plan = {
	STEPS({ &needy, ERR_NONE, ERR_NONE }),
};

static enum err make(struct call *call, void *row)
{
	(void)call;
	(void)row;
	return ERR_NONE;
}

static const struct operation get = {
	.kind = OPERATION_GET, .shape = &shape, .read = &read
};
static const struct operation list = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &read
};
static const struct operation create = { .kind = OPERATION_CREATE,
	.shape = &shape,
	.read = &read,
	.make = make,
	.insert = &plan,
	.location = "/v1/things/{}",
	.seen = &get };
static const struct operation change = { .kind = OPERATION_CHANGE,
	.shape = &shape,
	.read = &read,
	.make = make,
	.write = &plan,
	.seen = &get };
static const struct operation silent = { .kind = OPERATION_CHANGE,
	.shape = &shape,
	.read = &read,
	.make = make,
	.write = &plan,
	.status = 204 };
static const struct operation put = { .kind = OPERATION_PUT,
	.shape = &shape,
	.read = &read,
	.make = make,
	.write = &plan,
	.insert = &plan,
	.location = "/v1/things/{id}",
	.seen = &get };
static const struct operation removal = { .kind = OPERATION_REMOVE,
	.shape = &shape,
	.read = &read,
	.write = &plan,
	.removed = &read,
	LOSSES({ "things", NULL, false }) };

static struct route row_of(const struct operation *does, enum method method)
{
	return (struct route){ .method = method,
		.pattern = "/v1/things/{id}",
		.scope = SCOPE_NAMED,
		.flags = method == METHOD_GET ? 0 : ROUTE_WRITES,
		.query = does->kind == OPERATION_REMOVE ? &dry_run_query : NULL,
		.does = does };
}

/* NULL, or what is said of the rows. */
static const char *wrong_with(const struct route *rows, size_t count)
{
	static struct fault fault;
	const struct route *pointers[8];
	const struct route_table table = { pointers, count };

	assert_in_range(count, 1, COUNT_OF(pointers));
	for (size_t i = 0; i < count; i++)
		pointers[i] = &rows[i];
	return declared_check(&table, &fault) ? fault.detail : NULL;
}

static void refused(struct route row, const char *why)
{
	const char *wrong = wrong_with(&row, 1);

	if (wrong == NULL || strstr(wrong, why) == NULL)
		fail_msg("%s, not: %s", wrong ? wrong : "taken", why);
	assert_non_null(strstr(wrong, "/v1/things/{id}"));
}

static void refused_operation(
    struct operation does, enum method method, const char *why)
{
	refused(row_of(&does, method), why);
}

/* --- tests ---------------------------------------------------------------- */

static void what_has_all_that_it_needs_is_taken(void **state)
{
	const struct route rows[] = {
		row_of(&get, METHOD_GET),
		row_of(&list, METHOD_GET),
		row_of(&create, METHOD_POST),
		row_of(&change, METHOD_PATCH),
		row_of(&silent, METHOD_POST),
		row_of(&put, METHOD_PUT),
		row_of(&removal, METHOD_DELETE),
		{ .method = METHOD_GET, .pattern = "/", .handle = NULL },
	};

	(void)state;
	assert_null(wrong_with(rows, COUNT_OF(rows)));
}

static void a_row_that_does_not_fit_its_operation_is_refused(void **state)
{
	struct route row = row_of(&get, METHOD_GET);

	(void)state;
	row.scope = SCOPE_CONTEXT;
	refused(row, "another scope");
	refused(row_of(&get, METHOD_PUT), "does not fit its method");
	refused(row_of(&create, METHOD_GET), "does not fit its method");
	row = row_of(&create, METHOD_POST);
	row.flags = 0;
	refused(row, "Idempotency-Key");
	row = row_of(&removal, METHOD_DELETE);
	row.query = NULL;
	refused(row, "takes no dryRun");
	row = row_of(&list, METHOD_GET);
	row.flags = ROUTE_WRITES;
	refused(row, "Idempotency-Key");
}

static void an_operation_that_lacks_something_is_refused(void **state)
{
	struct operation does = get;

	(void)state;
	does.read = NULL;
	refused_operation(does, METHOD_GET, "nothing to read");
	does = create;
	does.insert = NULL;
	refused_operation(does, METHOD_POST, "writes nothing");
	does = create;
	does.location = NULL;
	refused_operation(does, METHOD_POST, "does not say where");
	does = create;
	does.make = NULL;
	refused_operation(does, METHOD_POST, "makes no row");
	does = change;
	does.insert = does.write;
	does.write = NULL;
	refused_operation(does, METHOD_PATCH, "the row that is there");
	does = put;
	does.insert = NULL;
	refused_operation(does, METHOD_PUT, "a row that is not there");
	does = removal;
	does.removed = NULL;
	refused_operation(does, METHOD_DELETE, "in the trail");
	does = removal;
	does.loss_count = 0;
	refused_operation(does, METHOD_DELETE, "what goes with it");
	does = change;
	does.seen = NULL;
	refused_operation(does, METHOD_PATCH, "how a replay reads");
	does = change;
	does.write = &long_plan;
	refused_operation(does, METHOD_PATCH, "too many values");
	does = change;
	does.write = &needy_plan;
	refused_operation(does, METHOD_PATCH, "a value it has not");
}

static void what_has_no_name_is_not_shown(void **state)
{
	struct shape nameless = shape;
	struct operation does = list;

	(void)state;
	nameless.many = NULL;
	does.shape = &nameless;
	refused_operation(does, METHOD_GET, "no name");
	nameless.one = NULL;
	does = get;
	does.shape = &nameless;
	refused_operation(does, METHOD_GET, "no name");
}

static void two_resources_do_not_share_a_letter(void **state)
{
	struct shape other = shape;
	struct operation does = get;
	const struct route rows[] = { row_of(&get, METHOD_GET),
		row_of(&does, METHOD_GET) };

	(void)state;
	other.resource = &another;
	does.shape = &other;
	assert_non_null(strstr(
	    wrong_with(rows, COUNT_OF(rows)), "the tags of another resource"));
	other.kind = 'u';
	assert_null(wrong_with(rows, COUNT_OF(rows)));
	other.kind = (char)0xC3;
	assert_non_null(strstr(wrong_with(rows, COUNT_OF(rows)), "a letter"));
	/* organizations have none */
	other.kind = 0;
	assert_null(wrong_with(rows, COUNT_OF(rows)));
}

static void a_replay_reads_the_row_by_its_own_id(void **state)
{
	struct operation does = create, seen = get;
	struct route row;

	(void)state;
	does.location = "/v1/places/{id}/things/{}";
	refused_operation(does, METHOD_POST, "by the id of another");
	seen.named = "thingId";
	does.seen = &seen;
	row = row_of(&does, METHOD_POST);
	assert_null(wrong_with(&row, 1));
}

static void what_answers_or_the_description_would_leave_out_is_refused(
    void **state)
{
	static const struct field lost[] = {
		{ .member = "text", .type = FIELD_TEXT },
	};
	static const struct field flat[] = {
		{ .member = "text", .type = FIELD_TEXT, .part = PART_FLAT },
	};
	struct resource own = { .table = FIELD_TABLE(lost) };
	struct shape other = shape;
	struct operation does = get;

	(void)state;
	other.resource = &own;
	does.shape = &other;
	refused_operation(does, METHOD_GET, "in no part");
	own.table = (struct field_table)FIELD_TABLE(flat);
	refused_operation(does, METHOD_GET, "without a name");
	own.begin = RESOURCE_BEGIN("Thing");
	refused_operation(does, METHOD_GET, "in no part");
	own.begin = NULL;
	own.schema = "Thing";
	{
		const struct route row = row_of(&does, METHOD_GET);

		assert_null(wrong_with(&row, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_all_that_it_needs_is_taken),
		cmocka_unit_test(
		    a_row_that_does_not_fit_its_operation_is_refused),
		cmocka_unit_test(an_operation_that_lacks_something_is_refused),
		cmocka_unit_test(what_has_no_name_is_not_shown),
		cmocka_unit_test(two_resources_do_not_share_a_letter),
		cmocka_unit_test(a_replay_reads_the_row_by_its_own_id),
		cmocka_unit_test(
		    what_answers_or_the_description_would_leave_out_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
