#include "http/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"

enum { ADDRESS_MAX = 45 }; /* as long as the database's column */

static const char *const method_names[METHOD_COUNT] = { "GET", "POST", "PUT",
	"PATCH", "DELETE" };

const char *request_method_name(enum method method)
{
	return method_names[method];
}

bool request_is_cgi(const struct request *rq)
{
	return gateway_is_cgi(rq->gateway);
}

bool request_pause(const struct request *rq, int milliseconds)
{
	return gateway_pause(rq->gateway, milliseconds);
}

const char *request_header(struct request *rq, const char *name)
{
	const char *value = gateway_param(rq->gateway, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *request_list(struct request *rq, const char *name)
{
	return gateway_list(rq->gateway, name, rq->mem);
}

const char *request_authorization(struct request *rq)
{
	const char *value = request_header(rq, "HTTP_AUTHORIZATION");

	return value ? value
		     : request_header(rq, "REDIRECT_HTTP_AUTHORIZATION");
}

bool request_is_forwarded(struct request *rq)
{
	return request_header(rq, "HTTP_FORWARDED") != NULL ||
	    request_header(rq, "HTTP_X_FORWARDED_FOR") != NULL ||
	    request_header(rq, "HTTP_VIA") != NULL;
}

/* Host without its port: a name, or an address of this machine. */
static bool is_here(const char *host)
{
	char name[ADDRESS_SIZE];
	bool is_bracketed = host[0] == '[';
	size_t length = strcspn(host += is_bracketed, is_bracketed ? "]" : ":");

	if (length >= sizeof(name))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	return strcasecmp(name, "localhost") == 0 || address_is_loopback(name);
}

bool request_is_loopback(struct request *rq)
{
	const char *host = request_header(rq, "HTTP_HOST");

	return address_is_loopback(rq->address) && !request_is_forwarded(rq) &&
	    host != NULL && is_here(host);
}

bool request_came_by_port(const struct request *rq)
{
	return !gateway_is_local(rq->gateway);
}

/* A token (RFC 9110 section 5.6.2); other bytes would break a JSON answer. */
static bool is_token(const char *text)
{
	return text[strspn(text,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789!#$%&'*+-.^_`|~")] == '\0';
}

static void read_method(struct request *rq)
{
	const char *name = request_header(rq, "REQUEST_METHOD");

	if (name == NULL || !is_token(name))
		name = "-";
	/* the log names it when the gateway's memory is gone */
	rq->method_name = arena_text(rq->mem, name);
	rq->method = METHOD_OTHER;
	rq->is_head = strcmp(rq->method_name, "HEAD") == 0;
	if (rq->is_head)
		rq->method = METHOD_GET;
	else if (strcmp(rq->method_name, "OPTIONS") == 0)
		rq->method = METHOD_OPTIONS;
	for (int i = 0; i < METHOD_COUNT; i++)
		if (strcmp(rq->method_name, method_names[i]) == 0)
			rq->method = (enum method)i;
}

/*
 * A POST may be a PUT, PATCH or DELETE where the setting says so, for hosts
 * that let no other method through.  Never anything but a POST: no link, image
 * or cache sends that on its own.
 */
static enum err override_method(struct request *rq)
{
	const char *name = request_header(rq, "HTTP_X_HTTP_METHOD_OVERRIDE");

	if (rq->method != METHOD_POST || name == NULL)
		return ERR_NONE;
	for (int i = METHOD_PUT; i <= METHOD_DELETE; i++) {
		if (strcmp(name, method_names[i]) != 0)
			continue;
		rq->method = (enum method)i;
		rq->method_name = method_names[i];
		rq->is_overridden = true;
		return ERR_NONE;
	}
	return fault_set(&rq->fault, ERR_BAD_REQUEST,
	    "X-HTTP-Method-Override must be PUT, PATCH or DELETE");
}

static void read_id(struct request *rq, const char *made_id)
{
	const char *sent = request_header(rq, "HTTP_X_REQUEST_ID");
	size_t length = sent ? strlen(sent) : 0;

	if (length == 0 || length >= REQUEST_ID_SIZE ||
	    strspn(sent,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789._-") != length) {
		sent = made_id;
		length = strlen(made_id);
	}
	memcpy(rq->id, sent, length);
	rq->id[length] = '\0';
}

/* The log names it: nothing that could be taken for more than an address. */
static void read_address(struct request *rq)
{
	const char *address = request_header(rq, "REMOTE_ADDR");
	size_t length = address ? strlen(address) : 0;

	rq->address = "-";
	if (length == 0 || length > ADDRESS_MAX ||
	    strspn(address,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789.:%_-") != length)
		return;
	rq->address = arena_copy(rq->mem, address, length);
}

/* "." and ".." also where their dots are percent-encoded. */
static bool is_dot_segment(const char *at, size_t length)
{
	size_t dots = 0;

	while (length > 0) {
		size_t step = *at == '.'                            ? 1
		    : length >= 3 && strncasecmp(at, "%2e", 3) == 0 ? 3
								    : 0;

		if (step == 0)
			return false;
		dots++;
		at += step;
		length -= step;
	}
	return dots == 1 || dots == 2;
}

/*
 * The web server may have decoded or folded away what tells two paths apart;
 * only the raw request shows it.  A slash at the end was seen already.
 */
static bool is_raw_path_clean(const char *uri, bool may_end_in_slash)
{
	size_t length;

	if (uri == NULL || strcmp(uri, "*") == 0)
		return true;
	if (uri[0] != '/') { /* absolute form */
		uri = strstr(uri, "://");
		uri = uri ? strchr(uri + 3, '/') : NULL;
		if (uri == NULL)
			return true;
	}
	length = strcspn(uri, "?#");
	if (length <= 1)
		return true;
	for (size_t i = 0; i < length;) {
		size_t segment = strcspn(uri + i + 1, "/?#");
		const char *at = uri + i + 1;

		if (segment == 0)
			return may_end_in_slash && i + 1 == length;
		if (is_dot_segment(at, segment))
			return false;
		for (size_t k = 0; k + 2 < segment; k++)
			if (strncasecmp(at + k, "%2f", 3) == 0 ||
			    strncmp(at + k, "%00", 3) == 0)
				return false;
		i += segment + 1;
	}
	return true;
}

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && strcmp(text + a - b, end) == 0;
}

/*
 * Cuts the path at its slashes; false where a segment is empty.  One slash at
 * the end is none: whether it may stand there, the row says.
 */
static bool split(struct request *rq, char *path)
{
	if (*path != '/')
		return false;
	while (*path != '\0') {
		char *begin = path + 1;

		*path = '\0';
		path = begin + strcspn(begin, "/");
		rq->is_slashed = *begin == '\0' && rq->segment_count > 0;
		if (rq->is_slashed)
			break;
		if (path == begin || rq->segment_count == REQUEST_SEGMENTS_MAX)
			return false;
		rq->segments[rq->segment_count++] = begin;
	}
	return true;
}

enum err request_begin(
    struct request *rq, const char *made_id, const struct config *config)
{
	const char *public_prefix = config->public_prefix;
	const char *script = request_header(rq, "SCRIPT_NAME");
	const char *info = request_header(rq, "PATH_INFO");
	bool is_at_v1;
	char *path;

	read_method(rq);
	read_id(rq, made_id);
	read_address(rq);
	script = script ? script : "";
	is_at_v1 = ends_with(script, "/v1");
	rq->is_prefix_set = public_prefix != NULL;
	rq->prefix = public_prefix ? public_prefix
	    : is_at_v1 ? arena_copy(rq->mem, script, strlen(script) - 3)
		       : arena_text(rq->mem, script);
	info = info ? info : "";
	path = is_at_v1 ? arena_print(rq->mem, "/v1%s", info)
			: arena_text(rq->mem, info);
	rq->has_slash = strcmp(path, "/") == 0;
	rq->is_mount = rq->has_slash || path[0] == '\0';
	/* of a mount with a line end no Location could be made */
	if (strpbrk(rq->prefix, "\r\n") != NULL ||
	    !is_raw_path_clean(gateway_param(rq->gateway, "REQUEST_URI"),
		rq->is_mount || ends_with(path, "/")) ||
	    (!rq->is_mount && !split(rq, path)))
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	return config->method_override ? override_method(rq) : ERR_NONE;
}

/* Content-Length as digits only; false where it is anything else. */
static bool parse_length(const char *text, size_t *length)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != '\0')
		return false;
	*length = digits > 18 ? SIZE_MAX : (size_t)strtoull(text, NULL, 10);
	return true;
}

enum err request_read_body(struct request *rq, size_t max_body)
{
	const char *text = request_header(rq, "CONTENT_LENGTH");
	const char *type = request_header(rq, "CONTENT_TYPE");
	const char *coding = request_list(rq, "HTTP_CONTENT_ENCODING");
	size_t length = 0;
	char *body;

	if (rq->method != METHOD_POST && rq->method != METHOD_PUT &&
	    rq->method != METHOD_PATCH)
		return ERR_NONE;
	if (text != NULL && !parse_length(text, &length))
		return fault_set(&rq->fault, ERR_BAD_REQUEST,
		    "the Content-Length is no number");
	if (length > max_body)
		return fault_set(&rq->fault, ERR_TOO_LARGE,
		    "the body is over %zu bytes", max_body);
	if (text == NULL)
		return fault_set(&rq->fault, ERR_LENGTH_REQUIRED,
		    "the request has no Content-Length");
	if (type != NULL && strncasecmp(type, "multipart/", 10) == 0)
		return fault_set(&rq->fault, ERR_MEDIA_TYPE,
		    "the body must be JSON, not a multipart form");
	if (coding != NULL && *coding != '\0' &&
	    strcasecmp(coding, "identity") != 0)
		return fault_set(&rq->fault, ERR_MEDIA_TYPE,
		    "the body has a Content-Encoding: send it as it is,"
		    " uncompressed");
	body = arena_alloc(rq->mem, length + 1);
	rq->body = body;
	rq->body_announced = length;
	rq->body_length = gateway_read(rq->gateway, body, length);
	if (!gateway_is_late(rq->gateway))
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_BODY_LATE,
	    "the body did not arrive in time: %zu of %zu bytes did; send the"
	    " request again on a new connection",
	    rq->body_length, length);
}

bool request_is_script(struct request *rq)
{
	return request_header(rq, "HTTP_X_REQUESTED_WITH") != NULL;
}

bool request_has_json_type(struct request *rq)
{
	static const char json[] = "application/json";
	const char *type = request_header(rq, "CONTENT_TYPE");
	size_t length = sizeof(json) - 1;

	return type != NULL && strncasecmp(type, json, length) == 0 &&
	    strchr("; \t", type[length]) != NULL;
}

enum err request_check_json(struct request *rq)
{
	if (request_has_json_type(rq))
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_MEDIA_TYPE,
	    "the body must be JSON: send Content-Type: application/json");
}

/* X-Api-Key of HTTP_X_API_KEY. */
static const char *header_name(struct arena *mem, const char *parameter)
{
	char *name = arena_text(mem, parameter + strlen("HTTP_"));
	bool is_first = true;

	for (char *at = name; *at != '\0'; at++) {
		if (*at == '_')
			*at = '-';
		else if (!is_first && *at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
		is_first = *at == '-';
	}
	return name;
}

enum err request_check_headers(struct request *rq)
{
	static const char *const single[] = { "HTTP_AUTHORIZATION",
		"HTTP_IDEMPOTENCY_KEY", "HTTP_X_API_KEY",
		"HTTP_X_BINDPLANE_ACCOUNT_ID", "HTTP_X_BINDPLANE_API_KEY",
		"HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_ORGANIZATION_ID" };
	const char *name = gateway_repeated(
	    rq->gateway, single, sizeof(single) / sizeof(single[0]));

	if (name == NULL)
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_BAD_REQUEST,
	    "the header %s was sent more than once: send it once",
	    header_name(rq->mem, name));
}

enum err request_check_body(const struct request *rq, struct fault *fault)
{
	if (rq->body_length == rq->body_announced)
		return ERR_NONE;
	return fault_set(fault, ERR_BAD_REQUEST,
	    "the body ended after %zu of %zu bytes", rq->body_length,
	    rq->body_announced);
}
