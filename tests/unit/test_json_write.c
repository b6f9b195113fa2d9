#include "unit.h"

#include <stdbool.h>

#include "edge/json.h"
#include "model/name.h"

/* What was flushed, and how often. */
struct sink {
	char text[4096];
	size_t used;
	int calls;
	int fails_at; /* the call that fails, 0 = none */
};

static enum err sink_take(void *context, const char *data, size_t length)
{
	struct sink *sink = context;

	if (++sink->calls == sink->fails_at)
		return ERR_LOST;
	memcpy(sink->text + sink->used, data, length);
	sink->used += length;
	sink->text[sink->used] = '\0';
	return ERR_NONE;
}

/* Everything that was written: flushed, and left in the buffer. */
static const char *finish(struct json_writer *w, struct sink *sink)
{
	sink->fails_at = 0;
	assert_int_equal(sink_take(sink, w->buffer, w->used), ERR_NONE);
	return sink->text;
}

static void put_document(struct json_writer *w)
{
	json_open_object(w);
	json_key(w, "a");
	json_open_list(w);
	json_integer(w, 1);
	json_integer(w, INT64_MIN);
	json_boolean(w, true);
	json_boolean(w, false);
	json_open_object(w);
	json_close_object(w);
	json_open_list(w);
	json_close_list(w);
	json_close_list(w);
	json_key(w, "b");
	json_text(w, "line\nend");
	json_key(w, "c");
	json_raw(w, "[1,2]", 5);
	json_key(w, "d");
	json_time(w, 1);
	json_key(w, "e");
	json_text(w, NULL);
	json_close_object(w);
}

static const char document[] = "{\"a\":[1,-9223372036854775808,true,false,"
			       "{},[]],\"b\":\"line\\nend\",\"c\":[1,2],"
			       "\"d\":\"1970-01-01T00:00:00.001Z\",\"e\":null}";

static void commas_and_brackets_are_in_place(void **state)
{
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[512];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	put_document(&w);
	assert_int_equal(w.failed, ERR_NONE);
	assert_int_equal(w.depth, 0);
	assert_int_equal(sink.calls, 0);
	assert_string_equal(finish(&w, &sink), document);
}

static void a_buffer_of_any_size_gives_the_same_text(void **state)
{
	(void)state;
	for (size_t size = 1; size <= sizeof(document); size++) {
		struct sink sink = { 0 };
		struct json_writer w;
		char buffer[512];

		json_start(&w, buffer, size, sink_take, &sink);
		put_document(&w);
		assert_in_range(w.used, 1, size);
		assert_string_equal(finish(&w, &sink), document);
	}
}

static void what_fills_the_buffer_to_its_end_is_not_flushed(void **state)
{
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[sizeof(document) - 1];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	put_document(&w);
	assert_int_equal(sink.calls, 0);
	assert_int_equal(w.used, sizeof(buffer));
}

static void a_value_longer_than_the_buffer_is_written_whole(void **state)
{
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[16], text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	json_text(&w, text);
	(void)finish(&w, &sink);
	assert_int_equal(sink.used, sizeof(text) + 1);
	assert_memory_equal(sink.text + 1, text, sizeof(text) - 1);
}

static void every_control_character_is_escaped(void **state)
{
	static const char expected[] =
	    "\"\\u0001\\u0002\\u0003\\u0004\\u0005"
	    "\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f\\u0010\\u0011"
	    "\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a"
	    "\\u001b\\u001c\\u001d\\u001e\\u001f\"";
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[512], text[0x20];

	(void)state;
	for (int c = 1; c < 0x20; c++)
		text[c - 1] = (char)c;
	text[0x1F] = '\0';
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	json_text(&w, text);
	assert_string_equal(finish(&w, &sink), expected);
}

static void what_needs_no_escape_is_left_alone(void **state)
{
	static const char text[] = "/'<>&\x7F\xC3\xA9\xE2\x80\xA8\xE2\x80\xA9"
				   "\xF0\x9F\x8C\xB1";
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[512];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	json_text(&w, text);
	(void)finish(&w, &sink);
	assert_int_equal(sink.used, sizeof(text) + 1);
	assert_memory_equal(sink.text + 1, text, sizeof(text) - 1);
}

static void quotes_and_backslashes_cannot_end_a_string(void **state)
{
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[512];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	json_open_object(&w);
	json_key(&w, "name");
	json_text(&w, "\",\"admin\":\"\\");
	json_close_object(&w);
	assert_string_equal(
	    finish(&w, &sink), "{\"name\":\"\\\",\\\"admin\\\":\\\"\\\\\"}");
}

/* Also where several bytes are looked at together. */
static void every_byte_is_escaped_wherever_it_stands(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++)
		for (size_t at = 0; at < 19; at++) {
			bool is_plain = c >= 0x20 && c != '"' && c != '\\';
			char text[] = "\xC3\x80 nothing ~ here \x7F";
			char buffer[64];
			struct json_writer w;

			text[at] = (char)c;
			json_start(&w, buffer, sizeof(buffer), NULL, NULL);
			json_text(&w, text);
			assert_int_equal(w.failed, ERR_NONE);
			assert_memory_equal(buffer + 1, text, at);
			assert_int_equal(
			    buffer[1 + at], is_plain ? text[at] : '\\');
			assert_memory_equal(
			    buffer + w.used - sizeof(text) + at + 1,
			    text + at + 1, sizeof(text) - at - 2);
			if (is_plain)
				assert_int_equal(w.used, sizeof(text) + 1);
		}
}

static void a_failed_flush_stops_the_writer_for_good(void **state)
{
	struct sink sink = { .fails_at = 2 };
	struct json_writer w;
	char buffer[8];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	put_document(&w);
	assert_int_equal(w.failed, ERR_LOST);
	assert_int_equal(sink.calls, 2);
	assert_int_equal(sink.used, 8);
	put_document(&w);
	assert_int_equal(w.failed, ERR_LOST);
	assert_int_equal(sink.calls, 2);
}

static void without_a_flush_what_does_not_fit_fails(void **state)
{
	struct json_writer w;
	char buffer[sizeof(document) - 1];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), NULL, NULL);
	put_document(&w);
	assert_int_equal(w.failed, ERR_NONE);
	json_start(&w, buffer, sizeof(buffer) - 1, NULL, NULL);
	put_document(&w);
	assert_int_equal(w.failed, ERR_INTERNAL);
}

struct row {
	char text[8];
	const char *string, *absent;
	struct name name;
	int64_t integer, time, never;
	bool on;
	unsigned char bytes[4];
	char json[12], none[4];
};

static void the_fields_of_a_struct_become_values(void **state)
{
	static const struct field fields[] = {
		{ .type = FIELD_TEXT, FIELD_AT(struct row, text) },
		{ .type = FIELD_STRING, FIELD_AT(struct row, string) },
		{ .type = FIELD_STRING, FIELD_AT(struct row, absent) },
		{ .type = FIELD_NAME, FIELD_AT(struct row, name) },
		{ .type = FIELD_INTEGER, FIELD_AT(struct row, integer) },
		{ .type = FIELD_TIME, FIELD_AT(struct row, time) },
		{ .type = FIELD_TIME, FIELD_AT(struct row, never) },
		{ .type = FIELD_BOOL, FIELD_AT(struct row, on) },
		{ .type = FIELD_BYTES, FIELD_AT(struct row, bytes) },
		{ .type = FIELD_EMPTY_LIST },
		{ .type = FIELD_EMPTY_OBJECT },
		{ .type = FIELD_JSON, FIELD_AT(struct row, json) },
		{ .type = FIELD_JSON, FIELD_AT(struct row, none) },
	};
	const struct row row = { .text = "t",
		.string = "s",
		.name = { .display = "N", .key = "n" },
		.integer = -7,
		.time = 1000,
		.on = true,
		.json = "[{\"a\":1}]" };
	struct sink sink = { 0 };
	struct json_writer w;
	char buffer[512];

	(void)state;
	json_start(&w, buffer, sizeof(buffer), sink_take, &sink);
	json_open_list(&w);
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		json_field(&w, &fields[i], &row);
	json_close_list(&w);
	assert_string_equal(finish(&w, &sink),
	    "[\"t\",\"s\",null,\"N\",-7,"
	    "\"1970-01-01T00:00:01.000Z\",null,true,null,[],{},"
	    "[{\"a\":1}],null]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_brackets_are_in_place),
		cmocka_unit_test(a_buffer_of_any_size_gives_the_same_text),
		cmocka_unit_test(
		    what_fills_the_buffer_to_its_end_is_not_flushed),
		cmocka_unit_test(
		    a_value_longer_than_the_buffer_is_written_whole),
		cmocka_unit_test(every_control_character_is_escaped),
		cmocka_unit_test(what_needs_no_escape_is_left_alone),
		cmocka_unit_test(quotes_and_backslashes_cannot_end_a_string),
		cmocka_unit_test(every_byte_is_escaped_wherever_it_stands),
		cmocka_unit_test(a_failed_flush_stops_the_writer_for_good),
		cmocka_unit_test(without_a_flush_what_does_not_fit_fails),
		cmocka_unit_test(the_fields_of_a_struct_become_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
