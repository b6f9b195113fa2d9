/*
 * The description of this API (OpenAPI 3.1), built in from openapi.json.
 */
#ifndef TENANTRY_API_OPENAPI_H
#define TENANTRY_API_OPENAPI_H

#include <stddef.h>

extern const char openapi_json[];
extern const size_t openapi_json_length;

#endif
