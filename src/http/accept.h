/*
 * What the client takes: JSON, or what else a route offers (RFC 9110 section
 * 12.5.1).
 */
#ifndef TENANTRY_HTTP_ACCEPT_H
#define TENANTRY_HTTP_ACCEPT_H

#include "http/request.h"

/* At a tie the first counts. */
enum accept_kind {
	ACCEPT_JSON,
	ACCEPT_NDJSON, /* a JSON value a line */
	ACCEPT_CSV,    /* RFC 4180 */
	ACCEPT_HTML,
	ACCEPT_JWT, /* RFC 7519 */
	ACCEPT_KINDS
};

#define ACCEPT_BIT(kind_) (1u << (kind_))

/* ERR_NOT_ACCEPTABLE if Accept rules out JSON and all that is offered. */
enum err accept_check(struct request *rq, unsigned offered);

/* The kind of highest weight, of JSON and those offered; ACCEPT_KINDS: none. */
enum accept_kind accept_best(struct request *rq, unsigned offered);

/* A browser: it names text/html and not JSON. */
bool accept_wants_page(struct request *rq);

#endif
