/*
 * Tells the programs of before that a migration is coming which they must not
 * serve beside, and waits until each of them knows.
 */
#ifndef TENANTRY_STORE_ANNOUNCE_H
#define TENANTRY_STORE_ANNOUNCE_H

#include "store/schema.h"

/*
 * To be called before the first migration behind `state`, when the table
 * schema_migrations is there.  If one of them needs a later program than the
 * schema of now, a row with the number 0 says so: workers ask for the schema
 * every DB_GUARD_SECONDS, and answer 503 from then on.  Returns when so many
 * seconds have passed since the row was entered, by this run or one that was
 * cut off.  Else nothing is entered and nobody waits.
 */
enum err announce_begin(struct store *st, const struct schema_state *state);

/* The migrations are done: their own rows say what the schema needs. */
enum err announce_end(struct store *st);

#endif
