/*
 * What a request says, by the tables of its row: the query and the body.
 */
#ifndef TENANTRY_SERVE_DECODE_H
#define TENANTRY_SERVE_DECODE_H

#include "api/call.h"
#include "http/route.h"

enum { DECODE_EARLY = 4096 }; /* bytes, before the caller is known */

/* The query, and the body to a struct; what is wrong goes to `fault`. */
enum err decode_request(
    struct call *call, const struct route *route, struct fault *fault);

/*
 * Reads the body first if it says what the route is about
 * (ROUTE_NAMED_BY_BODY), since the caller's right depends on it.  A large body,
 * or one that names nothing, is read only for a good credential.
 * decode_request() reports what is wrong with other members.
 */
enum err decode_target(struct call *call, const struct route *route);

#endif
