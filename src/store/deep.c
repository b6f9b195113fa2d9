#include "store/deep.h"

#include <string.h>

#include "edge/name.h"

enum { IDS_SHOWN = 5, ID_SIZE = 64 };

/* A row that breaks an invariant, or that is to be looked at. */
struct suspect {
	char id[ID_SIZE]; /* two with a slash between for a binding */
	char display[NAME_DISPLAY_SIZE];
	char key[NAME_KEY_SIZE];
};

static const struct field id_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct suspect, id) },
};
const struct field_table deep_id_table = FIELD_TABLE(id_fields);

static const struct field name_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct suspect, id) },
	{ .column = "display",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct suspect, display) },
	{ .column = "name_key",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct suspect, key) },
};
const struct field_table deep_name_table = FIELD_TABLE(name_fields);

static bool is_folded(const struct suspect *row, deep_make_name *make)
{
	struct name name;

	return make(row->display, strlen(row->display), &name) == NULL &&
	    strcmp(name.display, row->display) == 0 &&
	    strcmp(name.key, row->key) == 0;
}

struct breaks {
	int64_t count;
	const char *ids; /* the first ones, a comma between */
};

static void keep(struct store *st, struct breaks *breaks, const char *id)
{
	breaks->count++;
	if (breaks->count == 1)
		breaks->ids = arena_text(st->mem, id);
	else if (breaks->count <= IDS_SHOWN)
		breaks->ids = arena_print(st->mem, "%s, %s", breaks->ids, id);
}

static enum err ask(
    struct store *st, const struct invariant *invariant, struct breaks *breaks)
{
	const struct statement *statement = &invariant->statement;
	struct suspect row;
	const struct db_query query = {
		.text = statement->text,
		.is_once = true,
	};
	const struct db_target target = {
		.segments = { { statement->tables[0], &row } },
		.count = 1,
	};
	bool more;
	enum err err = db_select(st->db, &query, &target);

	while (!err && !(err = db_next(st->db, &more)) && more) {
		if (invariant->make == NULL ||
		    !is_folded(&row, invariant->make))
			keep(st, breaks, row.id);
	}
	return err;
}

int deep_check(struct store *st, void (*report)(const char *line))
{
	int broken = 0;

	for (size_t i = 0; i < (size_t)deep_count; i++) {
		struct breaks breaks = { 0, "" };

		if (ask(st, &deep_invariants[i], &breaks))
			return -1;
		if (breaks.count == 0)
			continue;
		broken++;
		report(arena_print(st->mem, "%s (%lld): %s%s",
		    deep_invariants[i].broken, (long long)breaks.count,
		    breaks.ids, breaks.count > IDS_SHOWN ? ", ..." : ""));
	}
	return broken;
}
