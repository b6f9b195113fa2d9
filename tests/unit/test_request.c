#include "unit.h"

#include <stdlib.h>

#include "http/request.h"

extern char **environ;

/*
 * A request as plain CGI hands it over: the environment.  Each test says what
 * differs from POST /v1/organizations.
 */
struct place {
	struct arena mem;
	struct config config;
	struct request rq;
};

static const char *const names[] = { "REQUEST_METHOD", "SCRIPT_NAME",
	"PATH_INFO", "REQUEST_URI", "HTTP_X_HTTP_METHOD_OVERRIDE",
	"HTTP_X_REQUEST_ID" };

static int place_setup(void **state)
{
	static struct place place;

	memset(&place, 0, sizeof(place));
	arena_init(&place.mem);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	setenv("REQUEST_METHOD", "POST", 1);
	setenv("PATH_INFO", "/v1/organizations", 1);
	place.rq.mem = &place.mem;
	*state = &place;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *place = *state;

	arena_release(&place->mem);
	return 0;
}

/* The request of the environment as it is now. */
static void take(struct request *rq)
{
	rq->gateway = gateway_open();
	assert_non_null(rq->gateway);
	assert_true(gateway_accept(rq->gateway, rq->mem));
}

static enum err begin(struct place *place)
{
	struct request *rq = &place->rq;

	take(rq);
	rq->segment_count = 0;
	rq->is_overridden = false;
	rq->fault.code = ERR_NONE;
	return request_begin(rq, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &place->config);
}

static void override(const char *method)
{
	setenv("HTTP_X_HTTP_METHOD_OVERRIDE", method, 1);
}

/* --- method override ------------------------------------------------------ */

static void an_override_means_nothing_where_it_is_off(void **state)
{
	struct place *place = *state;

	override("DELETE");
	assert_int_equal(begin(place), ERR_NONE);
	assert_int_equal(place->rq.method, METHOD_POST);
	assert_string_equal(place->rq.method_name, "POST");
	assert_false(place->rq.is_overridden);
	override("GARBAGE");
	assert_int_equal(begin(place), ERR_NONE);
}

static void a_post_may_be_put_patch_or_delete(void **state)
{
	static const struct {
		const char *name;
		enum method method;
	} rows[] = { { "PUT", METHOD_PUT }, { "PATCH", METHOD_PATCH },
		{ "DELETE", METHOD_DELETE } };
	struct place *place = *state;

	place->config.method_override = true;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		override(rows[i].name);
		assert_int_equal(begin(place), ERR_NONE);
		assert_int_equal(place->rq.method, rows[i].method);
		assert_string_equal(place->rq.method_name, rows[i].name);
		assert_true(place->rq.is_overridden);
	}
}

static void an_override_by_anything_else_is_refused(void **state)
{
	static const char *const bad[] = { "GET", "HEAD", "OPTIONS", "POST",
		"delete", "Delete", "DELETE ", " DELETE", "DELETE, PUT",
		"TRACE", "X", "-" };
	struct place *place = *state;

	place->config.method_override = true;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		override(bad[i]);
		assert_int_equal(begin(place), ERR_BAD_REQUEST);
		assert_int_equal(place->rq.method, METHOD_POST);
		assert_false(place->rq.is_overridden);
	}
}

static void only_a_post_is_overridden(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "PUT",
		"PATCH", "DELETE", "TRACE", "post" };
	struct place *place = *state;

	place->config.method_override = true;
	override("DELETE");
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		setenv("REQUEST_METHOD", methods[i], 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_string_equal(place->rq.method_name, methods[i]);
		assert_false(place->rq.is_overridden);
	}
	override("GARBAGE");
	setenv("REQUEST_METHOD", "GET", 1);
	assert_int_equal(begin(place), ERR_NONE);
}

static void an_empty_override_is_none(void **state)
{
	struct place *place = *state;

	place->config.method_override = true;
	override("");
	assert_int_equal(begin(place), ERR_NONE);
	assert_int_equal(place->rq.method, METHOD_POST);
}

/* --- mount ---------------------------------------------------------------- */

static void the_mount_is_what_links_begin_with(void **state)
{
	static const struct {
		const char *script, *info, *prefix;
	} rows[] = {
		{ "", "/v1/organizations", "" },
		{ "/tenantry", "/v1/organizations", "/tenantry" },
		{ "/cgi-bin/tenantry.fcgi", "/v1/organizations",
		    "/cgi-bin/tenantry.fcgi" },
		{ "/v1", "/organizations", "" },
		{ "/x/v1", "/organizations", "/x" },
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		setenv("SCRIPT_NAME", rows[i].script, 1);
		setenv("PATH_INFO", rows[i].info, 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_string_equal(place->rq.prefix, rows[i].prefix);
		assert_int_equal(place->rq.segment_count, 2);
		assert_string_equal(place->rq.segments[0], "v1");
		assert_string_equal(place->rq.segments[1], "organizations");
	}
	place->config.public_prefix = "https://example.org";
	assert_int_equal(begin(place), ERR_NONE);
	assert_string_equal(place->rq.prefix, "https://example.org");
}

static void the_mount_alone_is_the_page_with_or_without_its_slash(void **state)
{
	static const struct {
		const char *script, *info, *uri;
		bool has_slash;
	} rows[] = {
		{ "", "/", "/", true },
		{ "/app", "/", "/app/", true },
		{ "/app", "", "/app", false },
		{ "/cgi-bin/tenantry.fcgi", "", "/app?a=/", false },
	};
	static const char *const bad[] = { "//", "/app//", "/app/./", "/app/..",
		"/app%2f/" };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		setenv("SCRIPT_NAME", rows[i].script, 1);
		setenv("PATH_INFO", rows[i].info, 1);
		setenv("REQUEST_URI", rows[i].uri, 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_true(place->rq.is_mount);
		assert_true(place->rq.has_slash == rows[i].has_slash);
		assert_int_equal(place->rq.segment_count, 0);
	}
	setenv("PATH_INFO", "/", 1);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		setenv("REQUEST_URI", bad[i], 1);
		if (begin(place) != ERR_NO_ROUTE)
			fail_msg("taken: %s", bad[i]);
	}
}

static void a_mount_at_v1_has_no_page(void **state)
{
	static const char *const infos[] = { "/", "" };
	struct place *place = *state;

	setenv("SCRIPT_NAME", "/app/v1", 1);
	for (size_t i = 0; i < COUNT_OF(infos); i++) {
		setenv("PATH_INFO", infos[i], 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_false(place->rq.is_mount);
		assert_int_equal(place->rq.segment_count, 1);
		assert_true(place->rq.is_slashed == (infos[i][0] == '/'));
	}
}

/* PATH_INFO is clean already, as servers decode and fold; the raw path is not.
 */
static void a_raw_path_of_two_meanings_is_refused(void **state)
{
	static const char *const bad[] = { "/v1//organizations",
		"//v1/organizations", "/v1/organizations/",
		"/v1/./organizations", "/v1/x/../organizations",
		"/v1/x/%2e%2E/organizations", "/v1/.%2e/organizations",
		"/v1%2Forganizations", "/v1%2forganizations",
		"/v1/organizations%00", "http://h/v1//organizations" };
	static const char *const good[] = { "/v1/organizations",
		"/v1/organizations?a=/../%2F//b", "/v1/%6Frganizations",
		"/tenantry/v1/organizations", "http://h/v1/organizations",
		"/v1/...", "/v1/.x" };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		setenv("REQUEST_URI", bad[i], 1);
		if (begin(place) != ERR_NO_ROUTE)
			fail_msg("taken: %s", bad[i]);
	}
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		setenv("REQUEST_URI", good[i], 1);
		if (begin(place) != ERR_NONE)
			fail_msg("refused: %s", good[i]);
	}
}

/* --- the address ---------------------------------------------------------- */

static void an_address_is_what_looks_like_one(void **state)
{
	struct place *place = *state;
	static const char *const good[] = { "192.0.2.7", "2001:db8::7",
		"fe80::1%eth0", "::ffff:192.0.2.7",
		"unix:", "ABCD:EF01:2345:6789:ABCD:EF01:192.100.100.100" };
	static const char *const bad[] = { "", "a b", "a\"b", "a\nb", "a=b",
		"192.0.2.7, 192.0.2.8", "/run/a.sock", "\xC3\xA9",
		"ABCD:EF01:2345:6789:ABCD:EF01:192.100.100.1000" };

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		setenv("REMOTE_ADDR", good[i], 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_string_equal(place->rq.address, good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		setenv("REMOTE_ADDR", bad[i], 1);
		assert_int_equal(begin(place), ERR_NONE);
		assert_string_equal(place->rq.address, "-");
	}
	unsetenv("REMOTE_ADDR");
	assert_int_equal(begin(place), ERR_NONE);
	assert_string_equal(place->rq.address, "-");
}

/* --- headers -------------------------------------------------------------- */

/* What the check says of an environment that holds just these. */
static enum err check(struct place *place, const char *a, const char *b)
{
	char *list[] = { (char *)(uintptr_t) "GATEWAY_INTERFACE=CGI/1.1",
		(char *)(uintptr_t)a, (char *)(uintptr_t) "HTTP_A=b",
		(char *)(uintptr_t)b, NULL };
	char **saved = environ;
	enum err err;

	place->rq.fault.code = ERR_NONE;
	environ = list;
	take(&place->rq);
	err = request_check_headers(&place->rq);
	environ = saved;
	return err;
}

static void a_header_that_is_there_twice_is_refused(void **state)
{
	struct place *place = *state;
	static const char *const single[][2] = {
		{ "HTTP_AUTHORIZATION=Bearer a",
		    "HTTP_AUTHORIZATION=Bearer a" },
		{ "HTTP_X_API_KEY=a", "HTTP_X_API_KEY=b" },
		{ "HTTP_X_BINDPLANE_API_KEY=a", "HTTP_X_BINDPLANE_API_KEY=" },
		{ "HTTP_X_ORGANIZATION_ID=", "HTTP_X_ORGANIZATION_ID=b" },
		{ "HTTP_X_BINDPLANE_ACCOUNT_ID=a",
		    "HTTP_X_BINDPLANE_ACCOUNT_ID=b" },
		{ "HTTP_X_HTTP_METHOD_OVERRIDE=PUT",
		    "HTTP_X_HTTP_METHOD_OVERRIDE=DELETE" },
		{ "HTTP_IDEMPOTENCY_KEY=a", "HTTP_IDEMPOTENCY_KEY=b" },
	};

	for (size_t i = 0; i < COUNT_OF(single); i++) {
		const char *name = single[i][0];

		assert_int_equal(
		    check(place, name, single[i][1]), ERR_BAD_REQUEST);
		assert_non_null(
		    strstr(place->rq.fault.detail, "was sent more than once"));
		assert_null(strstr(place->rq.fault.detail, "HTTP_"));
		assert_int_equal(check(place, name, "HTTP_B=c"), ERR_NONE);
	}
	assert_int_equal(check(place, "HTTP_X_API_KEY=a", "HTTP_X_API_KEY=b"),
	    ERR_BAD_REQUEST);
	assert_string_equal(place->rq.fault.detail,
	    "the header X-Api-Key was sent more than once: send it once");
}

static void fields_of_a_list_are_joined(void **state)
{
	struct place *place = *state;
	struct request *rq = &place->rq;

	assert_int_equal(
	    check(place, "HTTP_IF_MATCH=a", "HTTP_IF_MATCH=b"), ERR_NONE);
	assert_string_equal(request_list(rq, "HTTP_IF_MATCH"), "a, b");
	assert_int_equal(check(place, "HTTP_IF_MATCH=", "HTTP_B=c"), ERR_NONE);
	assert_string_equal(request_list(rq, "HTTP_IF_MATCH"), "");
	assert_null(request_list(rq, "HTTP_IF_NONE_MATCH"));
}

static void other_headers_may_be_there_twice(void **state)
{
	struct place *place = *state;

	assert_int_equal(check(place, "HTTP_VIA=a", "HTTP_VIA=b"), ERR_NONE);
	assert_int_equal(
	    check(place, "HTTP_X_API_KEY=a", "HTTP_X_BINDPLANE_API_KEY=a"),
	    ERR_NONE);
	assert_int_equal(
	    check(place, "HTTP_X_API_KEY=a", "HTTP_X_API_KEYS=a"), ERR_NONE);
	assert_int_equal(
	    check(place, "HTTP_X_API_KEY=a", "HTTP_X_API_KEY"), ERR_NONE);
}

#define IN_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, place_setup, place_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(an_override_means_nothing_where_it_is_off),
		IN_PLACE(a_post_may_be_put_patch_or_delete),
		IN_PLACE(an_override_by_anything_else_is_refused),
		IN_PLACE(only_a_post_is_overridden),
		IN_PLACE(an_empty_override_is_none),
		IN_PLACE(the_mount_is_what_links_begin_with),
		IN_PLACE(the_mount_alone_is_the_page_with_or_without_its_slash),
		IN_PLACE(a_mount_at_v1_has_no_page),
		IN_PLACE(a_raw_path_of_two_meanings_is_refused),
		IN_PLACE(an_address_is_what_looks_like_one),
		IN_PLACE(a_header_that_is_there_twice_is_refused),
		IN_PLACE(fields_of_a_list_are_joined),
		IN_PLACE(other_headers_may_be_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
