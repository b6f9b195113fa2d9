#include "unit.h"

#include <stdlib.h>

#include "http/request.h"
#include "http/route.h"

static const char made_id[] = "made";
static const struct config no_settings;

static const struct route row[] = {
	{ .method = METHOD_GET, .pattern = "/v1/version" },
};
static const struct route *const list[] = { row };
static const struct route_table one = { list, 1 };

/* A request as CGI has it, without a body. */
static enum err ask(
    struct arena *mem, const char *method, const char *path, struct request *rq)
{
	assert_int_equal(setenv("GATEWAY_INTERFACE", "CGI/1.1", 1), 0);
	assert_int_equal(setenv("REQUEST_METHOD", method, 1), 0);
	assert_int_equal(setenv("PATH_INFO", path, 1), 0);
	assert_int_equal(setenv("REQUEST_URI", path, 1), 0);
	*rq = (struct request){ .gateway = gateway_open(), .mem = mem };
	assert_non_null(rq->gateway);
	assert_true(gateway_accept(rq->gateway, mem));
	return request_begin(rq, made_id, &no_settings);
}

static void a_method_that_is_no_token_is_not_repeated(void **state)
{
	static const char *const methods[] = { "\xC6\x45", "G\xC3\xA9T", "G ET",
		"GET\t", "\x01", "\"GET\"", "G\\T", "GET/", "\x7F" };
	struct route_match match;
	struct request rq;

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		assert_int_equal(
		    ask(*state, methods[i], "/v1/version", &rq), ERR_NONE);
		assert_string_equal(rq.method_name, "-");
		assert_int_equal(rq.method, METHOD_OTHER);
		assert_int_equal(route_find(&one, &rq, &match), ERR_METHOD);
		assert_string_equal(
		    rq.fault.detail, "this path does not take the method -");
	}
}

static void an_unknown_method_is_named(void **state)
{
	struct route_match match;
	struct request rq;

	assert_int_equal(ask(*state, "M-SEARCH", "/v1/version", &rq), ERR_NONE);
	assert_int_equal(route_find(&one, &rq, &match), ERR_METHOD);
	assert_string_equal(
	    rq.fault.detail, "this path does not take the method M-SEARCH");
	assert_string_equal(match.allow, "GET, HEAD, OPTIONS");
}

/* --- parameters ----------------------------------------------------------- */

static const struct route place_rows[] = {
	{ .method = METHOD_GET, .pattern = "/v1/{one}/{two}" },
	{ .method = METHOD_GET, .pattern = "/v1/{one}/users" },
	{ .method = METHOD_GET, .pattern = "/v1/a/{other}" },
	{ .method = METHOD_GET, .pattern = "/v1/a/{other}/{id}" },
};
static const struct route *const place_list[] = { &place_rows[0],
	&place_rows[1], &place_rows[2], &place_rows[3] };
static const struct route_table all = { place_list, COUNT_OF(place_list) };

static const char *find(
    void **state, const char *path, struct route_match *match)
{
	struct request rq;

	assert_int_equal(ask(*state, "GET", path, &rq), ERR_NONE);
	assert_int_equal(route_find(&all, &rq, match), ERR_NONE);
	return match->route->pattern;
}

static void the_first_literal_decides_between_patterns(void **state)
{
	struct route_match match;

	assert_string_equal(find(state, "/v1/b/c", &match), "/v1/{one}/{two}");
	assert_string_equal(
	    find(state, "/v1/b/users", &match), "/v1/{one}/users");
	assert_string_equal(find(state, "/v1/a/c", &match), "/v1/a/{other}");
	assert_string_equal(
	    find(state, "/v1/a/users", &match), "/v1/a/{other}");
}

static void parameters_are_found_by_their_names(void **state)
{
	struct route_match match;

	(void)find(state, "/v1/b/c", &match);
	assert_int_equal(match.parameter_count, 2);
	assert_string_equal(route_value(&match, "one"), "b");
	assert_string_equal(route_value(&match, "two"), "c");
	assert_null(route_value(&match, "tw"));
	assert_null(route_value(&match, "two}"));
	assert_null(route_value(&match, "id"));
	(void)find(state, "/v1/a/x/y", &match);
	assert_string_equal(route_value(&match, "other"), "x");
	assert_string_equal(route_value(&match, "id"), "y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(a_method_that_is_no_token_is_not_repeated),
		WITH_ARENA(an_unknown_method_is_named),
		WITH_ARENA(the_first_literal_decides_between_patterns),
		WITH_ARENA(parameters_are_found_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
