/*
 * Whether what the resources declare can be carried out: asked when the program
 * starts, so that a row that lacks something is never served.
 */
#ifndef TENANTRY_SERVE_DECLARED_H
#define TENANTRY_SERVE_DECLARED_H

#include "http/route.h"

/*
 * ERR_INTERNAL, and the fault names the route, where an operation lacks what
 * its kind needs, reads with another scope than its route, has a step with more
 * values than fit, or shares the letter of its entity tags with another
 * resource.
 */
enum err declared_check(const struct route_table *routes, struct fault *fault);

#endif
