#include "ctl/print.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
	LINE_SIZE = 4096,
	LABEL_WIDTH = 16, /* of a line for a member */
	TEXT_WIDTH = 26,  /* of a column; an id fits */
	NUMBER_WIDTH = 8
};

/* --- text ----------------------------------------------------------------- */

/* A member as text, in `buffer` if it has to be made. */
static const char *text_of(
    const struct field *field, const void *row, char buffer[LINE_SIZE])
{
	const char *at = (const char *)row + field->offset;
	int64_t number = 0;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_JSON:
		return at;
	case FIELD_BOOL:
		return *(const bool *)at ? "yes" : "no";
	case FIELD_TIME:
		memcpy(&number, at, sizeof(number));
		buffer[0] = '\0';
		if (number != 0)
			clock_print(number, buffer);
		return buffer;
	default:
		memcpy(&number, at, sizeof(number));
		(void)snprintf(buffer, LINE_SIZE, "%lld", (long long)number);
		return buffer;
	}
}

static int width_of(const struct field *field)
{
	int name = (int)strlen(field->member), width = NUMBER_WIDTH;

	if (field->type == FIELD_TIME)
		width = CLOCK_TEXT_SIZE - 1;
	else if (field->type == FIELD_TEXT)
		width = field->size < TEXT_WIDTH ? (int)field->size - 1
						 : TEXT_WIDTH;
	return name > width ? name : width;
}

/* Characters, not bytes; a wide one counts as one. */
static int length_of(const char *text)
{
	int length = 0;

	for (; *text != '\0'; text++)
		length += ((unsigned char)*text & 0xC0) != 0x80;
	return length;
}

/* A cell and what lies between it and the next one. */
static void print_cell(const char *text, int width, bool is_last)
{
	int fill = width - length_of(text);

	if (*text == '\0') {
		text = "-";
		fill--;
	}
	(void)printf("%s%*s", text, is_last ? 0 : fill > 0 ? fill + 2 : 2, "");
}

static void print_line(const struct field_table *table, const void *row)
{
	char buffer[LINE_SIZE];

	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];

		print_cell(
		    row == NULL ? field->member : text_of(field, row, buffer),
		    width_of(field), i + 1 == table->count);
	}
	(void)putchar('\n');
}

static void print_lines(const struct field_table *table, const void *row)
{
	char buffer[LINE_SIZE];

	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		const char *text = text_of(field, row, buffer);

		(void)printf("%-*s %s\n", LABEL_WIDTH, field->member,
		    *text == '\0' ? "-" : text);
	}
}

/* --- JSON ----------------------------------------------------------------- */

static enum err flush(void *context, const char *data, size_t length)
{
	(void)context;
	return fwrite(data, 1, length, stdout) == length ? ERR_NONE
							 : ERR_INTERNAL;
}

static void print_object(
    const struct field_table *table, const void *row, const char *after)
{
	struct json_writer w;
	char buffer[LINE_SIZE];

	json_start(&w, buffer, sizeof(buffer), flush, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		const char *text = (const char *)row + field->offset;

		json_key(&w, field->member);
		if (field->type == FIELD_TEXT && *text == '\0')
			json_text(&w, NULL);
		else
			json_field(&w, field, row);
	}
	json_close_object(&w);
	(void)flush(NULL, w.buffer, w.used);
	(void)fputs(after, stdout);
}

/* --- all ------------------------------------------------------------------ */

void print_one(
    const struct ctl *ctl, const struct field_table *table, const void *row)
{
	if (ctl->options[OPTION_JSON] != NULL)
		print_object(table, row, "\n");
	else
		print_lines(table, row);
}

int print_single(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter)
{
	struct listing_page *page = listing_begin(&ctl->mem, id, filter);
	bool more;
	enum err err;

	if ((err = listing_next(&ctl->store, page, &more)))
		return ctl_store_failed(ctl, err);
	if (page->count == 0)
		return ctl_fail("it has just been deleted");
	print_one(ctl, listing_table(id), listing_row(page, 0));
	return CTL_DONE;
}

int print_result(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter)
{
	struct listing_page *page;
	bool more;
	enum err err;

	if (ctl->options[OPTION_JSON] == NULL)
		return CTL_DONE;
	page = listing_begin(&ctl->mem, id, filter);
	if ((err = listing_next(&ctl->store, page, &more)))
		return ctl_store_failed(ctl, err);
	if (page->count > 0)
		print_object(listing_table(id), listing_row(page, 0), "\n");
	return CTL_DONE;
}

static void print_page(const struct ctl *ctl, const struct listing_page *page,
    const struct field_table *table, bool is_first)
{
	bool is_json = ctl->options[OPTION_JSON] != NULL;

	for (size_t i = 0; i < page->count; i++) {
		const void *row = listing_row(page, i);

		if (!is_json) {
			print_line(table, row);
			continue;
		}
		if (!is_first || i > 0)
			(void)fputs(",\n", stdout);
		print_object(table, row, "");
	}
}

int print_list(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter)
{
	const struct field_table *table = listing_table(id);
	struct listing_page *page = listing_begin(&ctl->mem, id, filter);
	bool is_json = ctl->options[OPTION_JSON] != NULL, is_first = true;
	enum err err;

	for (bool more = true; more; is_first = false) {
		db_begin_request(ctl->store.db);
		if ((err = listing_next(&ctl->store, page, &more)))
			return ctl_store_failed(ctl, err);
		if (is_first && is_json)
			(void)putchar('[');
		else if (is_first)
			print_line(table, NULL);
		print_page(ctl, page, table, is_first);
		if (ferror(stdout))
			break; /* run() reports it */
	}
	if (is_json)
		(void)fputs("]\n", stdout);
	return CTL_DONE;
}

int print_list_of(
    struct ctl *ctl, enum listing_id id, const struct ctl_names *names)
{
	struct admin_place place;
	const struct listing_filter filter = {
		.organization_id = place.organization_id,
		.project_id = place.project_id
	};
	int status = ctl_place_find(ctl, names, &place);

	return status != CTL_DONE ? status : print_list(ctl, id, &filter);
}
