/*
 * The addresses of one database, and which of them to try next: the nodes of
 * a cluster, or a primary and its replicas.  Pure; opens nothing.
 */
#ifndef TENANTRY_EDGE_DB_HOSTS_H
#define TENANTRY_EDGE_DB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DB_HOSTS_MAX = 16,
	DB_HOST_PORT = 3306,
	DB_HOST_REST = 3000000 /* us; a host that failed is passed over */
};

struct db_host {
	const char *socket; /* path, or NULL for host and port */
	const char *name;
	unsigned port;
};

struct db_hosts {
	struct db_host list[DB_HOSTS_MAX];
	size_t count;
};

/* What is known of each host, for seconds only. */
struct db_health {
	int64_t failed_at[DB_HOSTS_MAX]; /* tick, 0 = not of late */
	unsigned tried;                  /* bits, since the round began */
	size_t start;                    /* where the round began */
};

/*
 * Reads a list, a space between: sockets (they begin with a slash), names or
 * addresses, each with :port where it is not 3306; an IPv6 address with a port
 * stands in brackets.  Cuts the text up; it must live as long as the list.
 * False, with what is wrong in *why, where an entry is none, stands there
 * twice, or is one too many.
 */
bool db_hosts_parse(struct db_hosts *hosts, char *text, const char **why);

/* A round of attempts begins at `start`, in which no host comes up twice. */
void db_health_begin(struct db_health *health, size_t start);

/* The host did not serve at `now`; others go first for DB_HOST_REST. */
void db_health_failed(struct db_health *health, size_t host, int64_t now);

/*
 * The next host of the round, in order from its start: first those that have
 * not failed of late, then the others.  hosts->count: all were tried.
 */
size_t db_health_next(
    struct db_health *health, const struct db_hosts *hosts, int64_t now);

#endif
