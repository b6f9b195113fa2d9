/*
 * The cookie of a session: what it is called and where it counts at the
 * address that the request came to, and what the request has of it.
 */
#ifndef TENANTRY_HTTP_COOKIE_H
#define TENANTRY_HTTP_COOKIE_H

#include "edge/config.h"
#include "http/response.h"

enum { COOKIES_MAX = 8, COOKIE_TOKEN_MAX = 64 };

/* The tokens of all cookies of our name; those that can be none are left out,
 * but `count` is more than 0 if there was one. */
struct cookies {
	const char *tokens[COOKIES_MAX]; /* in the request's memory */
	size_t count;
};

/* Whether the browser's connection is TLS: by public_prefix, else HTTPS. */
bool cookie_is_tls(struct request *rq);

/*
 * The path that a browser has before those of the routes, without a slash at
 * its end: of public_prefix, as it is set, else as the browser sees it.
 */
const char *cookie_mount(struct request *rq);
/* Whether it can stand in Set-Cookie and does not end there. */
bool cookie_takes_mount(const char *mount);

/* The first cookie of that name if it can be a token of ours, or NULL. */
const char *cookie_find(struct request *rq, const char *name);

/*
 * Reads the cookies of a session.  None on plain HTTP, except on loopback, so
 * that no other place can set one for us.
 */
struct cookies cookie_read(struct request *rq);

/*
 * Whether a session may begin at this address: ERR_NO_SIGN_IN without TLS, with
 * the setting to write, or ERR_SHARED_ORIGIN.
 */
enum err cookie_check(struct request *rq, const struct config *config);

/* Set-Cookie with the token; NULL: the browser is to forget it. */
void cookie_set(struct response *rs, const char *token);

#endif
