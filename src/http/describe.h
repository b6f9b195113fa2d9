/*
 * What the description of the API (OpenAPI) says of a route in words, beside
 * its row: parameters, schemas and statuses follow from the row itself
 * (serve/openapi.h).
 */
#ifndef TENANTRY_HTTP_DESCRIBE_H
#define TENANTRY_HTTP_DESCRIBE_H

#include <stddef.h>

#include "base/err.h"
#include "base/field.h"

struct operation;

/* A body: the members that it has; `member=value` where it is not the field's
 * own example. */
struct describe_body {
	const char *name;
	const char *members; /* a space between */
};

/* What a `{name}` of the pattern is, where the scope does not say it. */
struct describe_path {
	const char *name;
	const char *component; /* what it is called in the description */
	const char *says;
	const struct domain *domain;
	const char *example;
};

/*
 * The answer of a route with a function of its own.  In schema and example,
 * JSON is written with ' in place of "; #Name is a reference to a schema, @Kind
 * the example of a resource.  If there is no schema, the answer shows the
 * operation that the route names in `seen`.
 */
struct describe_answer {
	int status;
	const char *schema; /* its name; NULL: the body is empty */
	const char *text, *example;
	bool has_location; /* of 201 */
	bool is_document;  /* it has an entity tag, and is for everybody */
	const char *page;  /* what a browser gets in its place, or NULL */
	const char *token; /* what application/jwt gets, or NULL */
	const char *plain; /* what it is as text, in place of JSON; or NULL */
	const char *plain_type;       /* of that; NULL: text/plain */
	const struct domain *uses[3]; /* that `text` refers to */
};

struct describe {
	const char *tag; /* one of those of serve/openapi_parts.c */
	const char *summary;
	const char *says;    /* NULL: the summary is enough */
	const char *answer;  /* what a success brings */
	const char *created; /* of 201, where there is another one too */
	const struct operation *created_by; /* of 201; NULL: that of the row */
	const struct operation *other; /* that answers some requests, or NULL */
	/* the body */
	const char *body; /* name of its schema, without `Body` */
	const char *body_says;
	const struct field_table *more; /* members that its table cannot say */
	const char *forms; /* it has exactly one member: a name for each */
	const struct describe_body *bodies; /* examples */
	size_t body_count;
	/* problems that neither the row nor its plans show; ends with 0 */
	const enum err *problems;
	const struct describe_path *path; /* or NULL */
	const struct describe_answer *function;
};

#define BODIES(...) \
	.bodies = (const struct describe_body[]){ __VA_ARGS__ }, \
	.body_count = sizeof((const struct describe_body[]){ __VA_ARGS__ }) / \
	    sizeof(struct describe_body)
#define PROBLEMS(...) \
	.problems = (const enum err[]) \
	{ \
		__VA_ARGS__, ERR_NONE \
	}

#endif
