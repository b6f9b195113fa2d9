/*
 * What the description says of every route alike: its head, the headers, and
 * the schema of problems.
 */
#ifndef TENANTRY_SERVE_OPENAPI_PARTS_H
#define TENANTRY_SERVE_OPENAPI_PARTS_H

#include "serve/openapi_document.h"

/* A parameter of a request, or a header of an answer. */
struct parameter {
	const char *component; /* what it is called; NULL: written in place */
	const char *in;        /* header, path or query; NULL: of an answer */
	struct field field;    /* its name is the member */
};

/* The members before `paths`: info, servers, security and tags. */
void openapi_put_head(struct document *d, const char *server);

void openapi_put_security(struct document *d);

/* A parameter of a request: a reference, or all of it. */
void openapi_put_parameter(
    struct document *d, const struct parameter *parameter);

/* The same for one of the headers that a request may have, by its name here. */
void openapi_put_request_header(struct document *d, const char *component);

/* A header of an answer as a member of `headers`, by its name here. */
void openapi_put_header(struct document *d, const char *component);
/* Those of a route with ROUTE_LIMITED. */
void openapi_put_rate(struct document *d);

/* {"$ref": …} to the schema of problems. */
void openapi_put_problem(struct document *d);

/* The same to that of a dry run. */
void openapi_put_dry_run_schema(struct document *d);

/* Whether the answer of a GET has an entity tag. */
bool openapi_has_tag(const struct route *route);

#endif
