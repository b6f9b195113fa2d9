/*
 * On which day an API key was last used, and in which minute a session:
 * written after the answer, so that no request waits for it or fails by it.
 */
#ifndef TENANTRY_SERVE_KEY_USE_H
#define TENANTRY_SERVE_KEY_USE_H

#include "store/caller.h"

struct key_use {
	int64_t from;     /* tick: it is not tried before */
	int session_idle; /* seconds after which a session ends */
};

/*
 * Records that the caller's key or session was used now; does nothing for a
 * caller with a password.
 */
void key_use_write(
    struct key_use *use, struct store *st, const struct caller *caller);

#endif
