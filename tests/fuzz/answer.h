/*
 * What every answer must be, whatever the request was: for the targets that
 * take whole requests.
 */
#ifndef TENANTRY_TESTS_FUZZ_ANSWER_H
#define TENANTRY_TESTS_FUZZ_ANSWER_H

#include "base/arena.h"
#include "gateway.h"

/*
 * Ends the run unless what the gateway was given is one CGI answer: header
 * lines without control characters, an allowed origin or none, and a body of
 * JSON that has the length that was said.  Gives the status.
 */
int fuzz_check_answer(struct arena *mem, struct gateway *gateway);

#endif
