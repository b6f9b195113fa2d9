#include "serve/key_use.h"

#include "base/clock.h"
#include "store/api_key.h"
#include "store/session.h"

/* A database that only reads must not be asked behind every answer. */
enum { PAUSE = 10000000 /* us, after it could not be written */ };

/* Whether the use of the key or session is to be stored now. */
static bool is_due(const struct caller *caller)
{
	if (caller->session_id[0] != '\0')
		return !caller->is_session_seen;
	return caller->key_id[0] != '\0' && !caller->is_key_used_today;
}

void key_use_write(
    struct key_use *use, struct store *st, const struct caller *caller)
{
	enum err err;

	if (!is_due(caller) || clock_tick() < use->from)
		return;
	db_begin_request(st->db);
	err = caller->session_id[0] != '\0'
	    ? session_use(st, caller->session_id, use->session_idle)
	    : api_key_use(st, caller->key_id);
	if (err == ERR_UNAVAILABLE || err == ERR_INTERNAL)
		use->from = clock_tick() + PAUSE;
	db_end_request(st->db);
}
