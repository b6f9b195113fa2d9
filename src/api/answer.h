/*
 * What a write is answered with, known before the write is made: where the
 * request has an idempotency key, the answer is kept in the transaction.
 */
#ifndef TENANTRY_API_ANSWER_H
#define TENANTRY_API_ANSWER_H

#include "api/call.h"

struct answer {
	/* Puts it into a response; the write has been made. */
	enum err (*give)(const struct answer *answer, struct response *rs);
	struct call *call;
	int status;
	const void *subject; /* what it tells of */
};

/* A `give`: the status and no body. */
enum err answer_empty(const struct answer *answer, struct response *rs);

/*
 * To be called before the store's function that writes; the answer, and what it
 * tells of, must live until that returns.
 */
void answer_promise(struct answer *answer);

#endif
