#include "store/audit_change.h"

#include <string.h>

#include "edge/json.h"

enum {
	ESCAPED = 6,      /* bytes of one byte of a text, at most */
	MEMBER_SIZE = 64, /* of a name, and of a number or a time */
	FIRST_ROOM = 1024
};

static bool is_left_out(const struct audit_member *member)
{
	if (member->type == AUDIT_NUMBER)
		return false;
	if (member->type == AUDIT_TIME)
		return member->number == 0;
	return member->text == NULL || member->text[0] == '\0';
}

static size_t size_of(const struct audit_member *members, size_t count)
{
	size_t size = MEMBER_SIZE;

	for (size_t i = 0; i < count; i++) {
		size += MEMBER_SIZE;
		if (members[i].text != NULL)
			size += ESCAPED * strlen(members[i].text);
	}
	return size;
}

static void put(struct json_writer *w, const struct audit_member *member)
{
	json_key(w, member->name);
	switch (member->type) {
	case AUDIT_TEXT:
		json_text(w, member->text);
		break;
	case AUDIT_JSON:
		json_raw(w, member->text, strlen(member->text));
		break;
	case AUDIT_NUMBER:
		json_integer(w, member->number);
		break;
	case AUDIT_TIME:
		json_time(w, member->number);
		break;
	}
}

const char *audit_change(
    struct arena *mem, const struct audit_member *members, size_t count)
{
	size_t size = size_of(members, count);
	char *text = arena_alloc(mem, size);
	struct json_writer w;

	/* one byte less: it ends with a NUL */
	json_start(&w, text, size - 1, NULL, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < count; i++)
		if (!is_left_out(&members[i]))
			put(&w, &members[i]);
	json_close_object(&w);
	return text;
}

/* --- lists ---------------------------------------------------------------- */

struct collecting {
	struct arena *mem;
	char *text;
	size_t length, room;
};

/* With what is between, and room for the end. */
static void collect(struct collecting *c, const char *value)
{
	size_t length = strlen(value);

	if (c->length + length + 3 > c->room) {
		size_t room = 2 * (c->room + FIRST_ROOM);
		char *wider = arena_alloc(c->mem, room);

		if (c->length > 0)
			memcpy(wider, c->text, c->length);
		c->text = wider;
		c->room = room;
	}
	c->text[c->length] = c->length == 0 ? '[' : ',';
	c->length++;
	memcpy(c->text + c->length, value, length);
	c->length += length;
}

enum err audit_list(struct store *st, const struct statement *statement,
    const struct db_value *values, const char **list)
{
	struct statement_word row;
	const struct db_query query = { statement->text, values,
		statement->values, false };
	const struct db_target target = { { { &statement_word_table, &row } },
		1, 0 };
	struct collecting c = { .mem = st->mem };
	bool more = false;
	enum err err = db_select(st->db, &query, &target);

	while (!err && !(err = db_next(st->db, &more)) && more)
		if (c.length <= AUDIT_LIST_MAX)
			collect(&c, row.value);
	*list = "";
	if (c.length > AUDIT_LIST_MAX)
		*list = "null";
	else if (c.length > 0) {
		c.text[c.length] = ']';
		*list = c.text;
	}
	return err;
}
