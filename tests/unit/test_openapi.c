#include "unit.h"

#include "edge/json.h"
#include "http/response.h"
#include "resource/module.h"
#include "serve/openapi.h"

/* --- a resource of the test's own ----------------------------------------- */

struct note {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version, modified_at;
	char text[100];
};
static const struct field fields[] = {
	RESOURCE_METADATA(struct note, NO_LABELS),
	RESOURCE_FIELD(struct note, "text", "text", FIELD_TEXT, PART_SPEC,
	    FIELD_OMIT_EMPTY, text, NULL, "What is noted."),
};
static const struct resource resource = {
	.begin = RESOURCE_BEGIN("Note"),
	.table = FIELD_TABLE(fields),
};
static const struct shape shape = {
	.resource = &resource,
	.one = "note",
	.many = "notes",
	SHAPE_OF(struct note),
	EXAMPLES(struct note, { .text = "as it is" }),
};

struct note_body {
	const char *text;
	int64_t priority;
};
static const struct domain priority = { .most = 9 };
static const struct domain tag = { .name = "Tag", .most = 5 };
static const struct domain tags = {
	.schema = "'type':'array','items':#Tag",
	.uses = &tag,
	.example = "[\"blue\"]",
};
static const struct field more_fields[] = {
	{ .member = "tags", .domain = &tags, .says = "Words for it." },
};
static const struct field_table more = FIELD_TABLE(more_fields);
static const struct field body_fields[] = {
	{ .member = "text",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct note_body, text),
	    .example = "buy \"tea\"" },
	{ .member = "priority",
	    .type = FIELD_INTEGER,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct note_body, priority),
	    .domain = &priority },
};
static const struct field_table body = FIELD_TABLE(body_fields);

static const struct plan plan = { STEPS({ NULL, ERR_STALE, ERR_NAME_IN_USE }) };
static const struct operation list = { .kind = OPERATION_LIST,
	.shape = &shape };
static const struct operation change = {
	.kind = OPERATION_CHANGE, .shape = &shape, .write = &plan
};

static enum err say_nothing(struct call *call, struct response *rs)
{
	(void)call;
	return respond_empty(rs, 204);
}

static const struct describe words = {
	.tag = "Notes",
	.summary = "Change a note",
	.body = "ChangeNote",
	.more = &more,
	PROBLEMS(ERR_LICENCE_EXPIRED),
};

/* It shows another resource where it makes something. */
static const struct resource mark_resource = {
	.begin = RESOURCE_BEGIN("Mark"),
	.table = FIELD_TABLE(fields),
};
static const struct shape mark_shape = {
	.resource = &mark_resource,
	.one = "mark",
	SHAPE_OF(struct note),
	EXAMPLES(struct note, { .text = "me@example.org" }),
};
static const struct operation ask = {
	.kind = OPERATION_CREATE, .shape = &shape, .status = 202
};
static const struct operation mark = { .kind = OPERATION_CREATE,
	.shape = &mark_shape };
static const struct describe ask_words = {
	.answer = "What is asked for.",
	.created = "What is made.",
	.created_by = &mark,
};
static const struct describe_answer mail = {
	.status = 200,
	.schema = "Mail",
	.text = "{'type':'string'}",
	.example = "'me@example.org, /#/in'",
};
static const struct describe mail_words = { .summary = "Open it",
	.function = &mail };

/* The first two have no words. */
static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/bare",
	    .scope = SCOPE_SELF,
	    .handle = say_nothing,
	    .operation_id = "doBare" },
	{ .method = METHOD_GET,
	    .pattern = "/v1/notes",
	    .scope = SCOPE_CONTEXT,
	    .does = &list,
	    .operation_id = "listNotes" },
	{ .method = METHOD_PATCH,
	    .pattern = "/v1/notes/{noteId}",
	    .scope = SCOPE_CONTEXT,
	    .flags = ROUTE_WRITES,
	    .body = &body,
	    .body_size = sizeof(struct note_body),
	    .does = &change,
	    .operation_id = "changeNote",
	    .describe = &words },
	{ .method = METHOD_PUT,
	    .pattern = "/v1/notes/{noteId}",
	    .scope = SCOPE_CONTEXT,
	    .flags = ROUTE_WRITES,
	    .body = &body,
	    .body_size = sizeof(struct note_body),
	    .does = &change,
	    .operation_id = "putNote",
	    .describe = &words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/notes",
	    .scope = SCOPE_CONTEXT,
	    .does = &ask,
	    .operation_id = "askForNote",
	    .describe = &ask_words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/own",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .handle = say_nothing,
	    .operation_id = "doOwn" },
	{ .method = METHOD_POST,
	    .pattern = "/v1/open",
	    .scope = SCOPE_PUBLIC,
	    .need = NEED_PERSON,
	    .flags = ROUTE_MAY_SIGN_IN,
	    .handle = say_nothing,
	    .operation_id = "doOpen",
	    .describe = &mail_words },
};
static const struct module own = { ROUTES(routes) };
const struct module *const modules[] = { &own, NULL };

/* --- the document --------------------------------------------------------- */

static const char *document(void **state)
{
	size_t length = 0;
	const char *text = openapi_text(*state, "/below", &length);

	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	return text;
}

static void has(void **state, const char *part)
{
	if (strstr(document(state), part) == NULL)
		fail_msg("no %s in %s", part, document(state));
}

static void it_is_json(void **state)
{
	static const struct field_table none = { NULL, 0 };
	const char *text = document(state);
	struct fault fault = { .code = ERR_NONE };
	char nothing;

	if (json_decode(*state, (struct json_source){ text, strlen(text) },
		&none, &nothing, &fault))
		fail_msg("%s", fault.detail);
}

static void it_names_its_server(void **state)
{
	has(state, "\"servers\":[{\"url\":\"/below\"");
}

static void a_route_without_words_is_described_by_its_row(void **state)
{
	has(state, "\"/v1/bare\":{\"post\":{\"operationId\":\"doBare\"");
	has(state, "\"/v1/notes\":{\"get\":{\"operationId\":\"listNotes\"");
	has(state,
	    "\"NoteList\":{\"type\":\"object\",\"required\":[\"notes\"]");
}

static void a_resource_is_described_by_its_fields(void **state)
{
	has(state,
	    "\"spec\":{\"type\":\"object\",\"required\":[],\"properties\":"
	    "{\"text\":{\"type\":\"string\","
	    "\"description\":\"What is noted.\"}}}");
	has(state, "\"spec\":{\"text\":\"as it is\"},\"status\":{}");
}

static void a_body_is_described_by_its_fields(void **state)
{
	has(state,
	    "\"ChangeNoteBody\":{\"type\":\"object\",\"required\":[\"text\"],"
	    "\"properties\":{\"text\":{\"type\":\"string\"},"
	    "\"priority\":{\"type\":\"integer\",\"format\":\"int64\","
	    "\"minimum\":0,\"maximum\":9},");
	has(state,
	    "\"tags\":{\"type\":\"array\","
	    "\"items\":{\"$ref\":\"#/components/schemas/Tag\"},"
	    "\"description\":\"Words for it.\"}}}");
	has(state, "\"Tag\":{\"type\":\"string\",\"maxLength\":5}");
	has(state, "Null or an empty text for `priority` is 400");
}

static void a_body_without_examples_shows_all_members(void **state)
{
	has(state,
	    "\"examples\":{\"all\":{\"value\":{\"text\":\"buy \\\"tea\\\"\","
	    "\"priority\":1,\"tags\":[\"blue\"]}}}");
}

static void the_problems_of_a_plan_and_of_the_words_are_named(void **state)
{
	has(state,
	    "#/components/responses/Conflict\",\"description\":"
	    "\"- `name-in-use`: ");
	has(state, "\\n- `license-expired`: ");
	assert_null(strstr(document(state), "- `last-project`: "));
}

static void the_second_route_with_the_same_words_says_so(void **state)
{
	has(state, "\"summary\":\"Change a note\"");
	has(state,
	    "\"summary\":\"Change a note (same as PATCH /v1/notes/{noteId})\"");
}

static void what_is_used_twice_is_written_once(void **state)
{
	const char *first = strstr(document(state), "\"ChangeNoteBody\":");

	assert_non_null(first);
	assert_null(strstr(first + 1, "\"ChangeNoteBody\":"));
}

static void another_success_shows_what_its_operation_shows(void **state)
{
	has(state, "\"202\":{\"description\":\"What is asked for.\"");
	has(state, "{\"$ref\":\"#/components/schemas/OneNote\"}");
	has(state, "\"201\":{\"description\":\"What is made.\"");
	has(state, "{\"$ref\":\"#/components/schemas/OneMark\"}");
}

static void a_route_of_persons_takes_no_api_key(void **state)
{
	has(state,
	    "\"operationId\":\"doOwn\",\"tags\":[],\"summary\":\"\","
	    "\"security\":[{\"basic\":[]},{\"session\":[]}]");
	has(state,
	    "\"operationId\":\"doOpen\",\"tags\":[],\"summary\":\"Open it\","
	    "\"security\":[{},{\"basic\":[]},{\"session\":[]}]");
	has(state, "\\n- `not-for-keys`: ");
}

static void a_sign_before_no_capital_is_itself(void **state)
{
	has(state, "\"example\":\"me@example.org, /#/in\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(it_is_json),
		WITH_ARENA(it_names_its_server),
		WITH_ARENA(a_route_without_words_is_described_by_its_row),
		WITH_ARENA(a_resource_is_described_by_its_fields),
		WITH_ARENA(a_body_is_described_by_its_fields),
		WITH_ARENA(a_body_without_examples_shows_all_members),
		WITH_ARENA(the_problems_of_a_plan_and_of_the_words_are_named),
		WITH_ARENA(the_second_route_with_the_same_words_says_so),
		WITH_ARENA(what_is_used_twice_is_written_once),
		WITH_ARENA(another_success_shows_what_its_operation_shows),
		WITH_ARENA(a_route_of_persons_takes_no_api_key),
		WITH_ARENA(a_sign_before_no_capital_is_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
