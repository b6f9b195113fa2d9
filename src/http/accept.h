/*
 * Whether the client takes JSON (RFC 9110 section 12.5.1).
 */
#ifndef TENANTRY_HTTP_ACCEPT_H
#define TENANTRY_HTTP_ACCEPT_H

#include "http/request.h"

/* ERR_NOT_ACCEPTABLE where Accept rules JSON out. */
enum err accept_check(struct request *rq);

#endif
