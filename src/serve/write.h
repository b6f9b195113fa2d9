/*
 * Safe writes: Idempotency-Key, so that one may be sent again, and If-Match, so
 * that it changes what its sender has seen.  See docs/decisions/0013.
 */
#ifndef TENANTRY_SERVE_WRITE_H
#define TENANTRY_SERVE_WRITE_H

#include "api/call.h"
#include "http/route.h"

/* Whether the request has a header of these: its caller is found first. */
bool write_has_headers(struct call *call);

/*
 * Answers a write of a caller who may make it: as it was answered before, or
 * by the route's handler.  ERR_BAD_REQUEST, ERR_KEY_REUSED, ERR_KEY_IN_USE,
 * ERR_PRECONDITION, ERR_PRECONDITION_REQUIRED, or what the handler says.
 */
enum err write_perform(
    struct call *call, const struct route *route, struct response *rs);

/*
 * What If-Match and If-None-Match ask of a row with entity tags of this kind
 * and this version (0: there is none yet), or of its organization, whose
 * version is then what the lock asks for.  Kind 0 is the organization itself.
 * ERR_PRECONDITION, ERR_PRECONDITION_REQUIRED.
 */
enum err write_expect(struct call *call, char kind, int64_t version);

/*
 * The secret of an answer, readable for whoever sends the same request again
 * with the same API key; NULL: it is not kept, as there is no Idempotency-Key,
 * or the credential is a password, which a copy of the database could then be
 * tried for at the speed of a hash.
 */
const char *write_seal(struct call *call, const char *secret);
/* The secret; "" where this request does not open it. */
const char *write_unseal(struct call *call, const char *sealed);

/*
 * What write_perform() does, for a caller who may not write; `refusal` is in
 * rq->fault.  The same write may have been made before, and have taken the
 * right to it away: then its answer is given again.
 */
enum err write_refused(struct call *call, const struct route *route,
    struct response *rs, enum err refusal);

#endif
