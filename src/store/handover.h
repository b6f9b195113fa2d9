/*
 * A secret is shown once.  It is handed over before the transaction that makes
 * it valid is committed: if it cannot be shown, nothing is made.
 */
#ifndef TENANTRY_STORE_HANDOVER_H
#define TENANTRY_STORE_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct handover {
	enum err (*give)(void *context); /* an error rolls back */
	void *context;
	bool is_done; /* by an attempt that the database made run again */
};

/* For the last step of a transaction's body; NULL: there is no secret. */
static inline enum err handover_do(struct handover *handover)
{
	enum err err;

	if (handover == NULL || handover->is_done)
		return ERR_NONE;
	err = handover->give(handover->context);
	handover->is_done = err == ERR_NONE;
	return err;
}

#endif
