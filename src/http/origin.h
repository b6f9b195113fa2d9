/*
 * Pages of other origins: what they may (CORS), and that none of them writes
 * with a password that a browser has remembered.
 */
#ifndef TENANTRY_HTTP_ORIGIN_H
#define TENANTRY_HTTP_ORIGIN_H

#include "edge/config.h"
#include "http/response.h"

/* Marks the answer as one that a listed origin may read. */
void origin_begin(struct response *rs, const struct config *config);

/* Answers OPTIONS, a preflight or not; rs->allow has the methods. */
enum err respond_options(struct response *rs);

/*
 * ERR_CROSS_SITE where a method that may change something comes with Basic from
 * a page of another origin that is not listed; or with a session from any page
 * of another origin, or without X-Requested-With and Content-Type:
 * application/json.
 */
enum err origin_check(struct response *rs, const struct config *config);

/* The same for a form of a page of ours, which has no header of its own. */
enum err origin_check_form(struct response *rs, const struct config *config);

/* The same for the request that signs in, whatever credential it has. */
enum err origin_check_sign_in(struct response *rs, const struct config *config);

#endif
