/*
 * Schemas and examples of the description, from the tables of fields.
 */
#ifndef TENANTRY_SERVE_OPENAPI_SCHEMA_H
#define TENANTRY_SERVE_OPENAPI_SCHEMA_H

#include "serve/openapi_document.h"

/* One value of this type and domain. */
void openapi_schema(struct document *d, const struct field *field);

/* A domain that is referred to by name; NULL: none. */
void openapi_remember(struct document *d, const struct domain *domain);

/* The same as a member of `properties`; and its alias, which is deprecated. */
void openapi_put_member(struct document *d, const struct field *field);
void openapi_put_alias(struct document *d, const struct field *field);

/* An example of one: `value`, or what the field or its domain has. */
void openapi_put_example(
    struct document *d, const struct field *field, const char *value);

/* The body of a request (serve/openapi_body.c). */
struct component openapi_request_body(const struct route *route);

/* A reference to the schema of a resource (serve/openapi_resource.c). */
void openapi_put_kind(struct document *d, const struct shape *shape);

/* The component of what an operation or a function answers with
 * (serve/openapi_answer.c). */
struct component openapi_answer_schema(
    struct document *d, const struct route *route);

/* What a dry run of a removal, or of a licence, answers. */
void openapi_put_dry_run(struct document *d, const struct route *route);

/* What it answers as the member `example`, where there is one. */
void openapi_put_answer(struct document *d, const struct route *route);

#endif
