/*
 * How a request arrives can only be seen from one, so the same report answers
 * every method that a web server may hold back.
 */
#include "api/doctor.h"

#include <string.h>

#include "api/doctor_page.h"
#include "base/address.h"
#include "edge/config_check.h"
#include "http/accept.h"
#include "http/cookie.h"
#include "store/doctor.h"

/* What came from outside as an answer can show it. */
static const char *shown(struct request *rq, const char *text)
{
	char *copy = arena_text(rq->mem, text);

	for (char *at = copy; *at != '\0'; at++) {
		if (*at < 0x20 || *at > 0x7E)
			*at = '?';
	}
	return copy;
}

/* A parameter's text; "" where the web server passes none. */
static const char *text_of(struct request *rq, const char *name)
{
	const char *value = request_header(rq, name);

	return shown(rq, value != NULL ? value : "");
}

static void check_front(struct request *rq, struct findings *out)
{
	const char *server = text_of(rq, "SERVER_SOFTWARE");
	bool is_cgi = request_is_cgi(rq);

	finding_add(out, "front-server", FINDING_OK, "%s, %s",
	    *server != '\0' ? server : "it does not tell its name",
	    text_of(rq, "GATEWAY_INTERFACE"));
	if (!is_cgi) {
		finding_add(out, "gateway", FINDING_OK,
		    "FastCGI: the program stays and keeps its connection");
		return;
	}
	finding_add(out, "gateway", FINDING_WARN,
	    "plain CGI: each request starts the program and connects anew");
	finding_remedy(out, "use FastCGI where the web server has it");
}

static void check_socket(struct request *rq, struct findings *out)
{
	if (request_is_cgi(rq))
		return;
	if (!request_came_by_port(rq)) {
		finding_add(out, "socket", FINDING_OK,
		    "the web server reaches the program by a Unix socket");
		return;
	}
	finding_add(out, "socket", FINDING_WARN,
	    "the program listens on a TCP port: whoever can connect to it can"
	    " end the program and claim any client address");
	finding_remedy(out,
	    "use a Unix socket in a folder that is closed to others, or let"
	    " nobody but the web server reach the port");
}

/*
 * Failures are counted and logged by REMOTE_ADDR.  If that is a proxy's, all
 * its clients count as one.
 */
static void check_client(struct request *rq, struct findings *out)
{
	const char *address = shown(rq, rq->address);
	const char *chain = request_header(rq, "HTTP_X_FORWARDED_FOR");
	const char *remedy = "let the web server put the client's address"
			     " there, for this proxy alone: mod_remoteip"
			     " (Apache), realip (nginx), mod_extforward"
			     " (lighttpd)";

	if (chain == NULL)
		chain = request_header(rq, "HTTP_FORWARDED");
	if (chain != NULL && address_is_private(address) &&
	    strstr(chain, address) == NULL) {
		finding_add(out, "client-address", FINDING_FAIL,
		    "REMOTE_ADDR is %s, a proxy's: all its clients count as"
		    " one",
		    address);
		finding_remedy(out, "%s", remedy);
	} else if (address_is_loopback(address) && !request_is_loopback(rq)) {
		finding_add(out, "client-address", FINDING_WARN,
		    "REMOTE_ADDR is %s, but the request was for %s: a proxy on"
		    " this machine hides its clients",
		    address, text_of(rq, "HTTP_HOST"));
		finding_remedy(
		    out, "let the proxy send X-Forwarded-For, and %s", remedy);
	} else {
		finding_add(out, "client-address", FINDING_OK,
		    "REMOTE_ADDR is %s", address);
	}
}

static void check_authorization(struct request *rq, struct findings *out)
{
	if (request_header(rq, "HTTP_AUTHORIZATION") != NULL) {
		finding_add(
		    out, "authorization", FINDING_OK, "Authorization arrives");
		return;
	}
	if (request_authorization(rq) != NULL) {
		finding_add(out, "authorization", FINDING_OK,
		    "Authorization arrives as REDIRECT_HTTP_AUTHORIZATION,"
		    " which the program reads too");
		return;
	}
	finding_add(out, "authorization", FINDING_WARN,
	    "this request had none, or the web server has kept it back");
	finding_remedy(out,
	    "send the API key as Authorization: Bearer; if this line stays,"
	    " set CGIPassAuth On (Apache), or use X-Api-Key");
}

/* The method on the way in; another one may have been asked for by a header. */
static void check_method(struct request *rq, struct findings *out)
{
	const char *sent = text_of(rq, "REQUEST_METHOD");
	const char *meant = rq->is_head ? "HEAD"
					: request_method_name(rq->method);

	if (strcmp(sent, meant) != 0)
		finding_add(out, "method", FINDING_OK,
		    "%s arrives and is taken as %s, as its header asks", sent,
		    meant);
	else
		finding_add(out, "method", FINDING_OK, "%s arrives%s", sent,
		    rq->method == METHOD_GET
			? "; PUT, PATCH and DELETE are tried by sending them"
			  " to this address, where they change nothing"
			: "");
}

/*
 * What clients put before the path of a route: the raw path less PATH_INFO.
 * NULL where that does not come out.
 */
static const char *outer_prefix(struct request *rq)
{
	const char *uri = text_of(rq, "REQUEST_URI");
	const char *info = text_of(rq, "PATH_INFO");
	size_t length, tail = strlen(info);

	if (strstr(uri, "://") != NULL && uri[0] != '/') {
		uri = strchr(strstr(uri, "://") + 3, '/');
		uri = uri != NULL ? uri : "";
	}
	length = strcspn(uri, "?#");
	if (length < tail || strncmp(uri + length - tail, info, tail) != 0)
		return NULL;
	return arena_copy(rq->mem, uri, length - tail);
}

static void check_path(struct request *rq, struct findings *out)
{
	const char *info = text_of(rq, "PATH_INFO");
	const char *script = text_of(rq, "SCRIPT_NAME");

	if (request_header(rq, "REQUEST_URI") == NULL) {
		finding_add(out, "path-info", FINDING_WARN,
		    "PATH_INFO is %s; the web server passes no REQUEST_URI, so"
		    " paths with %%2F or empty segments cannot be refused",
		    info);
		finding_remedy(out, "let it pass REQUEST_URI");
		return;
	}
	if (outer_prefix(rq) == NULL) {
		finding_add(out, "path-info", FINDING_WARN,
		    "PATH_INFO %s is not how the request's path ends: %s", info,
		    text_of(rq, "REQUEST_URI"));
		finding_remedy(
		    out, "let the rewriting rules pass the path on as it is");
		return;
	}
	finding_add(out, "path-info", FINDING_OK,
	    "PATH_INFO is %s, SCRIPT_NAME is %s", info,
	    *script != '\0' ? script : "empty");
}

/* What follows scheme and host of a URL; a path is its own. */
static const char *path_of(const char *prefix)
{
	const char *host = strstr(prefix, "://");

	return host != NULL ? host + 3 + strcspn(host + 3, "/") : prefix;
}

static void check_prefix(struct call *call, struct findings *out)
{
	struct request *rq = call->rq;
	const char *outer = outer_prefix(rq);
	const char *prefix = shown(rq, rq->prefix);

	if (outer == NULL || strcmp(outer, path_of(prefix)) == 0) {
		finding_add(out, "prefix", FINDING_OK, "links begin with %s%s",
		    *prefix != '\0' ? prefix : "/",
		    call->config->public_prefix != NULL ? " (public_prefix)"
							: "");
		return;
	}
	if (call->config->public_prefix != NULL) {
		finding_add(out, "prefix", FINDING_WARN,
		    "links begin with %s (public_prefix), but this request"
		    " came by %s",
		    prefix, *outer != '\0' ? outer : "/");
		finding_remedy(out,
		    "correct public_prefix, unless a proxy in front changes"
		    " the path");
		return;
	}
	finding_add(out, "prefix", FINDING_WARN,
	    "links begin with %s, but this request came by %s",
	    *prefix != '\0' ? prefix : "/", *outer != '\0' ? outer : "/");
	finding_remedy(out, "public_prefix = %s%s",
	    *outer != '\0' ? "" : "https:// and the name of the host", outer);
}

static const char *sign_in_remedy(enum err refused)
{
	return refused == ERR_SHARED_ORIGIN
	    ? "give the service a host name of its own; only if you trust all"
	      " whose pages are on this one, set sessions_on_shared_origin = on"
	    : "let the web server take https; if a proxy in front does,"
	      " set public_prefix to the https address of the service";
}

/* Whether a browser that asks at this address could sign in. */
static void check_sign_in(struct call *call, struct findings *out)
{
	struct fault *fault = &call->rq->fault;
	const struct fault before = *fault;
	enum err refused = cookie_check(call->rq, call->config);

	if (refused) {
		finding_add(out, "sign-in", FINDING_WARN,
		    "people cannot sign in at this address: %s", fault->detail);
		finding_remedy(out, "%s", sign_in_remedy(refused));
	} else if (cookie_is_tls(call->rq))
		finding_add(out, "sign-in", FINDING_OK,
		    "people can sign in at this address, by TLS");
	else
		finding_add(out, "sign-in", FINDING_OK,
		    "people can sign in without TLS, since this request came"
		    " from this machine; from others they need TLS");
	*fault = before;
}

static void check_body(struct call *call, struct findings *out)
{
	size_t length = call->rq->body_length;

	if (length > 0)
		finding_add(out, "body", FINDING_OK,
		    "a body of %zu bytes arrived whole; max_body is %zu",
		    length, call->config->max_body);
	else
		finding_add(out, "body", FINDING_OK,
		    "the program takes bodies of up to %zu bytes (max_body);"
		    " a PUT of that size to this address shows whether the web"
		    " server lets them pass",
		    call->config->max_body);
}

/* conf/apache/common.conf and conf/htaccess.example say so by a header. */
static void check_location(struct request *rq, struct findings *out)
{
	if (response_keeps_location(rq) ||
	    request_header(rq, "HTTP_X_TENANTRY_LOCATION") != NULL) {
		finding_add(
		    out, "location", FINDING_OK, "Location arrives beside 200");
		return;
	}
	finding_add(out, "location", FINDING_WARN,
	    "nothing says that X-Location is changed back: clients miss"
	    " Location when an organization is created");
	finding_remedy(out,
	    "load mod_headers, and take its lines over from"
	    " conf/htaccess.example or conf/apache/common.conf");
}

static void check_web_root(struct call *call, struct findings *out)
{
	const char *root = request_header(call->rq, "DOCUMENT_ROOT");

	if (root != NULL)
		config_check_web_root(call->config, shown(call->rq, root), out);
}

enum err doctor_report(struct call *call, struct response *rs)
{
	struct findings *out = arena_alloc(call->rq->mem, sizeof(*out));
	enum err err;

	findings_init(out, call->rq->mem);
	check_front(call->rq, out);
	check_socket(call->rq, out);
	check_client(call->rq, out);
	check_authorization(call->rq, out);
	check_method(call->rq, out);
	check_path(call->rq, out);
	check_prefix(call, out);
	check_sign_in(call, out);
	check_body(call, out);
	check_location(call->rq, out);
	check_web_root(call, out);
	config_check(call->config, out);
	if ((err = doctor_database(call->st, call->config->workers, out)))
		return err;
	if (call->rq->method == METHOD_GET && accept_wants_page(call->rq))
		return doctor_page(rs, out);
	return respond_findings(rs, out);
}
