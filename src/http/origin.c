#include "http/origin.h"

#include <string.h>
#include <strings.h>

#include "edge/config_web.h"
#include "http/cookie.h"
#include "http/credential.h"

enum { ASKED_MAX = 1024 };

/* Whether `origin` stands in the list of allowed ones, word for word. */
static bool is_listed(const char *list, const char *origin)
{
	size_t length = strlen(origin);

	while (*list != '\0') {
		size_t word = strcspn(list, " ");

		if (word == length && strncmp(list, origin, length) == 0)
			return true;
		list += word;
		list += strspn(list, " ");
	}
	return false;
}

void origin_begin(struct response *rs, const struct config *config)
{
	const char *origin = request_header(rs->rq, "HTTP_ORIGIN");

	if (config->cors_origins == NULL || config->cors_origins[0] == '\0')
		return;
	rs->vary = "Origin";
	if (origin != NULL && is_listed(config->cors_origins, origin))
		rs->origin = origin;
}

/* A list of tokens (RFC 9110 section 5.6), short enough to be said again. */
static bool is_list_of_names(const char *text)
{
	static const char token[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789!#$%&'*+-.^_`|~";
	const char *at = text;

	if (strlen(text) > ASKED_MAX)
		return false;
	do {
		at += strspn(at, ", \t");
		at += strspn(at, token);
		at += strspn(at, " \t");
	} while (*at == ',');
	return *at == '\0';
}

enum err respond_options(struct response *rs)
{
	const char *asked = request_header(
	    rs->rq, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");

	if (rs->origin != NULL) {
		response_header(rs, "Access-Control-Allow-Methods", rs->allow);
		if (asked != NULL && is_list_of_names(asked))
			response_header(
			    rs, "Access-Control-Allow-Headers", asked);
		response_header(rs, "Access-Control-Max-Age", "600");
	}
	return respond_empty(rs, 204);
}

/*
 * Whether it is the address that the request itself came to.  Behind a proxy
 * that ends TLS that begins with http; but a page of http is none of the
 * service's then, and anybody on the way can have written it.
 */
static bool is_own(struct request *rq, const char *origin)
{
	const char *host = request_header(rq, "HTTP_HOST");
	const char *https = request_header(rq, "HTTPS");
	bool is_tls = https != NULL && strcasecmp(https, "off") != 0;
	const char *scheme = is_tls ? "https://" : "http://";
	size_t length = strlen(scheme);

	return host != NULL && (is_tls || !cookie_is_tls(rq)) &&
	    strncmp(origin, scheme, length) == 0 &&
	    strcasecmp(origin + length, host) == 0;
}

static bool is_of_prefix(const char *prefix, const char *origin)
{
	size_t length = prefix != NULL ? config_origin_length(prefix) : 0;

	return length > 0 && strlen(origin) == length &&
	    strncmp(prefix, origin, length) == 0;
}

/* By what browsers of today say themselves, else by the origin. */
static bool is_from_elsewhere(struct request *rq, const char *prefix)
{
	const char *site = request_header(rq, "HTTP_SEC_FETCH_SITE");
	const char *origin = request_header(rq, "HTTP_ORIGIN");

	if (site != NULL &&
	    (strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0))
		return true;
	if (site != NULL &&
	    (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0))
		return false;
	return origin != NULL && !is_own(rq, origin) &&
	    !is_of_prefix(prefix, origin);
}

static enum err refuse(struct request *rq, const char *why)
{
	return fault_refuse(
	    &rq->fault, ERR_CROSS_SITE, CAUSE_CROSS_SITE, "%s", why);
}

static const char from_elsewhere[] =
    "a page of another origin has sent this with a session, or to sign in: if"
    " the page is the service's own, set public_prefix to its address";

/* A form of another page can send neither. */
static enum err check_session(struct response *rs, const struct config *config)
{
	struct request *rq = rs->rq;

	if (is_from_elsewhere(rq, config->public_prefix))
		return refuse(rq, from_elsewhere);
	if (!request_is_script(rq) || !request_has_json_type(rq))
		return refuse(rq,
		    "with a session this wants the headers X-Requested-With"
		    " and Content-Type: application/json: send both");
	return ERR_NONE;
}

/*
 * A browser says of each form where it comes from: by one of the two headers,
 * and by Origin in all that are still in use.
 */
enum err origin_check_form(struct response *rs, const struct config *config)
{
	rs->vary = "Origin, Sec-Fetch-Site";
	return is_from_elsewhere(rs->rq, config->public_prefix)
	    ? refuse(rs->rq, from_elsewhere)
	    : ERR_NONE;
}

enum err origin_check_sign_in(struct response *rs, const struct config *config)
{
	struct request *rq = rs->rq;

	if (rq->method == METHOD_GET)
		return ERR_NONE;
	rs->vary = "Origin, Sec-Fetch-Site";
	if (is_from_elsewhere(rq, config->public_prefix))
		return refuse(rq, from_elsewhere);
	if (!request_is_script(rq))
		return refuse(rq,
		    "to sign in this wants the header X-Requested-With: send"
		    " it with any value");
	return ERR_NONE;
}

enum err origin_check(struct response *rs, const struct config *config)
{
	struct request *rq = rs->rq;
	enum scheme scheme;

	if (rq->method == METHOD_GET)
		return ERR_NONE;
	scheme = credential_of(rq).scheme;
	if (scheme != SCHEME_BASIC && scheme != SCHEME_SESSION)
		return ERR_NONE;
	rs->vary = "Origin, Sec-Fetch-Site";
	if (scheme == SCHEME_SESSION)
		return check_session(rs, config);
	if (rs->origin != NULL || !is_from_elsewhere(rq, config->public_prefix))
		return ERR_NONE;
	return refuse(rq,
	    "a page of another origin has sent this with a login and password:"
	    " use an API key, or list the origin in cors_origins; if the page"
	    " is the service's own, set public_prefix to its address");
}
