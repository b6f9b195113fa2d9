/*
 * Requests and their answers, a line of JSON each, in the file that the variable
 * TENANTRY_CALLS names: what tests/openapi/calls.mjs holds against the
 * description.  Without the variable nothing is written.
 */
#ifndef TENANTRY_TESTS_WALK_RECORD_H
#define TENANTRY_TESTS_WALK_RECORD_H

#include "client.h"

/* `file` and `test` say where the call was made.  False: it is not written. */
bool record_call(const char *file, const char *test,
    const struct message *message, const struct answer *answer);

#endif
