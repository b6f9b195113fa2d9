/*
 * The description of the API (OpenAPI 3.1), written from the tables: the routes
 * and their words, the fields, the query tables, the plans and the errors.
 */
#ifndef TENANTRY_SERVE_OPENAPI_H
#define TENANTRY_SERVE_OPENAPI_H

#include "base/arena.h"

/*
 * The last document, for the next request of the same server: to write it takes
 * some ms.  Begins as zeros; openapi_forget() frees it.
 */
struct openapi_kept {
	struct arena mem;
	const char *server; /* NULL: none is kept */
	const char *text;
	size_t length;
};
void openapi_forget(struct openapi_kept *kept);

/*
 * The document, for a server at this URL; owned by the arena.  NULL: it is
 * larger than anybody has thought of (a defect).
 */
const char *openapi_text(struct arena *mem, const char *server, size_t *length);

#endif
