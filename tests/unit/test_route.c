#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/represent.h"
#include "resource/module.h"
#include "serve/serve.h"
#include "store/caller.h"

/* --- a table of the test's own -------------------------------------------- */

static enum err tell(struct call *call, struct response *rs)
{
	(void)call;
	return respond_flag(rs, "secret", true);
}

/* More than the buffer holds, so that the answer would stream. */
static enum err tell_much(struct call *call, struct response *rs)
{
	char text[1024];

	(void)call;
	memset(text, 's', sizeof(text));
	json_open_list(&rs->json);
	for (int i = 0; i < 100; i++)
		json_raw(&rs->json, text, sizeof(text));
	return ERR_NONE;
}

static enum err tell_with_long_header(struct call *call, struct response *rs)
{
	static char value[RESPONSE_HEADERS_SIZE];

	(void)call;
	memset(value, 'v', sizeof(value) - 1);
	response_header(rs, "Cache-Control", value);
	return respond_flag(rs, "told", true);
}

struct long_row {
	char text[3000];
};

static const struct field long_fields[] = {
	{ .member = "text",
	    .type = FIELD_TEXT,
	    .part = PART_SPEC,
	    FIELD_AT(struct long_row, text) },
};

static const struct resource long_resource = { .begin = "{\"kind\":\"Long\"",
	.table = FIELD_TABLE(long_fields) };

static enum err tell_long_spec(struct call *call, struct response *rs)
{
	static struct long_row row;

	(void)call;
	memset(row.text, 't', sizeof(row.text) - 1);
	return respond_resource(rs, 200, NULL,
	    &(const struct representation){ .member = "long",
		.resource = &long_resource,
		.row = &row,
		.version = 1 });
}

#define OWN(path_, scope_, flags_, handle_) \
	{ \
		.method = METHOD_GET, .pattern = path_, .scope = scope_, \
		.unknown = ERR_FORBIDDEN, .flags = flags_, .handle = handle_ \
	}

/* In place of the program's table: functions that ask for no caller. */
static const struct route own_routes[] = {
	OWN("/v1/forgets", SCOPE_SELF, ROUTE_FUSED, tell),
	OWN("/v1/forgets/much", SCOPE_SELF, ROUTE_FUSED, tell_much),
	OWN("/public", SCOPE_PUBLIC, 0, tell),
	OWN("/public/header", SCOPE_PUBLIC, 0, tell_with_long_header),
	OWN("/public/spec", SCOPE_PUBLIC, 0, tell_long_spec),
};
static const struct module own = { ROUTES(own_routes) };
const struct module *const modules[] = { &own, NULL };

/* --- the dispatcher ------------------------------------------------------- */

/* What the service sends to a caller with some key. */
static const char *answer_to(const char *path)
{
	static char sent[8192];
	static struct service service;
	static struct config config;
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	size_t length;

	assert_non_null(file);
	(void)fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	assert_int_equal(setenv("GATEWAY_INTERFACE", "CGI/1.1", 1), 0);
	assert_int_equal(setenv("REQUEST_METHOD", "GET", 1), 0);
	assert_int_equal(setenv("PATH_INFO", path, 1), 0);
	assert_int_equal(setenv("REQUEST_URI", path, 1), 0);
	assert_int_equal(setenv("HTTP_X_API_KEY", "tny_anybody", 1), 0);
	config.run_dir = "/nonexistent";
	config.workers = 1;
	config.deadline = config.db.deadline = 10;
	config.max_body = 65536;
	config.db.hosts.count = 1;
	config.db.hosts.list[0].socket = "/nonexistent/db.sock";
	service_init(&service, &config, gateway_open());
	assert_true(gateway_accept(service.gateway, &service.mem));
	serve(&service);
	service_release(&service);
	(void)fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	(void)close(out);
	rewind(file);
	length = fread(sent, 1, sizeof(sent) - 1, file);
	sent[length] = '\0';
	(void)fclose(file);
	return sent;
}

static void a_function_that_asks_for_no_caller_tells_nothing(void **state)
{
	const char *sent;

	(void)state;
	sent = answer_to("/v1/forgets");
	assert_non_null(strstr(sent, "Status: 500\r\n"));
	assert_null(strstr(sent, "secret"));
	sent = answer_to("/v1/forgets/much");
	assert_non_null(strstr(sent, "Status: 500\r\n"));
	assert_null(strstr(sent, "sssss"));
	sent = answer_to("/public");
	assert_non_null(strstr(sent, "Status: 200\r\n"));
	assert_non_null(strstr(sent, "secret"));
}

static void a_header_that_does_not_fit_is_no_answer_without_it(void **state)
{
	const char *sent = answer_to("/public/header");

	(void)state;
	assert_non_null(strstr(sent, "Status: 500\r\n"));
	assert_null(strstr(sent, "told"));
	assert_non_null(strstr(sent, "Cache-Control: no-store\r\n"));
}

static void a_spec_too_long_to_be_hashed_is_no_answer(void **state)
{
	const char *sent = answer_to("/public/spec");

	(void)state;
	assert_non_null(strstr(sent, "Status: 500\r\n"));
	assert_null(strstr(sent, "\"hash\""));
}

/* --- the check at start --------------------------------------------------- */

#define ROUTE_ROW(method_, pattern_, scope_, need_, flags_) \
	{ \
		.method = METHOD_##method_, .pattern = pattern_, \
		.scope = SCOPE_##scope_, .need = NEED_##need_, \
		.unknown = ERR_FORBIDDEN, .flags = flags_, .handle = tell \
	}

static void refused(const struct route *rows, size_t count, const char *why)
{
	const struct route *list[8];
	const struct route_table table = { list, count };
	struct fault fault = { .code = ERR_NONE };

	assert_in_range(count, 1, COUNT_OF(list));
	for (size_t i = 0; i < count; i++)
		list[i] = &rows[i];
	assert_int_equal(route_check(&table, &fault), ERR_INTERNAL);
	if (strstr(fault.detail, why) == NULL)
		fail_msg("%s, not: %s", fault.detail, why);
}

static void a_broken_table_is_refused(void **state)
{
	static const struct field_table fields = { NULL, 0 };
	const struct route twice[] = {
		ROUTE_ROW(GET, "/a/{id}/b", NAMED, MEMBER, 0),
		ROUTE_ROW(PUT, "/a/{other}/b", SELF, NOTHING, 0),
		ROUTE_ROW(GET, "/a/{other}/b", SELF, NOTHING, 0),
	};
	const struct route no_target[] = {
		ROUTE_ROW(GET, "/a/{other}", NAMED, ADMIN, 0),
	};
	const struct route many[] = {
		ROUTE_ROW(GET, "/{a}/{b}/{c}/{d}", SELF, NOTHING, 0),
	};
	const struct route fused[] = {
		ROUTE_ROW(GET, "/a", PUBLIC, NOTHING, ROUTE_FUSED),
	};
	const struct route needs[] = { ROUTE_ROW(GET, "/a", PUBLIC, ADMIN, 0) };
	struct route odd = ROUTE_ROW(GET, "/a", SELF, NOTHING, 0);

	(void)state;
	refused(twice, 3, "GET /a/{other}/b stands there twice");
	refused(no_target, 1, "no parameter for its scope");
	refused(many, 1, "too many parameters");
	refused(fused, 1, "is public, but asks for a caller");
	refused(needs, 1, "is public, but asks for a caller");
	odd.scope = SCOPE_COUNT;
	refused(&odd, 1, "has no scope");
	odd = (struct route)ROUTE_ROW(GET, "/a", SELF, NOTHING, 0);
	odd.body = &fields;
	refused(&odd, 1, "a body without a size");
	odd = (struct route)ROUTE_ROW(GET, "/a", SELF, NOTHING, 0);
	odd.handle = NULL;
	refused(&odd, 1, "not one function");
	odd = (struct route)ROUTE_ROW(GET, "/a", SELF, NOTHING, 0);
	odd.does = (const struct operation *)(const void *)&fields;
	refused(&odd, 1, "not one function");
	odd = (struct route)ROUTE_ROW(GET, "a", SELF, NOTHING, 0);
	refused(&odd, 1, "no pattern");
}

static void a_sound_table_is_taken(void **state)
{
	const struct route rows[] = {
		ROUTE_ROW(GET, "/a/{id}", NAMED, MEMBER, ROUTE_FUSED),
		ROUTE_ROW(PUT, "/a/{id}", NAMED, MEMBER, 0),
		ROUTE_ROW(GET, "/a/b", SELF, NOTHING, 0),
		ROUTE_ROW(GET, "/a/{id}/c", NAMED, MEMBER, 0),
		ROUTE_ROW(GET, "/a", PUBLIC, NOTHING, 0),
	};
	const struct route *list[COUNT_OF(rows)];
	const struct route_table table = { list, COUNT_OF(rows) };
	struct fault fault = { .code = ERR_NONE };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		list[i] = &rows[i];
	assert_int_equal(route_check(&table, &fault), ERR_NONE);
}

/* --- values --------------------------------------------------------------- */

static void a_statement_with_too_many_values_is_refused(void **state)
{
	struct statement statement = { .scope = SCOPE_CONTEXT,
		.values = CALLER_VALUES_MAX - 6 };
	struct fault fault = { .code = ERR_NONE };
	struct arena mem;
	struct store st;
	struct db_value values[CALLER_VALUES_MAX - 5];
	struct asker asker = { .fault = &fault };
	void *const none[STATEMENT_TABLES_MAX] = { NULL, NULL };

	(void)state;
	assert_true(caller_fits(&statement));
	statement.values++;
	assert_false(caller_fits(&statement));
	memset(values, 0, sizeof(values));
	arena_init(&mem);
	store_init(&st, NULL, &mem);
	asker.ask.scope = SCOPE_CONTEXT;
	assert_int_equal(
	    caller_select(&st, &asker, &statement, values, none), ERR_INTERNAL);
	store_release(&st);
	arena_release(&mem);
	assert_int_equal(service_check(&fault), ERR_NONE);
}

/* The check that the program makes before it takes its first request. */
static void the_start_refuses_a_statement_with_too_many_values(void **state)
{
	const struct statement wide = { .scope = SCOPE_CONTEXT,
		.text = "SELECT a wide one",
		.values = CALLER_VALUES_MAX - 5 };
	const struct statement fits = { .scope = SCOPE_CONTEXT, .values = 1 };
	const struct statement nobodys = { .scope = SCOPE_PUBLIC,
		.values = CALLER_VALUES_MAX };
	const struct statement *good[] = { &fits, &nobodys, NULL },
			       *bad[] = { &fits, &nobodys, &wide, NULL };
	struct fault fault = { .code = ERR_NONE };
	struct route_table table;
	struct arena mem;

	(void)state;
	arena_init(&mem);
	table = modules_routes(&mem);
	assert_int_equal(service_check_of(&table, good, &fault), ERR_NONE);
	assert_int_equal(service_check_of(&table, bad, &fault), ERR_INTERNAL);
	assert_non_null(strstr(fault.detail, "SELECT a wide one"));
	arena_release(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_function_that_asks_for_no_caller_tells_nothing),
		cmocka_unit_test(
		    a_header_that_does_not_fit_is_no_answer_without_it),
		cmocka_unit_test(a_spec_too_long_to_be_hashed_is_no_answer),
		cmocka_unit_test(a_broken_table_is_refused),
		cmocka_unit_test(a_sound_table_is_taken),
		cmocka_unit_test(a_statement_with_too_many_values_is_refused),
		cmocka_unit_test(
		    the_start_refuses_a_statement_with_too_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
