/*
 * Whether the client takes JSON, or wants a page (RFC 9110 section 12.5.1).
 */
#ifndef TENANTRY_HTTP_ACCEPT_H
#define TENANTRY_HTTP_ACCEPT_H

#include "http/request.h"

/* ERR_NOT_ACCEPTABLE if Accept rules out JSON, and HTML if there is a page. */
enum err accept_check(struct request *rq, bool has_page);

/* A browser: it names text/html and not JSON. */
bool accept_wants_page(struct request *rq);

#endif
