/*
 * A request as handlers see it: method, path, headers, body; checked against
 * the rules that hold for every route.  Knows no route.
 */
#ifndef TENANTRY_HTTP_REQUEST_H
#define TENANTRY_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "edge/config.h"
#include "edge/gateway.h"

enum method {
	METHOD_GET,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_COUNT,
	METHOD_OPTIONS,
	METHOD_OTHER
};

enum { REQUEST_SEGMENTS_MAX = 8, REQUEST_ID_SIZE = 65 };

struct request {
	struct gateway *gateway;
	struct arena *mem;
	enum method method;
	bool is_head;            /* METHOD_GET without a body in the answer */
	const char *method_name; /* as sent, "-": no token; of the arena */
	bool is_overridden;      /* sent as POST, with the method in a header */
	const char *segments[REQUEST_SEGMENTS_MAX]; /* of the route path */
	size_t segment_count;
	bool is_mount;      /* the path is the mount itself: no segments */
	bool has_slash;     /* and ends in its slash */
	bool is_slashed;    /* one slash stands behind the last segment */
	const char *prefix; /* what links begin with; "" at the root */
	bool is_prefix_set; /* by public_prefix, not by the web server */
	const char *body;
	size_t body_length;
	size_t
	    body_announced; /* Content-Length; larger where the body was cut */
	char id[REQUEST_ID_SIZE];
	const char *address; /* of the client, "-": none that is one; arena's */
	struct fault fault;
	int64_t started; /* tick */
};

/* The method's name for Allow headers. */
const char *request_method_name(enum method method);

/*
 * Reads method, path and id.  `made_id` is used where the client sent no
 * acceptable X-Request-Id.  ERR_NO_ROUTE where the raw path has %2F, %00, dot
 * or empty segments, or the path is not one of ours by shape; ERR_BAD_REQUEST
 * where the method is overridden by one that may not be.
 */
enum err request_begin(
    struct request *rq, const char *made_id, const struct config *config);

/*
 * Checks and reads the body of a body method: 413, 411, 415, 408.  Never reads
 * past Content-Length, nor for longer than the gateway's limit.
 */
enum err request_read_body(struct request *rq, size_t max_body);

/* ERR_BAD_REQUEST where the body ended before its Content-Length. */
enum err request_check_body(const struct request *rq, struct fault *fault);

/*
 * ERR_BAD_REQUEST if a header that says who calls, or what about, was sent
 * twice: a proxy in front may have looked at the other one.
 */
enum err request_check_headers(struct request *rq);

/* Whether it came by plain CGI, not by FastCGI. */
bool request_is_cgi(const struct request *rq);

/* As gateway_pause(). */
bool request_pause(const struct request *rq, int milliseconds);

/* Whether a proxy says that it has passed the request on. */
bool request_is_forwarded(struct request *rq);

/*
 * Whether it was sent on this machine to this machine: the address is loopback,
 * no proxy says that it has passed it on, and Host names this machine.
 */
bool request_is_loopback(struct request *rq);

/* Whether it has X-Requested-With, which no page of another origin can add. */
bool request_is_script(struct request *rq);

/* ERR_MEDIA_TYPE unless the Content-Type is application/json. */
enum err request_check_json(struct request *rq);
bool request_has_json_type(struct request *rq);

/* Whether others than this machine's users can reach the program's socket. */
bool request_came_by_port(const struct request *rq);

/* A header by its CGI name ("HTTP_IF_NONE_MATCH"); NULL where absent/empty. */
const char *request_header(struct request *rq, const char *name);

/* All headers of that name as one list; "" where they are empty, else NULL. */
const char *request_list(struct request *rq, const char *name);

/* Authorization, also where Apache moved it behind a rewrite. */
const char *request_authorization(struct request *rq);

#endif
