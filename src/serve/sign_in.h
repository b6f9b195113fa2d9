/*
 * A page to sign in without a script: a form, and the session's cookie.
 */
#ifndef TENANTRY_SERVE_SIGN_IN_H
#define TENANTRY_SERVE_SIGN_IN_H

#include <stdbool.h>

#include "api/call.h"
#include "http/response.h"
#include "http/route.h"

/* Whether the path is the page's; then `match` has a row for the log. */
bool sign_in_is_asked(const struct request *rq, struct route_match *match);

/*
 * The form, or what it has sent: 303 to the doctor's page or the console, with
 * the cookie of a session.  A refusal is the page again, with the reason.
 */
enum err sign_in_answer(
    struct call *call, struct response *rs, const struct route_match *match);

#endif
