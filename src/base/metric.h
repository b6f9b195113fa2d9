/*
 * Counters that all workers of a host share: a file in the run folder that each
 * of them maps.  Counting is an atomic addition and no system call.  A worker
 * that is killed takes nothing with it.
 */
#ifndef TENANTRY_BASE_METRIC_H
#define TENANTRY_BASE_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	METRIC_STATUSES = 40, /* the last: any other */
	METRIC_BUCKETS = 14,  /* the last: without an end */
	METRIC_STATES = 6     /* of licences */
};

/* The statuses that are told apart, and where buckets end, in microseconds. */
extern const int metric_statuses[METRIC_STATUSES - 1]; /* ends with 0 */
extern const int64_t metric_buckets[METRIC_BUCKETS - 1];

/* What the database said. */
enum metric_error {
	METRIC_UNAVAILABLE, /* it cannot be reached or used */
	METRIC_LOST,        /* the connection was cut */
	METRIC_BUSY,        /* a lock or a statement took too long */
	METRIC_CONFLICT,    /* a deadlock */
	METRIC_UNEXPECTED,
	METRIC_ERRORS
};

struct metric_route {
	uint64_t statuses[METRIC_STATUSES];
	uint64_t buckets[METRIC_BUCKETS]; /* each its own, not the sum */
	uint64_t microseconds;
};

struct metrics {
	uint64_t errors[METRIC_ERRORS];
	uint64_t retries; /* transactions that were run again */
	uint64_t heads_written, heads_failed; /* of audit trails, to the log */
	/* what was counted by the database, and when (ms); 0: never */
	uint64_t licences[METRIC_STATES];
	uint64_t licences_at;
	uint64_t mails, mail_age;     /* that wait; of the oldest, in seconds */
	struct metric_route routes[]; /* the last: no route */
};

/*
 * Maps `run_dir`/metrics-`layout`, which is made if it is not there; those of
 * other layouts go then.  `layout` is a word that changes with the routes, with
 * the counters and with the program.
 * Where that cannot be done nothing is counted.  A reader makes no file: it
 * might be another account's than the workers'.
 */
void metric_open(
    const char *run_dir, const char *layout, size_t routes, bool is_reader);
void metric_close(void);

/* NULL: nothing is counted. */
struct metrics *metric_all(void);

/* A request to the route of that number has been answered. */
void metric_request(size_t route, int status, int64_t microseconds);
void metric_error(enum metric_error error);
void metric_retry(void);
/* The head of an organization's trail was due, and is in the log or not. */
void metric_head(bool is_written);

/* For readers, who meet writers. */
uint64_t metric_read(const uint64_t *counter);
void metric_set(uint64_t *counter, uint64_t value);

#endif
