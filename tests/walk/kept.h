/*
 * The rows of the whole database as they were: what a walk has written is
 * undone.
 */
#ifndef TENANTRY_TESTS_WALK_KEPT_H
#define TENANTRY_TESTS_WALK_KEPT_H

#include "world.h"

struct kept {
	const char *restore, *drop; /* scripts */
};

/* Copies every table into one beside it. */
struct kept kept_make(struct world *world);

/* Puts the rows back. */
void kept_restore(struct world *world, const struct kept *kept);

/* Drops the copies. */
void kept_drop(struct world *world, const struct kept *kept);

#endif
