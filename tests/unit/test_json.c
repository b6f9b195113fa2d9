#include "unit.h"

#include <stdbool.h>

#include "base/fault.h"
#include "edge/json.h"
#include "model/name.h"

struct body {
	char code[5];
	const char *title;
	struct name name;
	int64_t count;
	int64_t at;
	bool on;
	const char *organization;
};

static const struct field rows[] = {
	{ .member = "code", .type = FIELD_TEXT, FIELD_AT(struct body, code) },
	{ .member = "title",
	    .type = FIELD_STRING,
	    FIELD_AT(struct body, title) },
	{ .member = "displayName",
	    .type = FIELD_NAME,
	    FIELD_AT(struct body, name) },
	{ .member = "count",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct body, count) },
	{ .member = "at", .type = FIELD_TIME, FIELD_AT(struct body, at) },
	{ .member = "on", .type = FIELD_BOOL, FIELD_AT(struct body, on) },
	{ .member = "organization",
	    .alias = "organizationName",
	    .type = FIELD_STRING,
	    FIELD_AT(struct body, organization) },
	{ .column = "internal", .type = FIELD_INTEGER },
	{ .member = "labels", .type = FIELD_EMPTY_OBJECT },
};

static const struct field_table table = FIELD_TABLE(rows);

static const struct field required_rows[] = {
	{ .member = "organizationName",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct body, organization) },
};

static const struct field_table required_table = FIELD_TABLE(required_rows);

static const struct field strict_rows[] = {
	{ .member = "role",
	    .alias = "theRole",
	    .type = FIELD_STRING,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct body, title) },
	{ .member = "displayName",
	    .alias = "name",
	    .type = FIELD_NAME,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct body, name) },
};

static const struct field_table strict_table = FIELD_TABLE(strict_rows);

static struct fault fault;

static enum err decode(struct arena *mem, const char *text, struct body *body)
{
	*body = (struct body){ 0 };
	fault = (struct fault){ 0 };
	return json_decode(mem, (struct json_source){ text, strlen(text) },
	    &table, body, &fault);
}

struct bytes {
	const char *text;
	size_t length;
};

static void refuse_texts(struct arena *mem, const struct bytes *texts,
    size_t count, const char *detail)
{
	for (size_t i = 0; i < count; i++) {
		struct body body = { 0 };
		enum err err;

		fault = (struct fault){ 0 };
		err = json_decode(mem,
		    (struct json_source){ texts[i].text, texts[i].length },
		    &table, &body, &fault);
		if (err != ERR_BAD_BODY || !strstr(fault.detail, detail))
			print_error("%s: %s\n", texts[i].text, fault.detail);
		assert_int_equal(err, ERR_BAD_BODY);
		assert_int_equal(fault.code, ERR_BAD_BODY);
		assert_non_null(strstr(fault.detail, detail));
	}
}

static void refuse_field(
    struct arena *mem, const char *text, const char *detail)
{
	struct body body;

	assert_int_equal(decode(mem, text, &body), ERR_BAD_FIELD);
	assert_int_equal(fault.code, ERR_BAD_FIELD);
	assert_string_equal(fault.detail, detail);
}

static void an_object_fills_the_struct(void **state)
{
	struct body body;

	assert_int_equal(
	    decode(*state,
		"{\"code\":\"abcd\",\"title\":\"T\","
		"\"displayName\":\" Acme \",\"count\":7,\"on\":true,"
		"\"at\":\"1970-01-01T00:00:01Z\",\"organizationName\":\"O\"}",
		&body),
	    ERR_NONE);
	assert_string_equal(body.code, "abcd");
	assert_string_equal(body.title, "T");
	assert_string_equal(body.name.display, "Acme");
	assert_string_equal(body.name.key, "acme");
	assert_true(body.count == 7);
	assert_true(body.at == 1000);
	assert_true(body.on);
	assert_string_equal(body.organization, "O");
}

static void every_form_of_rfc_8259_is_read(void **state)
{
	static const char *const texts[] = {
		"{}",
		" \t\r\n{ } \n",
		"{\"a\":[]}",
		"{\"a\":[ ]}",
		"{\"\":\"\"}",
		"{\"a\":[1,-0,0.5,-1.25e+10,1E-2,0e0,1e400]}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83C\\uDF31\"}",
		"{\"a\":\"\x7F\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\xB1\"}",
		"{\"a\":[true,false,null,{\"a\":{}}]}",
		"{\"a\":123456789012345678901234567890}",
		"{\"a\":\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xEE\x80\x80\"}",
	};
	struct body body;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(decode(*state, texts[i], &body), ERR_NONE);
}

static void escapes_and_utf8_give_the_same_text(void **state)
{
	struct body body;

	assert_int_equal(decode(*state,
			     "{\"titl\\u0065\":"
			     "\"\\u00e9\\ud83c\\udf31\\/\"}",
			     &body),
	    ERR_NONE);
	assert_string_equal(body.title, "\xC3\xA9\xF0\x9F\x8C\xB1/");
}

static void an_absent_member_leaves_what_was_there(void **state)
{
	struct body body = { .count = 5, .on = true, .title = "before" };

	assert_int_equal(
	    json_decode(*state,
		(struct json_source){ BYTES(
		    "{\"count\":null,\"title\":null,\"displayName\":null}") },
		&table, &body, &fault),
	    ERR_NONE);
	assert_true(body.count == 5);
	assert_true(body.on);
	assert_string_equal(body.title, "before");
}

/* Many clients send "" or null for what they have not set. */
static void an_empty_text_of_an_optional_member_is_absent(void **state)
{
	static const char *const members[] = { "code", "title", "displayName",
		"count", "at", "on", "organization", "organizationName" };
	struct body body;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		assert_int_equal(
		    decode(*state,
			arena_print(*state, "{\"%s\":\"\"}", members[i]),
			&body),
		    ERR_NONE);
		assert_null(body.title);
		assert_null(body.organization);
		assert_string_equal(body.name.display, "");
	}
	assert_int_equal(decode(*state,
			     "{\"organizationName\":\"P\","
			     "\"organization\":\"\"}",
			     &body),
	    ERR_NONE);
	assert_string_equal(body.organization, "P");
	refuse_field(*state, "{\"displayName\":\" \"}", "displayName is empty");
}

static void what_narrows_is_never_taken_for_absent(void **state)
{
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{ "{\"name\":\"a\",\"role\":null}", "role must not be null" },
		{ "{\"name\":\"a\",\"role\":\"\"}", "role is empty" },
		{ "{\"name\":\"a\",\"theRole\":null}",
		    "theRole must not be null" },
		/* a required one is never absent either */
		{ "{\"displayName\":\"\"}", "displayName is empty" },
		{ "{\"name\":\"\"}", "name is empty" },
		{ "{\"name\":\"\",\"displayName\":null}", "name is empty" },
		{ "{\"displayName\":null}", "displayName is missing" },
	};
	struct body body = { 0 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct json_source source = { cases[i].text,
			strlen(cases[i].text) };

		fault = (struct fault){ 0 };
		assert_int_equal(
		    json_decode(*state, source, &strict_table, &body, &fault),
		    ERR_BAD_FIELD);
		assert_string_equal(fault.detail, cases[i].detail);
	}
	assert_int_equal(json_decode(*state,
			     (struct json_source){ BYTES("{\"name\":\"a\"}") },
			     &strict_table, &body, &fault),
	    ERR_NONE);
}

static void a_form_is_told_apart_from_broken_json(void **state)
{
	static const struct bytes forms[] = {
		{ BYTES("organizationName=a&accountName=b") },
		{ BYTES("a%5Bb%5D=1") },
		{ BYTES("x=") },
	};
	static const struct bytes others[] = {
		{ BYTES("=1") },
		{ BYTES("[a=1]") },
		{ BYTES("name") },
		{ BYTES("{name=1}") },
	};

	refuse_texts(*state, forms, COUNT_OF(forms), "form-encoded");
	refuse_texts(*state, others, COUNT_OF(others), "not acceptable");
}

static void unknown_members_are_ignored(void **state)
{
	struct body body;

	assert_int_equal(decode(*state,
			     "{\"Count\":\"x\",\"labels\":7,"
			     "\"internal\":1,\"z\":{\"count\":9}}",
			     &body),
	    ERR_NONE);
	assert_true(body.count == 0);
}

static void a_member_may_have_either_name_or_both_alike(void **state)
{
	struct body body;

	assert_int_equal(
	    decode(*state, "{\"organization\":\"O\"}", &body), ERR_NONE);
	assert_string_equal(body.organization, "O");
	assert_int_equal(decode(*state,
			     "{\"organizationName\":\"\\u004f\","
			     "\"organization\":\"O\"}",
			     &body),
	    ERR_NONE);
	assert_string_equal(body.organization, "O");
	assert_int_equal(decode(*state,
			     "{\"organizationName\":\"P\","
			     "\"organization\":null}",
			     &body),
	    ERR_NONE);
	assert_string_equal(body.organization, "P");
}

static void both_names_with_different_values_are_refused(void **state)
{
	refuse_field(*state,
	    "{\"organization\":\"O\",\"organizationName\":\"P\"}",
	    "organization and organizationName differ");
	refuse_field(*state, "{\"organization\":\"1\",\"organizationName\":1}",
	    "organization and organizationName differ");
}

static void the_fault_names_the_member_as_it_was_given(void **state)
{
	refuse_field(*state, "{\"organizationName\":1}",
	    "organizationName must be a string");
	refuse_field(
	    *state, "{\"organization\":1}", "organization must be a string");
}

static void a_required_member_must_be_there(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"organizationName\":null}",
		"{\"organizationname\":\"x\"}",
		"{\"a\":{\"organizationName\":1}}",
	};
	struct body body = { 0 };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(
		    json_decode(*state,
			(struct json_source){ texts[i], strlen(texts[i]) },
			&required_table, &body, &fault),
		    ERR_BAD_FIELD);
		assert_string_equal(
		    fault.detail, "organizationName is missing");
	}
}

static void a_member_of_the_wrong_type_is_refused(void **state)
{
	refuse_field(*state, "{\"title\":1}", "title must be a string");
	refuse_field(*state, "{\"title\":[]}", "title must be a string");
	refuse_field(*state, "{\"title\":{}}", "title must be a string");
	refuse_field(*state, "{\"title\":true}", "title must be a string");
	refuse_field(
	    *state, "{\"displayName\":7}", "displayName must be a string");
	refuse_field(*state, "{\"code\":7}", "code must be a string");
	refuse_field(*state, "{\"at\":7}", "at must be a string");
	refuse_field(*state, "{\"count\":\"7\"}", "count must be an integer");
	refuse_field(*state, "{\"count\":true}", "count must be an integer");
	refuse_field(*state, "{\"on\":1}", "on must be true or false");
	refuse_field(*state, "{\"on\":\"true\"}", "on must be true or false");
}

static void an_integer_has_no_fraction_and_no_exponent(void **state)
{
	refuse_field(*state, "{\"count\":1.0}", "count must be an integer");
	refuse_field(*state, "{\"count\":1e2}", "count must be an integer");
	refuse_field(*state, "{\"count\":1E0}", "count must be an integer");
	refuse_field(*state, "{\"count\":0.1}", "count must be an integer");
	refuse_field(*state, "{\"count\":1e400}", "count must be an integer");
}

static void an_integer_out_of_range_is_refused_even_where_it_saturates(
    void **state)
{
	static const char *const texts[] = {
		"{\"count\":-1}",
		"{\"count\":9007199254740992}",
		"{\"count\":9223372036854775807}",
		"{\"count\":9223372036854775808}",
		"{\"count\":18446744073709551615}",
		"{\"count\":18446744073709551616}",
		"{\"count\":18446744073709551617}",
		"{\"count\":340282366920938463463374607431768211457}",
		"{\"count\":-9223372036854775809}",
		"{\"count\":-18446744073709551615}",
	};
	struct body body;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		refuse_field(*state, texts[i], "count is out of range");
	assert_int_equal(
	    decode(*state, "{\"count\":9007199254740991}", &body), ERR_NONE);
	assert_true(body.count == INT64_C(9007199254740991));
}

static void a_text_fits_its_array_or_is_refused(void **state)
{
	struct body body;

	assert_int_equal(
	    decode(*state, "{\"code\":\"abcd\"}", &body), ERR_NONE);
	refuse_field(
	    *state, "{\"code\":\"abcde\"}", "code is longer than 4 bytes");
	refuse_field(*state, "{\"code\":\"\xC3\xA9\xC3\xA9\xC3\xA9\"}",
	    "code is longer than 4 bytes");
}

static void a_name_that_cannot_be_is_refused(void **state)
{
	refuse_field(*state, "{\"displayName\":\" \"}", "displayName is empty");
	refuse_field(*state, "{\"displayName\":\"a\\u200bb\"}",
	    "displayName contains an invisible character");
	refuse_field(*state, "{\"displayName\":\"a\\nb\"}",
	    "displayName contains a control character");
	refuse_field(*state, "{\"at\":\"yesterday\"}",
	    "at must be an RFC 3339 date and time");
}

static void a_duplicate_member_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{\"a\":1,\"a\":1}") },
		{ BYTES("{\"a\":1,\"\\u0061\":1}") },
		{ BYTES("{\"\\u0061\":1,\"\\u0061\":2}") },
		{ BYTES("{\"x\":{\"a\":1,\"b\":2,\"a\":3}}") },
		{ BYTES("{\"x\":[{},{\"a\":1,\"a\":3}]}") },
		{ BYTES("{\"x\":1,\"a\":{\"b\":1},\"a\":{}}") },
		{ BYTES("{\"a\":{\"c\":1},\"b\":1,\"a\":{\"c\":1,\"d\":2}}") },
		{ BYTES("{\"a\":null,\"a\":1}") },
		{ BYTES("{\"\":1,\"\":2}") },
		{ BYTES("{\"/\":1,\"\\/\":2}") },
		{ BYTES("{\"\\ud83c\\udf31\":1,\"\xF0\x9F\x8C\xB1\":2}") },
	};
	struct body body;

	refuse_texts(*state, texts, COUNT_OF(texts), "duplicate");
	assert_int_equal(decode(*state,
			     "{\"a\":{\"a\":[{\"a\":1},"
			     "{\"a\":1}]},\"b\":{\"a\":1},\"A\":1}",
			     &body),
	    ERR_NONE);
}

static void what_is_no_object_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("[]") },
		{ BYTES("null") },
		{ BYTES("1") },
		{ BYTES("\"{}\"") },
		{ BYTES("true") },
		{ BYTES("[{}]") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "not an object");
}

static void text_behind_the_object_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{}x") },
		{ BYTES("{} {}") },
		{ BYTES("{},") },
		{ BYTES("{}}") },
		{ BYTES("{}\0") },
		{ BYTES("{}/**/") },
		{ BYTES("{}\xEF\xBB\xBF") },
		{ BYTES("{}\f") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "after the end");
}

static void broken_structure_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("") },
		{ BYTES(" ") },
		{ BYTES("{") },
		{ BYTES("}") },
		{ BYTES("{\"a\"}") },
		{ BYTES("{\"a\":}") },
		{ BYTES("{\"a\":1") },
		{ BYTES("{\"a\":1,}") },
		{ BYTES("{,}") },
		{ BYTES("{a:1}") },
		{ BYTES("{1:1}") },
		{ BYTES("{\"a\":[1,]}") },
		{ BYTES("{\"a\":[,]}") },
		{ BYTES("{\"a\":[1 2]}") },
		{ BYTES("{\"a\":[1}") },
		{ BYTES("{\"a\":1]") },
		{ BYTES("{\"a\":1 \"b\":2}") },
		{ BYTES("{\"a\"=1}") },
		{ BYTES("{\"a") },
		{ BYTES("{\"a\":\"b") },
		{ BYTES("{\"a\":\"\\") },
		{ BYTES("{'a':1}") },
		{ BYTES("{\"a\":'b'}") },
		{ BYTES("/**/{}") },
		{ BYTES("{//\n}") },
		{ BYTES("#\n{}") },
		{ BYTES("\xEF\xBB\xBF{}") },
		{ BYTES("{\v}") },
		{ BYTES("{\"a\":\xC2\xA0"
			"1}") },
		{ BYTES("\0{}") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "not acceptable");
}

static void words_and_numbers_of_other_languages_are_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{\"a\":NaN}") },
		{ BYTES("{\"a\":nan}") },
		{ BYTES("{\"a\":Infinity}") },
		{ BYTES("{\"a\":-Infinity}") },
		{ BYTES("{\"a\":True}") },
		{ BYTES("{\"a\":TRUE}") },
		{ BYTES("{\"a\":NULL}") },
		{ BYTES("{\"a\":nul}") },
		{ BYTES("{\"a\":truex}") },
		{ BYTES("{\"a\":undefined}") },
		{ BYTES("{\"a\":01}") },
		{ BYTES("{\"a\":-01}") },
		{ BYTES("{\"a\":+1}") },
		{ BYTES("{\"a\":.5}") },
		{ BYTES("{\"a\":1.}") },
		{ BYTES("{\"a\":1.e1}") },
		{ BYTES("{\"a\":1e}") },
		{ BYTES("{\"a\":1e+}") },
		{ BYTES("{\"a\":-}") },
		{ BYTES("{\"a\":0x10}") },
		{ BYTES("{\"a\":1_0}") },
		{ BYTES("{\"a\":--1}") },
		{ BYTES("{\"a\":1e1.5}") },
		{ BYTES("{\"a\":1") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "not acceptable");
}

static void a_nul_is_refused(void **state)
{
	static const struct bytes escaped[] = {
		{ BYTES("{\"title\":\"a\\u0000b\"}") },
		{ BYTES("{\"title\\u0000\":1}") },
		{ BYTES("{\"a\":\"\\u0000\"}") },
	};
	static const struct bytes raw[] = {
		{ BYTES("{\"title\":\"a\0b\"}") },
		{ BYTES("{\"title\0\":1}") },
		{ BYTES("{\"title\":\"a\"\0}") },
	};

	refuse_texts(*state, escaped, COUNT_OF(escaped), "NUL");
	refuse_texts(*state, raw, COUNT_OF(raw), "not acceptable");
}

static void control_characters_and_unknown_escapes_are_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{\"a\":\"\n\"}") },
		{ BYTES("{\"a\":\"\t\"}") },
		{ BYTES("{\"a\":\"\x1F\"}") },
		{ BYTES("{\"\x01\":1}") },
		{ BYTES("{\"a\":\"\\a\"}") },
		{ BYTES("{\"a\":\"\\x41\"}") },
		{ BYTES("{\"a\":\"\\'\"}") },
		{ BYTES("{\"a\":\"\\\n\"}") },
		{ BYTES("{\"a\":\"\\U0041\"}") },
		{ BYTES("{\"a\":\"\\u004\"}") },
		{ BYTES("{\"a\":\"\\u00g1\"}") },
		{ BYTES("{\"a\":\"\\u 041\"}") },
		{ BYTES("{\"a\":\"\\u+041\"}") },
		{ BYTES("{\"a\":\"\\u00") },
		{ BYTES("{\"a\":\"\\\0\"}") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "not acceptable");
}

static void a_lone_surrogate_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{\"a\":\"\\ud800\"}") },
		{ BYTES("{\"a\":\"\\udc00\"}") },
		{ BYTES("{\"a\":\"\\uDFFF\\uD800\"}") },
		{ BYTES("{\"a\":\"\\ud800x\"}") },
		{ BYTES("{\"a\":\"\\ud800\\n\"}") },
		{ BYTES("{\"a\":\"\\ud800\\ud800\"}") },
		{ BYTES("{\"a\":\"\\ud800\\u0041\"}") },
		{ BYTES("{\"\\udbff\":1}") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "surrogate");
}

static void invalid_utf8_is_refused(void **state)
{
	static const struct bytes texts[] = {
		{ BYTES("{\"a\":\"\xFF\"}") },
		{ BYTES("{\"a\":\"\x80\"}") },
		{ BYTES("{\"a\":\"\xC3\"}") },
		{ BYTES("{\"a\":\"\xC0\x80\"}") },
		{ BYTES("{\"a\":\"\xC1\xBF\"}") },
		{ BYTES("{\"a\":\"\xE0\x9F\xBF\"}") },
		{ BYTES("{\"a\":\"\xED\xA0\x80\"}") },
		{ BYTES("{\"a\":\"\xF0\x8F\xBF\xBF\"}") },
		{ BYTES("{\"a\":\"\xF4\x90\x80\x80\"}") },
		{ BYTES("{\"a\":\"\xF5\x80\x80\x80\"}") },
		{ BYTES("{\"a\":\"\xE2\x82\"}") },
		{ BYTES("{\"\xE9\":1}") },
		{ BYTES("{\"a\":\"\xF0\x9F\x8C") },
	};

	refuse_texts(*state, texts, COUNT_OF(texts), "UTF-8");
}

/* An object with lists within lists, `depth` levels in all. */
static char *nest(struct arena *mem, size_t depth, const char *innermost)
{
	char *left = arena_alloc(mem, depth), *right = arena_alloc(mem, depth);

	memset(left, '[', depth - 1);
	memset(right, ']', depth - 1);
	return arena_print(mem, "{\"a\":%s%s%s}", left, innermost, right);
}

static void nesting_of_32_is_read_and_of_33_refused(void **state)
{
	static const char *const innermost[] = { "", "1", "\"x\"", "null" };
	struct bytes text;
	struct body body;

	for (size_t i = 0; i < COUNT_OF(innermost); i++) {
		assert_int_equal(
		    decode(*state, nest(*state, 32, innermost[i]), &body),
		    ERR_NONE);
		text.text = nest(*state, 33, innermost[i]);
		text.length = strlen(text.text);
		refuse_texts(*state, &text, 1, "too deep");
	}
	text.text = nest(*state, 1000000, "");
	text.length = strlen(text.text);
	refuse_texts(*state, &text, 1, "too deep");
}

/* An object with a list of `count` values like that one. */
static char *repeat(struct arena *mem, size_t count, const char *value)
{
	size_t length = strlen(value) + 1;
	char *list = arena_alloc(mem, count * length + 1);

	for (size_t i = 0; i < count; i++) {
		memcpy(list + i * length, value, length - 1);
		list[i * length + length - 1] = ',';
	}
	list[count * length - 1] = '\0';
	return arena_print(mem, "{\"a\":[%s]}", list);
}

/* The object, its list, and what is in the list. */
static void values_to_2000_are_read_and_one_more_is_refused(void **state)
{
	struct bytes text;
	struct body body;

	assert_int_equal(
	    decode(*state, repeat(*state, 1998, "1"), &body), ERR_NONE);
	assert_int_equal(
	    decode(*state, repeat(*state, 999, "{\"\":{}}"), &body), ERR_NONE);
	text.text = repeat(*state, 1999, "1");
	text.length = strlen(text.text);
	refuse_texts(*state, &text, 1, "too many values");
	text.text = repeat(*state, 1000, "{\"\":{}}");
	text.length = strlen(text.text);
	refuse_texts(*state, &text, 1, "too many values");
	/* decided before the rest is looked at */
	text.text = arena_print(*state, "%s \xFF", repeat(*state, 20000, "[]"));
	text.length = strlen(text.text);
	refuse_texts(*state, &text, 1, "too many values at byte 6000");
}

static void a_text_that_ends_anywhere_is_refused(void **state)
{
	static const char text[] =
	    "{\"a\":[1,{\"b\":\"\\u00e9\\ud83c\\udf31"
	    "\xE2\x82\xAC\"},true,null,-1.5e+3],\"c\":{}}";
	struct body body;

	assert_int_equal(decode(*state, text, &body), ERR_NONE);
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		/* A copy of its own, so that a read beyond it is seen. */
		char *copy = arena_alloc(*state, 20000 + length);
		struct bytes cut = { copy + 20000, length };

		memcpy(copy + 20000, text, length);
		refuse_texts(*state, &cut, 1, "not acceptable");
	}
}

static void a_fault_may_go_unrecorded(void **state)
{
	struct body body = { 0 };

	assert_int_equal(json_decode(*state, (struct json_source){ BYTES("{") },
			     &table, &body, NULL),
	    ERR_BAD_BODY);
	assert_int_equal(
	    json_decode(*state, (struct json_source){ BYTES("{\"title\":1}") },
		&table, &body, NULL),
	    ERR_BAD_FIELD);
}

static void an_inner_object_can_be_decoded_in_turn(void **state)
{
	static const char text[] =
	    "{\"inner\":{\"count\":7,\"title\":\"a\\/\\u00e9\"}}";
	struct body body = { 0 };
	bool is_object = false;
	const char *inner = json_member(
	    *state, (struct json_source){ BYTES(text) }, "inner", &is_object);

	assert_non_null(inner);
	assert_true(is_object);
	assert_int_equal(decode(*state, inner, &body), ERR_NONE);
	assert_true(body.count == 7);
	assert_string_equal(body.title, "a/\xC3\xA9");
}

static void an_inner_value_that_is_no_object_is_told_apart(void **state)
{
	static const char *const others[] = { "a", "b", "c", "d", "e" };
	static const char text[] = "{\"a\":1,\"b\":\"{}\",\"c\":[{}],"
				   "\"d\":false,\"e\":null,\"f\":{\"g\":{}}}";
	bool is_object = true;

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		assert_non_null(
		    json_member(*state, (struct json_source){ BYTES(text) },
			others[i], &is_object));
		assert_false(is_object);
	}
	assert_null(json_member(
	    *state, (struct json_source){ BYTES(text) }, "g", &is_object));
	assert_null(json_member(
	    *state, (struct json_source){ BYTES("[]") }, "g", &is_object));
	assert_null(json_member(*state,
	    (struct json_source){ BYTES("{\"g\":{}") }, "g", &is_object));
	assert_false(is_object);
}

static void an_inner_number_keeps_what_makes_it_wrong(void **state)
{
	static const char *const inner[] = {
		"{\"a\":{\"count\":1.0}}",
		"{\"a\":{\"count\":1e2}}",
		"{\"a\":{\"count\":18446744073709551617}}",
		"{\"a\":{\"count\":-9223372036854775809}}",
	};
	struct body body;
	bool is_object;

	for (size_t i = 0; i < COUNT_OF(inner); i++) {
		const char *text = json_member(*state,
		    (struct json_source){ inner[i], strlen(inner[i]) }, "a",
		    &is_object);

		assert_int_equal(decode(*state, text, &body), ERR_BAD_FIELD);
	}
}

/* --- a list of objects ---------------------------------------------------- */

static enum err list_of(
    struct arena *mem, const char *text, struct json_rows *list)
{
	static const struct field_table codes = { rows, 1 };
	struct fault found = { .code = ERR_NONE };
	enum err err;

	*list = (struct json_rows){
		.table = &codes, .size = sizeof(struct body), .most = 2
	};
	err = json_list(mem, (struct json_source){ text, strlen(text) }, "list",
	    list, &found);
	assert_int_equal(found.code, err);
	return err;
}

static void a_list_of_objects_becomes_rows(void **state)
{
	struct json_rows list;
	const struct body *read;

	assert_int_equal(list_of(*state,
			     "{\"list\":[{\"code\":\"a\"},"
			     "{\"code\":\"bc\",\"x\":1}]}",
			     &list),
	    ERR_NONE);
	assert_int_equal(list.count, 2);
	read = (const void *)list.rows;
	assert_string_equal(read[0].code, "a");
	assert_string_equal(read[1].code, "bc");
	for (size_t i = 0; i < 2; i++) {
		static const char *const none[] = { "{}", "{\"list\":[]}" };

		assert_int_equal(list_of(*state, none[i], &list), ERR_NONE);
		assert_int_equal(list.count, 0);
	}
}

static void what_is_no_list_of_objects_is_refused(void **state)
{
	static const char *const texts[] = { "{\"list\":null}",
		"{\"list\":\"\"}", "{\"list\":{}}", "{\"list\":[1]}",
		"{\"list\":[null]}", "{\"list\":[[]]}", "{\"list\":[{},{},{}]}",
		"{\"list\":[{\"code\":1}]}",
		"{\"list\":[{\"code\":\"too long\"}]}" };
	struct json_rows list;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(
		    list_of(*state, texts[i], &list), ERR_BAD_FIELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(an_object_fills_the_struct),
		WITH_ARENA(every_form_of_rfc_8259_is_read),
		WITH_ARENA(escapes_and_utf8_give_the_same_text),
		WITH_ARENA(an_absent_member_leaves_what_was_there),
		WITH_ARENA(unknown_members_are_ignored),
		WITH_ARENA(an_empty_text_of_an_optional_member_is_absent),
		WITH_ARENA(what_narrows_is_never_taken_for_absent),
		WITH_ARENA(a_form_is_told_apart_from_broken_json),
		WITH_ARENA(a_member_may_have_either_name_or_both_alike),
		WITH_ARENA(both_names_with_different_values_are_refused),
		WITH_ARENA(the_fault_names_the_member_as_it_was_given),
		WITH_ARENA(a_required_member_must_be_there),
		WITH_ARENA(a_member_of_the_wrong_type_is_refused),
		WITH_ARENA(an_integer_has_no_fraction_and_no_exponent),
		WITH_ARENA(
		    an_integer_out_of_range_is_refused_even_where_it_saturates),
		WITH_ARENA(a_text_fits_its_array_or_is_refused),
		WITH_ARENA(a_name_that_cannot_be_is_refused),
		WITH_ARENA(a_duplicate_member_is_refused),
		WITH_ARENA(what_is_no_object_is_refused),
		WITH_ARENA(text_behind_the_object_is_refused),
		WITH_ARENA(broken_structure_is_refused),
		WITH_ARENA(words_and_numbers_of_other_languages_are_refused),
		WITH_ARENA(a_nul_is_refused),
		WITH_ARENA(control_characters_and_unknown_escapes_are_refused),
		WITH_ARENA(a_lone_surrogate_is_refused),
		WITH_ARENA(invalid_utf8_is_refused),
		WITH_ARENA(nesting_of_32_is_read_and_of_33_refused),
		WITH_ARENA(values_to_2000_are_read_and_one_more_is_refused),
		WITH_ARENA(a_text_that_ends_anywhere_is_refused),
		WITH_ARENA(a_fault_may_go_unrecorded),
		WITH_ARENA(an_inner_object_can_be_decoded_in_turn),
		WITH_ARENA(an_inner_value_that_is_no_object_is_told_apart),
		WITH_ARENA(an_inner_number_keeps_what_makes_it_wrong),
		WITH_ARENA(a_list_of_objects_becomes_rows),
		WITH_ARENA(what_is_no_list_of_objects_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
