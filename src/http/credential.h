/*
 * The credential of a request that counts, by its headers alone: a key header;
 * the cookie of a session, if the request has X-Requested-With; Bearer; Basic;
 * the cookie.  Knows not whether it is right.
 */
#ifndef TENANTRY_HTTP_CREDENTIAL_H
#define TENANTRY_HTTP_CREDENTIAL_H

#include "http/cookie.h"

enum scheme {
	SCHEME_NONE,
	SCHEME_KEY,     /* in a header of its own, or as Bearer */
	SCHEME_BASIC,   /* what a browser sends unasked, too */
	SCHEME_SESSION, /* what a browser sends unasked, too */
	SCHEME_UNKNOWN  /* an Authorization that is neither */
};

struct presented {
	enum scheme scheme;
	const char *text;       /* what follows the scheme's name; NULL: none */
	struct cookies cookies; /* of SCHEME_SESSION */
};

struct presented credential_of(struct request *rq);

/*
 * ERR_BAD_REQUEST where two API keys differ: of the two key headers, and of
 * Bearer if that has one of ours.
 */
enum err credential_check(struct request *rq);

#endif
