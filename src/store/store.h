/*
 * What every function of the store works with: the database, the memory, and
 * what is known of the request and of the write that is under way.  Knows no
 * table.
 */
#ifndef TENANTRY_STORE_STORE_H
#define TENANTRY_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/ulid.h"
#include "edge/db.h"
#include "model/licence.h"

/*
 * A write is known by the id of its (first) audit row, the same in every
 * attempt: a database that has the row has done it.
 */
struct write {
	char id[ULID_SIZE]; /* empty: none yet */
	bool is_entered;    /* the row stands in this attempt's transaction */
	bool is_unknown;    /* an attempt was cut while it was committed */
};

struct repeat;

struct store {
	struct db *db;
	struct arena *mem, lasting; /* of the request; of the process */
	struct map kept;            /* of statements, by their address */
	struct ulid_clock ids;
	int64_t now;            /* of the request, ms since 1970 */
	const char *request_id; /* for the audit trail */
	struct write write;     /* that is under way */
	struct repeat *repeat;  /* its key, NULL: none (store/repeat.h) */
	int64_t purge_from; /* tick: nothing to purge is looked for before */
	struct licence_days licence_days; /* the defaults, or the settings' */
	/* paths whose segments are no slugs (name_slug); NULL: none */
	const char *const *reserved;
};

/* The store begins over one database handle and the requests' arena. */
void store_init(struct store *st, struct db *db, struct arena *mem);
/* A request begins: its time, and no write yet. */
void store_begin(struct store *st, int64_t now);
/* Frees what the process keeps; the database handle is its owner's. */
void store_release(struct store *st);

#endif
