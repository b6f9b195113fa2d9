#include "http/credential.h"

#include <string.h>
#include <strings.h>

/* What follows a scheme's name (RFC 9110 section 11.4), or NULL. */
static const char *after_scheme(const char *header, const char *scheme)
{
	size_t length = strlen(scheme);

	if (header == NULL || strncasecmp(header, scheme, length) != 0 ||
	    header[length] != ' ')
		return NULL;
	header += length;
	return header + strspn(header, " ");
}

struct presented credential_of(struct request *rq)
{
	const char *key = request_header(rq, "HTTP_X_BINDPLANE_API_KEY");
	const char *authorization, *basic;

	if (key == NULL)
		key = request_header(rq, "HTTP_X_API_KEY");
	if (key != NULL)
		return (struct presented){ SCHEME_KEY, key };
	authorization = request_authorization(rq);
	key = after_scheme(authorization, "Bearer");
	if (key != NULL)
		return (struct presented){ SCHEME_KEY, key };
	basic = after_scheme(authorization, "Basic");
	if (basic != NULL)
		return (struct presented){ SCHEME_BASIC, basic };
	return (struct presented){ authorization != NULL ? SCHEME_UNKNOWN
							 : SCHEME_NONE,
		authorization };
}

enum err credential_check(struct request *rq)
{
	const char *a = request_header(rq, "HTTP_X_BINDPLANE_API_KEY");
	const char *b = request_header(rq, "HTTP_X_API_KEY");

	if (a == NULL || b == NULL || strcmp(a, b) == 0)
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_BAD_REQUEST,
	    "X-Bindplane-Api-Key and X-Api-Key have different keys: send one"
	    " of the two");
}
