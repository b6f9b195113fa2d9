#include "http/cookie.h"

#include <string.h>
#include <strings.h>

#define TOKEN_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* --- where ---------------------------------------------------------------- */

static bool begins_with(const char *text, const char *begin)
{
	return strncasecmp(text, begin, strlen(begin)) == 0;
}

/* What the web server says. */
static bool is_https(struct request *rq)
{
	const char *https = request_header(rq, "HTTPS");

	return https != NULL && strcasecmp(https, "off") != 0;
}

bool cookie_is_tls(struct request *rq)
{
	return begins_with(rq->prefix, "https://") ||
	    (!begins_with(rq->prefix, "http://") && is_https(rq));
}

/* What follows scheme and host of a URL; a path is its own. */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");

	return url[0] != '/' && host != NULL ? host + 3 + strcspn(host + 3, "/")
					     : url;
}

/*
 * The mount as the browser sees it: what its path has before PATH_INFO.  NULL
 * if that does not come out.
 */
static const char *outer_mount(struct request *rq)
{
	const char *uri = request_header(rq, "REQUEST_URI");
	const char *info = request_header(rq, "PATH_INFO");
	const char *script = request_header(rq, "SCRIPT_NAME");
	size_t length, tail, script_length = script ? strlen(script) : 0;

	if (uri == NULL || info == NULL)
		return NULL;
	uri = path_of(uri);
	length = strcspn(uri, "?#");
	tail = strlen(info);
	if (length < tail || strncmp(uri + length - tail, info, tail) != 0)
		return NULL;
	length -= tail;
	/* mounted at /v1: that belongs to the routes (http/request.c) */
	if (script_length >= 3 &&
	    strcmp(script + script_length - 3, "/v1") == 0 && length >= 3 &&
	    strncmp(uri + length - 3, "/v1", 3) == 0)
		length -= 3;
	return arena_copy(rq->mem, uri, length);
}

const char *cookie_mount(struct request *rq)
{
	const char *outer = rq->is_prefix_set ? NULL : outer_mount(rq);

	return outer != NULL ? outer : path_of(rq->prefix);
}

static const char *name_of(struct request *rq)
{
	if (!cookie_is_tls(rq))
		return request_is_loopback(rq) ? "tenantry" : NULL;
	return cookie_mount(rq)[0] == '\0' ? "__Host-tenantry"
					   : "__Secure-tenantry";
}

/* --- read ----------------------------------------------------------------- */

static bool is_token(const char *text, size_t length)
{
	return length > 0 && length <= COOKIE_TOKEN_MAX &&
	    strspn(text, TOKEN_CHARACTERS) >= length;
}

/* One `name=value` (RFC 6265 section 4.2.1), up to a semicolon. */
static void read_pair(
    struct request *rq, const char *name, const char *pair, struct cookies *out)
{
	size_t name_length = strlen(name), length;

	if (strncmp(pair, name, name_length) != 0 || pair[name_length] != '=')
		return;
	pair += name_length + 1;
	length = strcspn(pair, "; \t");
	/* one that says nothing is none */
	if (length == 0 || out->count == COOKIES_MAX)
		return;
	out->tokens[out->count++] = is_token(pair, length)
	    ? arena_copy(rq->mem, pair, length)
	    : "-";
}

static struct cookies read_all(struct request *rq, const char *name)
{
	const char *header = request_header(rq, "HTTP_COOKIE");
	struct cookies found = { .count = 0 };

	if (name == NULL || header == NULL)
		return found;
	while (*header != '\0') {
		header += strspn(header, "; \t");
		read_pair(rq, name, header, &found);
		header += strcspn(header, ";");
	}
	return found;
}

struct cookies cookie_read(struct request *rq)
{
	return read_all(rq, name_of(rq));
}

const char *cookie_find(struct request *rq, const char *name)
{
	struct cookies found = read_all(rq, name);

	return found.count > 0 ? found.tokens[0] : NULL;
}

/* --- begin and end -------------------------------------------------------- */

bool cookie_takes_mount(const char *mount)
{
	return mount[strcspn(mount, "; \t\r\n,\"\\")] == '\0';
}

/* A folder of a user: its neighbours' pages have the same origin. */
static bool has_tilde(const char *mount)
{
	return strstr(mount, "/~") != NULL || strstr(mount, "/%7E") != NULL ||
	    strstr(mount, "/%7e") != NULL;
}

static enum err refuse(struct request *rq, enum err err, const char *why)
{
	const char *host = request_header(rq, "HTTP_HOST");
	const char *mount = path_of(rq->prefix);
	bool can_be_shown = host != NULL &&
	    host[strspn(host,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
		"qrstuvwxyz0123456789.:-[]")] == '\0' &&
	    strlen(host) + strlen(mount) < 100;

	return fault_refuse(&rq->fault, err, CAUSE_ADDRESS,
	    "%s: public_prefix = https://%s%s", why,
	    can_be_shown ? host : "your-host", can_be_shown ? mount : "");
}

enum err cookie_check(struct request *rq, const struct config *config)
{
	if (begins_with(rq->prefix, "http://") && is_https(rq))
		return refuse(rq, ERR_NO_SIGN_IN,
		    "public_prefix says http, but this request came by TLS:"
		    " let the operator write");
	if (!cookie_takes_mount(cookie_mount(rq)))
		return refuse(rq, ERR_NO_SIGN_IN,
		    "no cookie can be set for this path: let the operator"
		    " write");
	if (name_of(rq) == NULL)
		return refuse(rq, ERR_NO_SIGN_IN,
		    "sessions need TLS, and this request came without: use"
		    " https, or, if a proxy ends TLS, let the operator write");
	if (config->sessions_on_shared_origin ||
	    !(config->shared_origin || has_tilde(cookie_mount(rq)) ||
		has_tilde(path_of(rq->prefix))))
		return ERR_NONE;
	return fault_refuse(&rq->fault, ERR_SHARED_ORIGIN, CAUSE_ADDRESS, "%s",
	    err_detail(ERR_SHARED_ORIGIN));
}

void cookie_set(struct response *rs, const char *token)
{
	struct request *rq = rs->rq;
	const char *mount = cookie_mount(rq);
	const char *name = name_of(rq);

	if (name == NULL || !cookie_takes_mount(mount))
		return;
	response_header(rs, "Set-Cookie",
	    arena_print(rq->mem,
		"%s=%s; Path=%s/%s%s; HttpOnly;"
		" SameSite=Strict",
		name, token != NULL ? token : "", mount,
		token != NULL ? "" : "; Max-Age=0",
		cookie_is_tls(rq) ? "; Secure" : ""));
}
