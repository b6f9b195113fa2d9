/*
 * The description of the API (OpenAPI 3.1), written from the tables: the routes
 * and their words, the fields, the query tables, the plans and the errors.
 */
#ifndef TENANTRY_SERVE_OPENAPI_H
#define TENANTRY_SERVE_OPENAPI_H

#include "base/arena.h"

/*
 * The document, for a server at this URL; owned by the arena.  NULL: it is
 * larger than anybody has thought of (a defect).
 */
const char *openapi_text(struct arena *mem, const char *server, size_t *length);

#endif
