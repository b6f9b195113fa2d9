/*
 * THE table of routes, and the bodies that they take.
 */
#ifndef TENANTRY_API_ROUTES_H
#define TENANTRY_API_ROUTES_H

#include "http/route.h"

extern const struct route routes[];
extern const size_t route_count;

#endif
