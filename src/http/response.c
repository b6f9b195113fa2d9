#include "http/response.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "edge/crypto.h"
#include "http/etag.h"

void response_header(struct response *rs, const char *name, const char *value)
{
	char *at = rs->headers + rs->headers_length;
	size_t room = sizeof(rs->headers) - rs->headers_length;
	size_t length = strlen(name) + strlen(value) + 4;

	if (length >= room || strpbrk(value, "\r\n") != NULL) {
		log_write(LEVEL_ERROR, "the header %.40s does not fit", name);
		rs->is_defective = true;
		return;
	}
	at = stpcpy(at, name);
	at = stpcpy(at, ": ");
	at = stpcpy(at, value);
	(void)stpcpy(at, "\r\n");
	rs->headers_length += length;
}

static void number_header(struct response *rs, const char *name, size_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", number);
	response_header(rs, name, digits);
}

static bool put(struct response *rs, const char *data, size_t length)
{
	if (length > 0 && !gateway_write(rs->rq->gateway, data, length))
		rs->is_broken = true;
	return !rs->is_broken;
}

/* 204 and 304 have no body, and no length of one (RFC 9110 section 8.6). */
static bool has_length(const struct response *rs)
{
	return rs->status != 204 && rs->status != 304;
}

static void start(struct response *rs, bool is_whole)
{
	static const char *const caching[] = { "no-store", "private, no-cache",
		"public, max-age=300", "public, max-age=31536000, immutable" };
	char line[64];
	int length = snprintf(line, sizeof(line), "Status: %d\r\n", rs->status);

	rs->is_started = true;
	response_header(rs, "X-Request-Id", rs->rq->id);
	response_header(rs, "X-Content-Type-Options", "nosniff");
	response_header(rs, "Cache-Control", caching[rs->caching]);
	if (rs->allow != NULL)
		response_header(rs, "Allow", rs->allow);
	if (rs->vary != NULL)
		response_header(rs, "Vary", rs->vary);
	if (rs->rate_limit != NULL) {
		response_header(rs, "RateLimit-Policy", rs->rate_policy);
		response_header(rs, "RateLimit", rs->rate_limit);
	}
	if (rs->origin != NULL) {
		response_header(rs, "Access-Control-Allow-Origin", rs->origin);
		response_header(rs, "Access-Control-Expose-Headers",
		    "X-Request-Id, Location, ETag, Link, Retry-After,"
		    " RateLimit, RateLimit-Policy, Idempotency-Replayed,"
		    " X-License-State");
	}
	if (is_whole)
		rs->length = rs->json.used;
	if ((is_whole || rs->length > 0) && has_length(rs))
		number_header(rs, "Content-Length", rs->length);
	put(rs, line, (size_t)length);
	put(rs, rs->headers, rs->headers_length);
	put(rs, "\r\n", 2);
}

/*
 * What must not be sent: an answer whose header or hash did not fit, and any
 * data of a route that is not public while nobody is known to ask for it.
 */
static bool is_withheld(const struct response *rs)
{
	return !rs->is_started && !rs->is_problem &&
	    (rs->is_defective ||
		(rs->knows_caller != NULL && !*rs->knows_caller));
}

/* The buffer is full: from here on the answer streams. */
static enum err flush(void *context, const char *data, size_t length)
{
	struct response *rs = context;

	if (is_withheld(rs))
		return ERR_INTERNAL;
	if (!rs->is_started)
		start(rs, false);
	if (rs->rq->is_head || put(rs, data, length))
		return ERR_NONE;
	return ERR_CLIENT_GONE;
}

void response_reopen(struct response *rs)
{
	json_start(&rs->json, rs->buffer, RESPONSE_BUFFER_SIZE, flush, rs);
}

void response_room(struct response *rs, size_t size)
{
	if (size > RESPONSE_BUFFER_SIZE)
		json_start(
		    &rs->json, arena_alloc(rs->rq->mem, size), size, flush, rs);
}

void response_begin(struct response *rs, struct request *rq, char *buffer)
{
	memset(rs, 0, offsetof(struct response, headers));
	for (size_t i = 0; i < 2; i++)
		rs->specs[i].length = 0;
	rs->rq = rq;
	rs->status = 200;
	rs->buffer = buffer;
	response_reopen(rs);
}

void response_end(struct response *rs)
{
	if (is_withheld(rs))
		respond_problem(rs, ERR_INTERNAL);
	if (!rs->is_started)
		start(rs, true);
	if (!rs->is_broken && !rs->rq->is_head && has_length(rs))
		put(rs, rs->json.buffer, rs->json.used);
}

void response_type(struct response *rs, int status, const char *type)
{
	rs->status = status;
	response_header(rs, "Content-Type", type);
}

void response_vary(struct response *rs, const char *name)
{
	rs->vary = rs->vary == NULL
	    ? name
	    : arena_print(rs->rq->mem, "%s, %s", rs->vary, name);
}

enum err respond_empty(struct response *rs, int status)
{
	rs->status = status;
	return ERR_NONE;
}

enum err respond_flag(struct response *rs, const char *member, bool value)
{
	response_type(rs, 200, "application/json");
	json_open_object(&rs->json);
	json_key(&rs->json, member);
	json_boolean(&rs->json, value);
	json_close_object(&rs->json);
	return rs->json.failed;
}

enum err response_precondition(struct response *rs, const char *etag)
{
	const char *match = request_list(rs->rq, "HTTP_IF_MATCH");
	const char *none = request_list(rs->rq, "HTTP_IF_NONE_MATCH");

	if (rs->rq->method != METHOD_GET)
		return ERR_NONE;
	if (match != NULL && !etag_is_listed(match, etag))
		return fault_set(&rs->rq->fault, ERR_PRECONDITION,
		    "what there is now has not the entity tag of If-Match:"
		    " read it again");
	if (none != NULL && etag_is_listed(none, etag))
		rs->status = 304;
	return ERR_NONE;
}

enum err respond_raw(struct response *rs, const char *text, size_t length)
{
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	rs->length = length;
	json_raw(&rs->json, text, length);
	return rs->json.failed;
}

enum err respond_document(
    struct response *rs, char kind, const char *text, size_t length)
{
	char hex[CRYPTO_SHA256_HEX_SIZE], etag[ETAG_SIZE];
	enum err err;

	crypto_sha256_hex(text, length, hex);
	etag_print_document(etag, kind, hex);
	rs->caching = CACHING_ALL;
	response_header(rs, "ETag", etag);
	err = response_precondition(rs, etag);
	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	rs->length = length;
	json_raw(&rs->json, text, length);
	return rs->json.failed;
}

/*
 * To a CGI server a Location beside 200 is an order to redirect: the client
 * would get another page than this (RFC 3875 section 6.2.2; Apache does so for
 * FastCGI too).  Where the server is not known to let it pass, the header has
 * another name, which conf/apache/common.conf changes back.
 */
bool response_keeps_location(struct request *rq)
{
	const char *server = request_header(rq, "SERVER_SOFTWARE");

	/* none: lighttpd that is told to say nothing of itself */
	return server == NULL || strncmp(server, "lighttpd", 8) == 0 ||
	    strncmp(server, "nginx", 5) == 0;
}

void response_location(struct response *rs, const char *location)
{
	bool is_kept = rs->status != 200 || response_keeps_location(rs->rq);

	rs->location = location;
	response_header(rs, is_kept ? "Location" : "X-Location",
	    arena_print(rs->rq->mem, "%s%s", rs->rq->prefix, location));
}

static void put_limits(struct json_writer *json, const struct fault *fault)
{
	json_key(json, "limits");
	json_open_list(json);
	for (size_t i = 0; i < fault->limit_count; i++) {
		json_open_object(json);
		json_key(json, "name");
		json_text(json, fault->limits[i].name);
		json_key(json, "allowed");
		json_integer(json, fault->limits[i].allowed);
		json_key(json, "current");
		json_integer(json, fault->limits[i].current);
		json_close_object(json);
	}
	json_close_list(json);
}

static void put_rights(struct json_writer *json, const struct fault *fault)
{
	json_key(json, "needed");
	json_text(json, fault->needed);
	json_key(json, "have");
	json_text(json, fault->have);
}

static void put_problem(struct response *rs, const struct err_info *info)
{
	const struct fault *fault = &rs->rq->fault;
	const char *detail = fault->detail[0] ? fault->detail
					      : err_detail(fault->code);
	struct json_writer *json = &rs->json;

	json_open_object(json);
	json_key(json, "type");
	{
		char type[96];

		snprintf(
		    type, sizeof(type), "urn:tenantry:problem:%s", info->code);
		json_text(json, type);
	}
	json_key(json, "title");
	json_text(json, info->title);
	json_key(json, "status");
	json_integer(json, info->status);
	json_key(json, "detail");
	json_text(json, detail);
	json_key(json, "instance");
	json_text(json, rs->rq->id);
	json_key(json, "errors");
	json_open_list(json);
	json_text(json, detail);
	json_close_list(json);
	if (fault->member != NULL) {
		json_key(json, fault->member);
		if (fault->is_number)
			json_raw(json, fault->id, strlen(fault->id));
		else
			json_text(json, fault->id);
	}
	if (fault->needed != NULL)
		put_rights(json, fault);
	if (fault->limit_count > 0)
		put_limits(json, fault);
	if (rs->features != NULL && info->status == 401) {
		json_key(json, "features");
		json_raw(json, rs->features, strlen(rs->features));
	}
	if (rs->organizations != NULL && info->status == 409) {
		json_key(json, "organizations");
		json_raw(json, rs->organizations, strlen(rs->organizations));
	}
	json_close_object(json);
}

/*
 * A field for each scheme, Basic first: many clients look no further than the
 * first one.  A script of a page gets no Basic, so that the browser does not
 * open a box of its own.
 */
static void put_challenges(struct response *rs)
{
	const char *mode = request_header(rs->rq, "HTTP_SEC_FETCH_MODE");
	bool is_script = (mode != NULL && strcmp(mode, "navigate") != 0) ||
	    request_list(rs->rq, "HTTP_X_REQUESTED_WITH") != NULL;

	if (!is_script)
		response_header(rs, "WWW-Authenticate",
		    "Basic realm=\"tenantry\", charset=\"UTF-8\"");
	response_header(rs, "WWW-Authenticate", "Bearer realm=\"tenantry\"");
}

void respond_problem(struct response *rs, enum err err)
{
	const struct err_info *info = err_info(err);
	struct fault *fault = &rs->rq->fault;

	if (fault->code != err)
		(void)fault_set(fault, err, "%s", "");
	if (rs->is_started) {
		/* too late for a status: the cut JSON must show it */
		rs->is_broken = true;
		return;
	}
	rs->is_problem = true;
	rs->headers_length = 0;
	rs->caching = CACHING_NONE;
	response_reopen(rs);
	response_type(rs, info->status, "application/problem+json");
	if (info->status == 401)
		put_challenges(rs);
	if (err_info(err)->may_retry || fault->retry_after > 0)
		number_header(rs, "Retry-After",
		    fault->retry_after > 0 ? (size_t)fault->retry_after : 1);
	put_problem(rs, info);
}
