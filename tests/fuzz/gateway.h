/*
 * A gateway without a web server, in place of src/edge/gateway.c: one request
 * from a text of `NAME=value` lines, an empty line and the body.
 */
#ifndef TENANTRY_TESTS_FUZZ_GATEWAY_H
#define TENANTRY_TESTS_FUZZ_GATEWAY_H

#include "edge/gateway.h"

/*
 * The next request; what the last one left is given back.  Where the text has
 * no CONTENT_LENGTH it is that of the body.
 */
struct gateway *fuzz_request(const void *data, size_t size);

/* A request with one parameter more, or another value of it; both copied. */
void fuzz_param(struct gateway *gateway, const char *name, const char *value);

/* What was written, NUL-terminated; lives until the next request. */
const char *fuzz_answer(const struct gateway *gateway, size_t *length);

#endif
