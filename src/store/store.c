#include "store/store.h"

#include <string.h>

void store_init(struct store *st, struct db *db, struct arena *mem)
{
	memset(st, 0, sizeof(*st));
	st->db = db;
	st->mem = mem;
	st->licence_days = (struct licence_days)LICENCE_DAYS_DEFAULT;
	arena_init(&st->lasting);
	map_init(&st->kept);
}

void store_begin(struct store *st, int64_t now)
{
	st->now = now;
	st->request_id = NULL;
	st->repeat = NULL;
	memset(&st->write, 0, sizeof(st->write));
}

void store_release(struct store *st)
{
	map_release(&st->kept);
	arena_release(&st->lasting);
}
