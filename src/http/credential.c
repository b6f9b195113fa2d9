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

static struct presented of_header(enum scheme scheme, const char *text)
{
	return (struct presented){ .scheme = scheme, .text = text };
}

static struct presented of_authorization(struct request *rq)
{
	const char *authorization = request_authorization(rq);
	const char *key = after_scheme(authorization, "Bearer"), *basic;

	if (key != NULL)
		return of_header(SCHEME_KEY, key);
	basic = after_scheme(authorization, "Basic");
	if (basic != NULL)
		return of_header(SCHEME_BASIC, basic);
	return of_header(authorization != NULL ? SCHEME_UNKNOWN : SCHEME_NONE,
	    authorization);
}

struct presented credential_of(struct request *rq)
{
	const char *key = request_header(rq, "HTTP_X_BINDPLANE_API_KEY");
	struct presented session = { .scheme = SCHEME_SESSION }, other;

	if (key == NULL)
		key = request_header(rq, "HTTP_X_API_KEY");
	if (key != NULL)
		return of_header(SCHEME_KEY, key);
	session.cookies = cookie_read(rq);
	if (session.cookies.count > 0 && request_is_script(rq))
		return session;
	other = of_authorization(rq);
	if (session.cookies.count > 0 && other.scheme != SCHEME_KEY &&
	    other.scheme != SCHEME_BASIC)
		return session;
	return other;
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
