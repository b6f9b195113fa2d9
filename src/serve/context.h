/*
 * Which organization a request is about: what its path and the two headers of
 * the context say, and whether they agree.
 */
#ifndef TENANTRY_SERVE_CONTEXT_H
#define TENANTRY_SERVE_CONTEXT_H

#include "api/call.h"
#include "http/route.h"

/* What a header of the context says against a path. */
struct context_objection {
	bool is_header;        /* what it names is not the caller's */
	bool is_contradiction; /* it is another organization than the path's */
};

/* Fills call->asker.ask from the row, the path and the headers. */
void context_ask(struct call *call, const struct route_match *match);

/*
 * A path that names its organization, and a header of the context that names
 * another one: the header is looked at first, as on routes of the context.
 * ERR_NO_RESOURCE for a contradiction, or what the header alone gives.
 */
enum err context_check(struct call *call, const struct route *route,
    struct context_objection *objection);

#endif
