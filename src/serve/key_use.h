/*
 * On which day an API key was last used: written once a day, after the answer,
 * so that no request waits for it or fails by it.
 */
#ifndef TENANTRY_SERVE_KEY_USE_H
#define TENANTRY_SERVE_KEY_USE_H

#include "store/caller.h"

struct key_use {
	int64_t from; /* tick: it is not tried before */
};

/* Enters that the caller's key, if there is one, was used today. */
void key_use_write(
    struct key_use *use, struct store *st, const struct caller *caller);

#endif
