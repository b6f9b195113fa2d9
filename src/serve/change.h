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

/* Carries out an operation that writes, and answers. */
enum err change_run(
    struct call *call, const struct route *route, struct response *rs);

/*
 * For a removal that was refused with ERR_NO_RESOURCE: 204 where the trail says
 * that it is done already, and that it was the caller's to do; else `refusal`.
 */
enum err change_is_done(struct call *call, const struct route *route,
    struct response *rs, enum err refusal);

#endif
