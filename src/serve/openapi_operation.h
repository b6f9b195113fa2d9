/*
 * One operation of the description: what a row of the route table says.
 */
#ifndef TENANTRY_SERVE_OPENAPI_OPERATION_H
#define TENANTRY_SERVE_OPENAPI_OPERATION_H

#include "serve/openapi_document.h"

/* The operation as a member of the item of its path. */
void openapi_put_operation(struct document *d, const struct route *route);

/* Its parameters (serve/openapi_parameter.c). */
void openapi_put_parameters(struct document *d, const struct route *route);

#endif
