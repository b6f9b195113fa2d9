/*
 * The query parameters of a request, read by the table that declares them.
 * Knows no list and no filter.
 */
#ifndef TENANTRY_HTTP_QUERY_H
#define TENANTRY_HTTP_QUERY_H

#include "http/request.h"

enum { QUERY_LIMIT_MAX = 1000, QUERY_DIGITS = 15 };

enum query_type {
	QUERY_LIMIT,  /* a number from 1 to QUERY_LIMIT_MAX */
	QUERY_CURSOR, /* what a Link of this service had; "": none */
	QUERY_PREFIX, /* how a name or an address begins; "": any */
	QUERY_WORD,   /* one of the words of its row */
	QUERY_ID,     /* an id; a text that is none is nobody's */
	QUERY_TEXT,   /* any text; "": any */
	/* an id or slug in place of the context; "": none */
	QUERY_ORGANIZATION,
	QUERY_NUMBER, /* a whole number of at most QUERY_DIGITS digits */
	/* a date (http/date.h), from its begin or until its end; "": none */
	QUERY_FROM,
	QUERY_UNTIL
};

struct query_parameter {
	const char *name;
	enum query_type type;
	const char *words; /* of QUERY_WORD, a space between */
	/* for the description */
	const char *component; /* name of what is said once, or NULL */
	const char *says;      /* but of QUERY_LIMIT and QUERY_CURSOR */
	const char *example;
};

struct query_table {
	const struct query_parameter *rows;
	size_t count;
};

#define QUERY_TABLE(array_) \
	{ \
		array_, sizeof(array_) / sizeof((array_)[0]) \
	}

/* What a request has, in the order of the table. */
struct query {
	const struct query_table *table;
	/*
	 * Memory of the request; NULL: absent.  QUERY_PREFIX: folded; a date:
	 * in UTC, as SQL has it.
	 */
	const char **values;
	/* the same as it was sent; QUERY_PREFIX: trimmed */
	const char **sent;
	int64_t limit; /* of the QUERY_LIMIT, 0: absent */
};

/*
 * Reads QUERY_STRING (application/x-www-form-urlencoded).  ERR_BAD_REQUEST and
 * the fault: a parameter that the table does not have; one that is there twice;
 * a wrong value; text that is no UTF-8 or has a NUL.  `ignores_unknown`: the
 * first two are ignored, and of two the first counts.  `table` NULL: the path
 * takes none.
 */
enum err query_read(struct request *rq, const struct query_table *table,
    bool ignores_unknown, struct query *out, struct fault *fault);

/*
 * The text that `length` bytes of application/x-www-form-urlencoded stand for,
 * in the arena; NULL where an escape is malformed, or it has a NUL or is no
 * UTF-8.
 */
char *query_decode(struct arena *mem, const char *text, size_t length);

/*
 * The organization that such a parameter of the table names, before the query
 * is read; NULL: none.
 */
const char *query_organization(
    struct request *rq, const struct query_table *table);

/* The value of a parameter; NULL: absent, not in the table, or no table. */
const char *query_value(const struct query *query, const char *name);

/* The same of a QUERY_NUMBER; 0: absent. */
int64_t query_number(const struct query *query, const char *name);

/* Whether a parameter that takes true or false is there and true. */
bool query_is_true(const struct query *query, const char *name);

#endif
