/*
 * How many requests a network address may send to some of the public routes,
 * and how many organizations a user may create in an hour.
 */
#ifndef TENANTRY_API_LIMIT_H
#define TENANTRY_API_LIMIT_H

#include "api/call.h"
#include "http/response.h"
#include "http/route.h"

/*
 * Counts a request without a credential to a route with ROUTE_LIMITED, and
 * puts RateLimit-Policy and RateLimit into the answer.  ERR_THROTTLED; 503 if
 * it cannot be counted.
 */
enum err limit_check(
    struct call *call, const struct route *route, struct response *rs);

/*
 * The same for a known caller who creates an organization: by the user, in an
 * hour, with the setting `create_rate`; system administrators do not count.
 */
enum err limit_create(struct call *call, struct response *rs);

#endif
