#include "http/list.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/ulid.h"
#include "model/name.h"

/* --- CSV (RFC 4180) ------------------------------------------------------- */

/* Secrets leave the service as JSON only. */
static bool is_column(const struct field *field)
{
	return field->member != NULL && !(field->flags & FIELD_SECRET);
}

static void put(struct json_writer *json, const char *text)
{
	json_bytes(json, text, strlen(text));
}

/*
 * Always quoted.  A spreadsheet takes a cell that begins with one of these for
 * a formula: an apostrophe before it makes it a text.
 */
static void put_cell(struct json_writer *json, const char *text)
{
	put(json,
	    *text != '\0' && strchr("=+-@\t\r", *text) != NULL ? "\"'" : "\"");
	for (;;) {
		size_t length = strcspn(text, "\"");

		json_bytes(json, text, length);
		text += length;
		if (*text == '\0')
			break;
		put(json, "\"\"");
		text++;
	}
	put(json, "\"");
}

static void put_number(
    struct json_writer *json, const struct field *field, const char *at)
{
	char buffer[CLOCK_TEXT_SIZE + 24] = "";
	struct text text = text_in(buffer, sizeof(buffer));
	int64_t value;

	memcpy(&value, at, sizeof(value));
	if (field->type == FIELD_CREATED)
		clock_print(ulid_time(at), buffer);
	else if (field->type == FIELD_INTEGER)
		text_put_number(&text, value);
	else if (value != 0)
		clock_print(value, buffer);
	put_cell(json, buffer);
}

static void put_value(
    struct json_writer *json, const struct field *field, const void *row)
{
	const char *at = (const char *)row + field->offset;
	const char *text = NULL;
	bool is_true;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_JSON:
	case FIELD_LABELS:
		put_cell(json, at);
		break;
	case FIELD_STRING:
		memcpy(&text, at, sizeof(text));
		put_cell(json, text ? text : "");
		break;
	case FIELD_NAME:
		put_cell(
		    json, ((const struct name *)(const void *)at)->display);
		break;
	case FIELD_INTEGER:
	case FIELD_TIME:
	case FIELD_CREATED:
	case FIELD_SECONDS:
		put_number(json, field, at);
		break;
	case FIELD_BOOL:
		memcpy(&is_true, at, sizeof(is_true));
		put_cell(json, is_true ? "true" : "false");
		break;
	case FIELD_EMPTY_LIST:
		put_cell(json, "[]");
		break;
	case FIELD_EMPTY_OBJECT:
		put_cell(json, "{}");
		break;
	case FIELD_BYTES:
		put_cell(json, "");
		break;
	}
}

/* The path of a member in the JSON of its resource, or of what has that. */
static void put_path(
    struct json_writer *json, const char *as, const struct field *field)
{
	static const char *const parts[] = {
		[PART_NONE] = "",
		[PART_METADATA] = "metadata.",
		[PART_SPEC] = "spec.",
		[PART_STATUS] = "status.",
		[PART_FLAT] = "",
	};

	put(json, "\"");
	if (as != NULL) {
		put(json, as);
		put(json, ".");
	}
	put(json, parts[field->part]);
	put(json, field->member);
	put(json, "\"");
}

static void put_names(struct json_writer *json, const char *as,
    const struct field_table *table, const char *between)
{
	for (size_t i = 0; i < table->count; i++) {
		if (!is_column(&table->rows[i]))
			continue;
		put(json, between);
		between = ",";
		put_path(json, as, &table->rows[i]);
	}
}

/* `row` NULL: as many empty cells. */
static void put_cells(struct json_writer *json, const void *row,
    const struct field_table *table, const char *between)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];

		if (!is_column(field))
			continue;
		put(json, between);
		between = ",";
		if (row == NULL)
			put_cell(json, "");
		else
			put_value(json, field, row);
	}
}

static void put_header(struct list *list)
{
	struct json_writer *json = &list->rs->json;

	put_names(json, list->as, &list->resource->table, "");
	if (list->beside != NULL)
		put_names(json, list->beside_as, &list->beside->table, ",");
	put(json, "\r\n");
}

void list_line(struct list *list, const void *row, const void *beside)
{
	struct json_writer *json = &list->rs->json;

	put_cells(json, row, &list->resource->table, "");
	if (list->beside != NULL)
		put_cells(json, beside, &list->beside->table, ",");
	put(json, "\r\n");
}

/* --- all ------------------------------------------------------------------ */

static const char *type_of(enum accept_kind kind)
{
	switch (kind) {
	case ACCEPT_NDJSON:
		return "application/x-ndjson";
	case ACCEPT_CSV:
		return "text/csv; charset=utf-8";
	default:
		return "application/json";
	}
}

void list_open(struct list *list)
{
	struct json_writer *json = &list->rs->json;

	response_type(list->rs, 200, type_of(list->kind));
	response_vary(list->rs, "Accept");
	if (list->kind == ACCEPT_CSV)
		put_header(list);
	if (list->kind != ACCEPT_JSON)
		return;
	json_open_object(json);
	json_key(json, list->member);
	json_open_list(json);
}

void list_put(struct list *list, const void *row)
{
	if (list->kind == ACCEPT_CSV) {
		list_line(list, row, NULL);
		return;
	}
	represent_resource(list->rs, list->resource, row);
	if (list->kind == ACCEPT_NDJSON)
		json_end_line(&list->rs->json);
}

enum err list_close(struct list *list)
{
	struct json_writer *json = &list->rs->json;

	if (list->kind == ACCEPT_JSON) {
		json_close_list(json);
		json_close_object(json);
	}
	return json->failed;
}
