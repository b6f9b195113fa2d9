#include "unit.h"

#include <stdlib.h>

#include "http/query.h"

static const struct query_parameter rows[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX },
	{ .name = "state", .type = QUERY_WORD, .words = "active disabled" },
	{ .name = "project", .type = QUERY_ID },
	{ .name = "seq", .type = QUERY_NUMBER },
	{ .name = "organization", .type = QUERY_ORGANIZATION },
};
static const struct query_table table = QUERY_TABLE(rows);

struct place {
	struct arena mem;
	struct query query;
	struct fault fault;
};

static int place_setup(void **state)
{
	static struct place place;

	memset(&place, 0, sizeof(place));
	arena_init(&place.mem);
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	setenv("REQUEST_METHOD", "GET", 1);
	*state = &place;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *place = *state;

	arena_release(&place->mem);
	return 0;
}

#define WITH_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, place_setup, place_teardown)

static enum err read_by(struct place *place, const struct query_table *by,
    bool ignores_unknown, const char *text)
{
	struct request rq = { .mem = &place->mem };

	memset(&place->fault, 0, sizeof(place->fault));
	setenv("QUERY_STRING", text, 1);
	rq.gateway = gateway_open();
	assert_true(gateway_accept(rq.gateway, rq.mem));
	return query_read(
	    &rq, by, ignores_unknown, &place->query, &place->fault);
}

static void taken(void **state, const char *text)
{
	struct place *place = *state;

	if (read_by(place, &table, false, text) != ERR_NONE)
		fail_msg("%s: %s", text, place->fault.detail);
}

static void refused(void **state, const char *text, const char *why)
{
	struct place *place = *state;

	assert_int_equal(read_by(place, &table, false, text), ERR_BAD_REQUEST);
	if (strstr(place->fault.detail, why) == NULL)
		fail_msg("%s: %s", text, place->fault.detail);
}

static const char *value(void **state, const char *name)
{
	struct place *place = *state;

	return query_value(&place->query, name);
}

static void values_are_decoded(void **state)
{
	struct place *place = *state;

	taken(state, "after=%41b%2Bc&&state=active&");
	assert_string_equal(value(state, "after"), "Ab+c");
	assert_string_equal(value(state, "state"), "active");
	assert_null(value(state, "q"));
	assert_null(value(state, "limit"));
	assert_int_equal(place->query.limit, 0);
	taken(state, "after=a+b%c3%a9");
	assert_string_equal(value(state, "after"), "a b\xc3\xa9");
	taken(state, "");
	assert_null(value(state, "after"));
}

static void a_limit_is_a_number_from_1_to_1000(void **state)
{
	static const char *const wrong[] = { "limit=0", "limit=1001",
		"limit=", "limit", "limit=-1", "limit=1e2", "limit=+5",
		"limit=00010", "limit=99999999999999999999" };
	struct place *place = *state;

	taken(state, "limit=1000");
	assert_int_equal(place->query.limit, 1000);
	taken(state, "limit=1");
	assert_int_equal(place->query.limit, 1);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		refused(state, wrong[i], "limit must be a whole number");
}

static void a_number_is_whole_and_has_15_digits_at_most(void **state)
{
	static const char *const wrong[] = { "seq=", "seq", "seq=-1", "seq=1.0",
		"seq=1e2", "seq=+5", "seq=0x1", "seq=1000000000000000" };
	struct place *place = *state;

	taken(state, "seq=999999999999999");
	assert_int_equal(query_number(&place->query, "seq"), 999999999999999);
	taken(state, "seq=007");
	assert_int_equal(query_number(&place->query, "seq"), 7);
	taken(state, "");
	assert_int_equal(query_number(&place->query, "seq"), 0);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		refused(state, wrong[i], "seq must be a whole number");
}

/* As it is asked for before the query is read. */
static const char *organization_in(void **state, const char *text)
{
	struct place *place = *state;
	struct request rq = { .mem = &place->mem };

	(void)read_by(place, &table, true, text);
	rq.gateway = gateway_open();
	assert_true(gateway_accept(rq.gateway, rq.mem));
	return query_organization(&rq, &table);
}

static void an_organization_is_seen_before_the_query_is_read(void **state)
{
	assert_string_equal(
	    organization_in(state, "limit=1&organization=acme"), "acme");
	assert_string_equal(
	    organization_in(state, "%6frganization=%61cme&x"), "acme");
	assert_null(organization_in(state, "organization=&limit=1"));
	assert_null(organization_in(state, "organization"));
	assert_null(organization_in(state, "organizations=a&norganization=b"));
	assert_null(organization_in(state, "organization=%zz"));
	assert_null(organization_in(state, ""));
	taken(state, "organization=");
	assert_null(value(state, "organization"));
}

static void a_prefix_is_folded_as_names_are(void **state)
{
	taken(state, "q=%C3%84CME+");
	assert_string_equal(value(state, "q"),
	    "\xc3\xa4"
	    "cme");
	taken(state, "q=");
	assert_string_equal(value(state, "q"), "");
	refused(state, "q=a%01b", "q contains");
}

static void a_word_is_one_of_its_row(void **state)
{
	taken(state, "state=disabled");
	refused(state, "state=", "must be one of: active disabled");
	refused(state, "state=act", "must be one of");
	refused(state, "state=active+disabled", "must be one of");
}

static void an_id_is_not_empty(void **state)
{
	taken(state, "project=any");
	assert_string_equal(value(state, "project"), "any");
	refused(state, "project=", "project must not be empty");
}

static void a_parameter_that_is_there_twice_is_refused(void **state)
{
	refused(state, "q=a&q=a", "q was sent twice");
	refused(state, "q=&limit=1&q=", "q was sent twice");
}

/* Clients of the reference system send what is not asked for. */
static void where_more_is_ignored_the_first_of_two_counts(void **state)
{
	struct place *place = *state;

	assert_int_equal(
	    read_by(place, &table, true, "limit=1&x=1&limit=2&limit=x"),
	    ERR_NONE);
	assert_int_equal(place->query.limit, 1);
	assert_int_equal(
	    read_by(place, &table, true, "limit=x&limit=1"), ERR_BAD_REQUEST);
}

static void an_unknown_parameter_is_refused_or_ignored(void **state)
{
	struct place *place = *state;

	refused(state, "Limit=1",
	    "not known here: this path takes limit, after, q, state, project");
	assert_int_equal(
	    read_by(place, &table, true, "x=1&limit=2&x=%zz&%00"), ERR_NONE);
	assert_int_equal(place->query.limit, 2);
	assert_int_equal(read_by(place, NULL, true, "limit=0"), ERR_NONE);
	assert_int_equal(
	    read_by(place, NULL, false, "limit=1"), ERR_BAD_REQUEST);
	assert_non_null(
	    strstr(place->fault.detail, "takes no query parameters"));
	assert_int_equal(read_by(place, NULL, false, ""), ERR_NONE);
}

static void what_is_no_text_is_refused(void **state)
{
	static const char *const wrong[] = { "after=%", "after=%4", "after=%4g",
		"after=%00", "after=%ff", "after=\xff", "%zz=1" };

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		refused(state, wrong[i], "is not URL-encoded UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(values_are_decoded),
		WITH_PLACE(a_limit_is_a_number_from_1_to_1000),
		WITH_PLACE(a_number_is_whole_and_has_15_digits_at_most),
		WITH_PLACE(an_organization_is_seen_before_the_query_is_read),
		WITH_PLACE(a_prefix_is_folded_as_names_are),
		WITH_PLACE(a_word_is_one_of_its_row),
		WITH_PLACE(an_id_is_not_empty),
		WITH_PLACE(a_parameter_that_is_there_twice_is_refused),
		WITH_PLACE(where_more_is_ignored_the_first_of_two_counts),
		WITH_PLACE(an_unknown_parameter_is_refused_or_ignored),
		WITH_PLACE(what_is_no_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
