/*
 * Matching a request to a row of a route table.  Knows no handler: a row's
 * function is only carried.
 */
#ifndef TENANTRY_HTTP_ROUTE_H
#define TENANTRY_HTTP_ROUTE_H

#include "http/request.h"
#include "model/caller.h"

struct call;
struct describe;
struct operation;
struct query_table;
struct response;

enum { ROUTE_PARAMETERS_MAX = 3 };

enum route_flag {
	ROUTE_FUSED = 1,      /* its store call finds and permits the caller */
	ROUTE_WRITES = 2,     /* takes Idempotency-Key and If-Match */
	ROUTE_ANY_QUERY = 4,  /* ignores what follows `?` */
	ROUTE_ANY_ACCEPT = 8, /* answers JSON whatever Accept says */
	ROUTE_PAGE = 16,      /* a browser gets a page (accept_wants_page) */
	ROUTE_LIST = 32,      /* also as CSV and as a JSON value a line */
	ROUTE_MAY_BE_BARE = 64,  /* no body is as good as an empty object */
	ROUTE_MAY_SIGN_IN = 128, /* public, but a credential must be right */
	ROUTE_NAMED_BY_BODY =
	    256,               /* the body's first member is the path's id */
	ROUTE_MANAGES = 512,   /* a service key must be one that may manage */
	ROUTE_SIGNS_IN = 1024, /* the session's own: cross-site, JSON alone */
	ROUTE_STEPS_UP = 2048, /* a session gives its password again */
	ROUTE_TOKEN = 4096,    /* also as a token, where a key can sign it */
	ROUTE_LIMITED = 8192   /* counted: a public one by api/limit.h */
};

/* What the dispatcher enforces before the handler runs. */
struct route {
	enum method method;
	const char *pattern; /* segments, `{name}` stands for any one */
	enum scope scope;
	enum need need;
	enum err unknown; /* where the organization is not the caller's */
	unsigned flags;
	const struct field_table *body; /* NULL: no body is read */
	size_t body_size;
	const void *body_default; /* of absent members; NULL: zeroes */
	/* one of the two: a function, or what the engine does */
	enum err (*handle)(struct call *call, struct response *rs);
	const struct operation *does;
	const struct query_table *query; /* parameters; NULL: none */
	/* of a function that writes: what its answer shows, for a replay */
	const struct operation *seen[2];
	/* for the description: clients have functions of this name */
	const char *operation_id;
	const struct describe *describe; /* http/describe.h */
};

/* The rows of all modules. */
struct route_table {
	const struct route *const *rows;
	size_t count;
};

/* What a `{name}` of the pattern stands for. */
struct route_parameter {
	const char *name; /* within the pattern: it ends before the `}` */
	const char *value;
};

struct route_match {
	const struct route *route; /* NULL: the method is not there */
	const char *allow; /* methods of the path, where route is NULL */
	/* and the id of a row that is read for a replay */
	struct route_parameter parameters[ROUTE_PARAMETERS_MAX + 1];
	size_t parameter_count;
};

/* Whether the parameter `id` of the path says which organization it is about.
 */
bool route_is_named_by_path(enum scope scope);

/* The value of a parameter of the match by its name; NULL: it has none. */
const char *route_value(const struct route_match *match, const char *name);

/*
 * ERR_INTERNAL, and the fault names the row, if a table cannot be served: two
 * rows of one method whose patterns differ by names of parameters only, a scope
 * that takes a target from a pattern without one, a public row that asks for a
 * role or finds its caller, a body without a size, a row without a function
 * or with two.
 * To be asked before the first request.
 */
enum err route_check(const struct route_table *routes, struct fault *fault);

/*
 * Finds the row for the path and method.  Of two patterns that fit, the one
 * with a literal segment at the first place where they differ counts.
 * ERR_NO_ROUTE: no pattern fits; ERR_METHOD: none with this method, `allow`
 * lists those there are.  OPTIONS gives ERR_NONE with a NULL route.
 */
enum err route_find(const struct route_table *routes, struct request *rq,
    struct route_match *match);

#endif
