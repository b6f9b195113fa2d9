/*
 * An answer: a status, headers, and JSON that goes out in one write where it
 * fits the buffer and streams where it does not.  Knows no handler.
 */
#ifndef TENANTRY_HTTP_RESPONSE_H
#define TENANTRY_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/crypto.h"
#include "edge/json.h"
#include "http/request.h"

enum { RESPONSE_BUFFER_SIZE = 48 * 1024, RESPONSE_HEADERS_SIZE = 4096 };

/* Who may keep the answer; every answer says so. */
enum response_caching {
	CACHING_NONE,   /* nobody: what is not said to be harmless */
	CACHING_CALLER, /* the caller, who asks again before each use */
	CACHING_ALL,    /* everybody, for some minutes */
	CACHING_FOREVER /* everybody: another content has another address */
};

/* A resource's spec without its secrets, and its hash. */
struct response_spec {
	size_t length; /* 0: none yet */
	char hash[CRYPTO_SHA256_HEX_SIZE];
	char text[2048];
};

struct response {
	struct request *rq;
	int status;
	bool is_started; /* headers are out: the status cannot change */
	bool is_broken;  /* cut: the rest must not be written */
	enum response_caching caching;
	const char *allow;  /* header Allow, also of a problem; or NULL */
	const char *origin; /* an allowed Origin of the request, or NULL */
	bool is_problem;    /* an error, which shows no data */
	bool is_defective;  /* a part does not fit: it must not be sent */
	/* NULL: the route is public; false: nothing but a problem is sent */
	const bool *knows_caller;
	const char *vary;                     /* header Vary, or NULL */
	const char *rate_policy, *rate_limit; /* headers RateLimit…, or NULL */
	const char *location; /* of what was created, below the prefix */
	size_t length; /* of the body, where it is known before; else 0 */
	size_t headers_length;
	bool next_spec; /* which of two is hashed over */
	struct json_writer json;
	char *buffer;              /* of RESPONSE_BUFFER_SIZE, the process's */
	const char *features;      /* of a 401, JSON; or NULL */
	const char *organizations; /* of a 409, JSON; or NULL */
	/* from here on nothing is read that was not written before */
	char headers[RESPONSE_HEADERS_SIZE];
	struct response_spec specs[2]; /* the last that were hashed */
};

/* An empty answer to `rq`, with the headers that every answer has. */
void response_begin(struct response *rs, struct request *rq, char *buffer);
/* Adds a header; one that does not fit makes the answer a 500. */
void response_header(struct response *rs, const char *name, const char *value);
/* The status, and what the body is. */
void response_type(struct response *rs, int status, const char *type);
/* The answer depends on this header of the request, too. */
void response_vary(struct response *rs, const char *name);
/* Where what was created is to be found, below the prefix. */
void response_location(struct response *rs, const char *location);

/* Whether the web server lets a Location beside 200 through as it is. */
bool response_keeps_location(struct request *rq);

/*
 * If-Match and If-None-Match of a GET (RFC 9110 section 13.2.2), to be asked
 * before the body: ERR_PRECONDITION, or the status is 304 and there is nothing
 * more to say.  `etag` NULL: the representation has none.
 */
enum err response_precondition(struct response *rs, const char *etag);

/* A body of up to `size` bytes is kept whole, whatever the buffer holds. */
void response_room(struct response *rs, size_t size);
/* Forgets the body that was begun; nothing of it may be out. */
void response_reopen(struct response *rs);

/* No body: 204, or 200 with an empty one. */
enum err respond_empty(struct response *rs, int status);
/* {"inUse": …} and the like: one boolean. */
enum err respond_flag(struct response *rs, const char *member, bool value);

/* 200 with a text that is JSON already. */
enum err respond_raw(struct response *rs, const char *text, size_t length);

/* The same for a public document; `kind` is the letter of its entity tag. */
enum err respond_document(
    struct response *rs, char kind, const char *text, size_t length);

/* RFC 9457, from rq->fault; nothing where the answer has begun already. */
void respond_problem(struct response *rs, enum err err);
/* Sends what is left. */
void response_end(struct response *rs);

#endif
