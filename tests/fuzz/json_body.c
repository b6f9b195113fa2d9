/*
 * Request bodies, against every body table of the routes: what is decoded is
 * valid UTF-8 within its bounds, and decodes to the same when it is written
 * and read again.
 */
#include "edge/json.h"
#include "edge/json_scan.h"
#include "fuzz.h"
#include "model/name.h"
#include "resource/module.h"

enum { ROOM = 1 << 16 };

static void check_field(const struct field *field, const char *row)
{
	const char *at = row + field->offset;
	const struct name *name = (const void *)at;
	const char *text;
	int64_t value;

	switch (field->type) {
	case FIELD_NAME:
		MUST(fuzz_is_utf8(name->display, strlen(name->display)));
		MUST(fuzz_is_utf8(name->key, strlen(name->key)));
		break;
	case FIELD_STRING:
		memcpy(&text, at, sizeof(text));
		MUST(text == NULL || fuzz_is_utf8(text, strlen(text)));
		break;
	case FIELD_INTEGER:
		memcpy(&value, at, sizeof(value));
		MUST(value >= 0 && value < INT64_C(1) << 53);
		break;
	default:
		break;
	}
}

/* Absent, where null would be refused. */
static bool is_left_out(const struct field *field, const void *row)
{
	const char *text, *at = (const char *)row + field->offset;

	if (field->type == FIELD_LABELS)
		return *at == '\0';
	if (!(field->flags & FIELD_STRICT))
		return false;
	if (field->type == FIELD_NAME)
		return *at == '\0';
	if (field->type != FIELD_STRING)
		return false;
	memcpy(&text, at, sizeof(text));
	return text == NULL;
}

/* What was decoded, as JSON; absent texts are null, which is absent too. */
static size_t write_row(
    const struct field_table *table, const void *row, char *buffer)
{
	struct json_writer w;

	json_start(&w, buffer, ROOM, NULL, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < table->count; i++) {
		if (is_left_out(&table->rows[i], row))
			continue;
		json_key(&w, table->rows[i].member);
		json_field(&w, &table->rows[i], row);
	}
	json_close_object(&w);
	return w.failed == ERR_NONE ? w.used : 0;
}

static void try_again(
    struct arena *mem, const struct route *route, const void *row)
{
	char *first = arena_alloc(mem, ROOM), *second = arena_alloc(mem, ROOM);
	void *again = arena_alloc(mem, route->body_size);
	size_t at, members, length = write_row(route->body, row, first);

	if (length == 0) /* a text that fills the buffer when escaped */
		return;
	MUST(json_scan(first, length, SIZE_MAX, &at, &members) == NULL);
	MUST(json_decode(mem, (struct json_source){ first, length },
		 route->body, again, NULL) == ERR_NONE);
	MUST(write_row(route->body, again, second) == length);
	MUST(memcmp(first, second, length) == 0);
}

/* The same object with a member twice, once escaped, is refused. */
static void try_duplicate(
    struct arena *mem, const struct route *route, struct json_source source)
{
	const char *open = memchr(source.text, '{', source.length);
	size_t rest = source.length - (size_t)(open + 1 - source.text);
	const char *more = open + 1;
	void *row = arena_alloc(mem, route->body_size);
	char *text;

	while (rest > 0 && strchr(" \t\r\n", *more) != NULL) {
		more++;
		rest--;
	}
	text = arena_print(mem, "{\"x\":0,\"\\u0078\":0%s%.*s",
	    *more == '}' ? "" : ",", (int)rest, more);
	MUST(json_decode(mem, (struct json_source){ text, strlen(text) },
		 route->body, row, NULL) == ERR_BAD_BODY);
}

static void try_route(
    struct arena *mem, const struct route *route, struct json_source source)
{
	char *row = arena_alloc(mem, route->body_size);
	struct fault fault = { .code = ERR_NONE };
	enum err err = json_decode(mem, source, route->body, row, &fault);

	if (err != ERR_NONE) {
		MUST(err == ERR_BAD_BODY || err == ERR_BAD_FIELD);
		MUST(fault.code == err && fault.detail[0] != '\0');
		MUST(fuzz_is_utf8(fault.detail, strlen(fault.detail)));
		return;
	}
	MUST(fuzz_is_utf8(source.text, source.length));
	for (size_t i = 0; i < route->body->count; i++)
		check_field(&route->body->rows[i], row);
	try_again(mem, route, row);
	try_duplicate(mem, route, source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct field_table *last = NULL;
	struct json_source source = { (const char *)data, size };
	struct route_table routes;
	struct arena mem;

	arena_init(&mem);
	routes = modules_routes(&mem);
	for (size_t i = 0; i < routes.count; i++) {
		if (routes.rows[i]->body != NULL &&
		    routes.rows[i]->body != last)
			try_route(&mem, routes.rows[i], source);
		last = routes.rows[i]->body;
	}
	arena_release(&mem);
	return 0;
}
