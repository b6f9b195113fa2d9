#include "store/read.h"

struct reader {
	struct store *st;
	bool has_first; /* a row is in the structs and was not yielded yet */
};

static enum err next(struct rows *rows, bool *more)
{
	struct reader *reader = rows->source;

	if (reader->has_first) {
		reader->has_first = false;
		*more = true;
		return ERR_NONE;
	}
	return db_next(reader->st->db, more);
}

enum err read_rows(struct store *st, struct asker *asker,
    const struct statement *statement, const struct read *read,
    struct rows *rows)
{
	struct reader *reader = arena_alloc(st->mem, sizeof(*reader));
	enum err err = caller_select(
	    st, asker, statement, read->values, read->into);

	if (err)
		return err;
	reader->st = st;
	reader->has_first = read->id[0] != '\0';
	if (!reader->has_first)
		db_finish(st->db);
	rows->next = next;
	rows->source = reader;
	return ERR_NONE;
}

enum err read_known(struct store *st, const struct statement *statement,
    const struct read *read, struct rows *rows)
{
	struct reader *reader = arena_alloc(st->mem, sizeof(*reader));
	const struct db_query query = { statement->text, read->values,
		statement->values, false };
	const struct db_target target = {
		{ { statement->tables[0], read->into[0] } }, 1, 0
	};

	*reader = (struct reader){ .st = st };
	*rows = (struct rows){ next, reader };
	return db_select(st->db, &query, &target);
}
