/*
 * What a handler works with: the request, the caller, the decoded body and
 * the store.
 */
#ifndef TENANTRY_API_CALL_H
#define TENANTRY_API_CALL_H

#include "edge/config.h"
#include "edge/slots.h"
#include "http/query.h"
#include "http/represent.h"
#include "http/request.h"
#include "store/caller.h"

struct openapi_kept;
struct route_match;

struct call {
	struct request *rq;
	struct store *st;
	const struct config *config;
	const struct slots_file *slots; /* for hashing */
	struct openapi_kept *openapi;
	struct asker asker;
	bool has_credential; /* of a public route that takes one */
	const struct route_match *match;
	struct query query;
	const void *body; /* the struct of the route's body table */
};

/*
 * ERR_FORBIDDEN and the fault, with one word for what was needed, and the role
 * of the caller in the organization as what there is.
 */
enum err call_refuse(
    struct call *call, enum cause cause, const char *needed, const char *why);

#endif
