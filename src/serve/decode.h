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
 * Where the body says what the route is about (ROUTE_NAMED_BY_BODY), it is read
 * before the caller's right is asked: a large one, and one that names nothing,
 * only of somebody whose credential is good.  What is wrong with other members
 * is left to decode_request().
 */
enum err decode_target(struct call *call, const struct route *route);

#endif
