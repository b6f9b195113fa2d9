#include "serve/key_use.h"

#include "base/clock.h"
#include "store/api_key.h"

/* A database that only reads must not be asked behind every answer. */
enum { PAUSE = 10000000 /* us, after it could not be written */ };

void key_use_write(
    struct key_use *use, struct store *st, const struct caller *caller)
{
	enum err err;

	if (caller->key_id[0] == '\0' || caller->is_key_used_today ||
	    clock_tick() < use->from)
		return;
	db_begin_request(st->db);
	err = api_key_use(st, caller->key_id);
	if (err == ERR_UNAVAILABLE || err == ERR_INTERNAL)
		use->from = clock_tick() + PAUSE;
	db_end_request(st->db);
}
