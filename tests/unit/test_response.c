#include "unit.h"

#include "http/response.h"

/* A problem as a client gets it, without a gateway: nothing is sent. */
struct place {
	struct arena mem;
	struct request rq;
	struct response rs;
	char buffer[RESPONSE_BUFFER_SIZE];
};

static int place_setup(void **state)
{
	static struct place place;

	memset(&place, 0, sizeof(place));
	arena_init(&place.mem);
	place.rq.mem = &place.mem;
	response_begin(&place.rs, &place.rq, place.buffer);
	*state = &place;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *place = *state;

	arena_release(&place->mem);
	return 0;
}

static const char *problem(struct place *place, enum err err)
{
	struct json_writer *json = &place->rs.json;

	respond_problem(&place->rs, err);
	assert_false(json->failed);
	return arena_print(&place->mem, "%.*s", (int)json->used, json->buffer);
}

static void refuse_by_limit(struct place *place)
{
	struct fault *fault = &place->rq.fault;

	(void)fault_set(fault, ERR_LIMIT, "two of two are there");
	fault_limit(fault, "projects", 2, 2);
	fault_name(fault, "userId", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
	fault_rights(fault, "admin", "viewer");
	fault->retry_after = 77;
}

static void a_refusal_shows_all_that_its_fault_says(void **state)
{
	const char *text;

	refuse_by_limit(*state);
	text = problem(*state, ERR_LIMIT);
	assert_non_null(strstr(text, "\"detail\":\"two of two are there\""));
	assert_non_null(strstr(text,
	    "\"limits\":[{\"name\":\"projects\",\"allowed\":2,"
	    "\"current\":2}]"));
	assert_non_null(strstr(text, "\"userId\":\"01ARZ3ND"));
	assert_non_null(
	    strstr(text, "\"needed\":\"admin\",\"have\":\"viewer\""));
}

static void another_error_in_its_place_shows_none_of_it(void **state)
{
	struct place *place = *state;
	const char *text;

	refuse_by_limit(place);
	text = problem(place, ERR_UNAVAILABLE);
	assert_non_null(strstr(text, "\"status\":503"));
	assert_non_null(strstr(text, err_detail(ERR_UNAVAILABLE)));
	assert_null(strstr(text, "limits"));
	assert_null(strstr(text, "userId"));
	assert_null(strstr(text, "needed"));
	assert_null(strstr(text, "two of two"));
	place->rs.headers[place->rs.headers_length] = '\0';
	assert_non_null(strstr(place->rs.headers, "Retry-After: 1\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_refusal_shows_all_that_its_fault_says, place_setup,
		    place_teardown),
		cmocka_unit_test_setup_teardown(
		    another_error_in_its_place_shows_none_of_it, place_setup,
		    place_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
