/*
 * The JSON writer: any text is written so that it reads back as itself, and
 * the same however small the buffer is.  The first byte is the buffer's size.
 */
#include "edge/json.h"
#include "edge/json_scan.h"
#include "fuzz.h"

struct sheet {
	const char *text;
};

static const struct field sheet_rows[] = {
	{ .member = "text",
	    .type = FIELD_STRING,
	    FIELD_AT(struct sheet, text) },
};
static const struct field_table sheet_table = FIELD_TABLE(sheet_rows);

struct pile {
	char *text;
	size_t used, room;
};

static enum err collect(void *context, const char *data, size_t length)
{
	struct pile *pile = context;

	MUST(length <= pile->room - pile->used);
	memcpy(pile->text + pile->used, data, length);
	pile->used += length;
	return ERR_NONE;
}

/* All that a document can hold, with the text as a value. */
static void write_text(struct json_writer *w, const char *text)
{
	json_open_object(w);
	json_key(w, "text");
	json_text(w, text);
	json_key(w, "rest");
	json_open_list(w);
	json_integer(w, INT64_MIN + (int64_t)strlen(text));
	json_boolean(w, true);
	json_text(w, NULL);
	json_time(w, (int64_t)strlen(text));
	json_open_object(w);
	json_key(w, "last");
	json_raw(w, "{}", 2);
	json_close_object(w);
	json_close_list(w);
	json_close_object(w);
}

/* Gives the whole document, written through a buffer of `size` bytes. */
static struct pile write_through(
    struct arena *mem, const char *text, size_t size)
{
	struct pile pile = { NULL, 0, 12 * strlen(text) + 256 };
	char *buffer = arena_alloc(mem, size);
	struct json_writer w;

	pile.text = arena_alloc(mem, pile.room);
	json_start(&w, buffer, size, collect, &pile);
	write_text(&w, text);
	MUST(w.failed == ERR_NONE && w.depth == 0 && w.used <= size);
	(void)collect(&pile, buffer, w.used);
	return pile;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sheet sheet = { NULL };
	struct pile large, small;
	size_t at, members;
	struct arena mem;
	char *text;

	if (size == 0 || !fuzz_is_utf8((const char *)data + 1, size - 1))
		return 0;
	text = fuzz_text(data + 1, size - 1);
	arena_init(&mem);
	large = write_through(&mem, text, 13 * size + 256);
	small = write_through(&mem, text, data[0] > 0 ? data[0] : 1);
	MUST(large.used == small.used);
	MUST(memcmp(large.text, small.text, large.used) == 0);
	MUST(
	    json_scan(large.text, large.used, SIZE_MAX, &at, &members) == NULL);
	MUST(members == 3);
	MUST(json_decode(&mem, (struct json_source){ large.text, large.used },
		 &sheet_table, &sheet, NULL) == ERR_NONE);
	/* an empty one counts as absent */
	MUST(strcmp(sheet.text != NULL ? sheet.text : "", text) == 0);
	arena_release(&mem);
	free(text);
	return 0;
}
