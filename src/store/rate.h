/*
 * How many requests a network address, or a user, may send to a route in a
 * minute or an hour, counted in the database, so that it holds for all workers
 * and for plain CGI.
 */
#ifndef TENANTRY_STORE_RATE_H
#define TENANTRY_STORE_RATE_H

#include "store/statement.h"

/* The routes of which an hour is counted, not a minute. */
#define RATE_RESETS "password-resets"
#define RATE_ORGANIZATIONS "organizations"

struct rate_ask {
	const char *route;
	const char *address; /* of address_group(), or the id of a user */
	int64_t most;        /* requests in the window */
	int window;          /* seconds; an hour for those routes alone */
};

/* What is left of the window that began with the first request in it. */
struct rate {
	int64_t requests; /* in it, with this one if it was let through */
	int64_t seconds;  /* until it ends, at least 1 */
	bool is_over;     /* there were as many as may be: not counted */
};

/*
 * Counts a request, unless there were as many as may be.  An error: it could
 * not be counted.
 */
enum err rate_count(
    struct store *st, const struct rate_ask *ask, struct rate *out);

/* Removes some of those whose minute is over. */
enum err rate_purge(struct store *st);

extern const struct statement *const rate_statements[];

#endif
