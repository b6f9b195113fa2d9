/*
 * What the service says of itself: the answer that is written from all modules
 * is handed down by the room that sees them.
 */
#ifndef TENANTRY_RESOURCE_SERVICE_H
#define TENANTRY_RESOURCE_SERVICE_H

#include "api/call.h"

/* The description of the API; defined by serve/openapi.c. */
enum err service_openapi(struct call *call, struct response *rs);

#endif
