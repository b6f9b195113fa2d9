#include "edge/db_guard.h"

#include "base/clock.h"
#include "edge/db_internal.h"

void db_set_guard(struct db *db, db_guard guard, void *context)
{
	db->guard = guard;
	db->guard_context = context;
}

enum err db_ask_guard(struct db *db)
{
	unsigned count = db->query_count;
	enum err err;

	if (db->guard == NULL || db->is_guarding || db->in_transaction ||
	    (db->guarded != 0 &&
		clock_tick() - db->guarded < DB_GUARD_SECONDS * 1000000LL))
		return ERR_NONE;
	db->is_guarding = true;
	err = db->guard(db->guard_context);
	db->is_guarding = false;
	db->query_count = count;
	db->guarded = err ? 0 : clock_tick();
	return err;
}
