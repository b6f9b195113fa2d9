#include "http/credential.h"

#include <string.h>
#include <strings.h>

#include "model/key_text.h"

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

/* Another token with Bearer is not ours: a proxy may have added it. */
static const char *bearer_key(struct request *rq)
{
	static const char prefix[] = KEY_TEXT_PREFIX;
	const char *text = after_scheme(request_authorization(rq), "Bearer");

	return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0
	    ? text
	    : NULL;
}

enum err credential_check(struct request *rq)
{
	const struct {
		const char *name, *key;
	} places[] = {
		{ "X-Bindplane-Api-Key",
		    request_header(rq, "HTTP_X_BINDPLANE_API_KEY") },
		{ "X-Api-Key", request_header(rq, "HTTP_X_API_KEY") },
		{ "Authorization", bearer_key(rq) },
	};
	size_t count = sizeof(places) / sizeof(places[0]), first = 0;

	while (first < count && places[first].key == NULL)
		first++;
	for (size_t i = first + 1; i < count; i++)
		if (places[i].key != NULL &&
		    strcmp(places[i].key, places[first].key) != 0)
			return fault_set(&rq->fault, ERR_BAD_REQUEST,
			    "%s and %s have different keys: send one of the"
			    " two",
			    places[first].name, places[i].name);
	return ERR_NONE;
}
