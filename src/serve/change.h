/*
 * Writes, once for all resources: read, judge, assert.  A statement reads the
 * row and what is known of the caller; C judges and makes the row as it is to
 * be; the transaction locks, asks whether all that is still so, and writes.
 * Where it is not, the row is read and judged again under the lock, so that of
 * many writers none is refused for being many.
 */
#ifndef TENANTRY_SERVE_CHANGE_H
#define TENANTRY_SERVE_CHANGE_H

#include "api/call.h"
#include "http/route.h"
#include "resource/module.h"
#include "store/repeat.h"

/* Carries out an operation that writes, and answers. */
enum err change_run(
    struct call *call, const struct route *route, struct response *rs);

/*
 * Answers a write that was made before: with its status, and with what it
 * showed as that is now, or null where the caller does not see it any more.
 */
enum err change_replay(struct call *call, const struct operation *does,
    const struct repeat_answer *kept, struct response *rs);

/*
 * For a removal of what the caller has not, or no longer has: 204 where the
 * trail says that it is done and was the caller's to do; else `refusal`.
 */
enum err change_is_done(struct call *call, const struct route *route,
    struct response *rs, enum err refusal);

#endif
