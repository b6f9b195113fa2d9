/*
 * The record of what went wrong in one request.  Knows no request.
 */
#ifndef TENANTRY_BASE_FAULT_H
#define TENANTRY_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cause.h"
#include "base/err.h"
#include "base/ulid.h"

/* The fault has room for as many. */
enum { FAULT_LIMITS = 2 };

/* A limit that stands in the way. */
struct fault_limit {
	const char *name;
	int64_t allowed, current;
};

/* Filled by whoever notices; read by the answer and the log. */
struct fault {
	enum err code;
	enum cause cause;
	int retry_after;    /* seconds, 0 = the default of the code */
	char detail[320];   /* for the client: no SQL, no file names */
	const char *member; /* of the problem, which names an id; or NULL */
	char id[ULID_SIZE];
	bool is_number;            /* `id` is */
	const char *needed, *have; /* see fault_rights(); both NULL: not said */
	struct fault_limit limits[FAULT_LIMITS];
	size_t limit_count;
};

/*
 * Records code and detail (printf(3)) and returns the code; what was recorded
 * before is forgotten.  Does nothing else without a fault.
 */
enum err fault_set(struct fault *fault, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what a caller may not: ERR_UNAUTHENTICATED, ERR_FORBIDDEN … */
enum err fault_refuse(struct fault *fault, enum err code, enum cause cause,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Which right a 403 needed and which the caller has, each in one word; beside
 * fault_refuse().  A problem names both or none.
 */
void fault_rights(struct fault *fault, const char *needed, const char *have);

/* What stands in the way, as a member of the problem: `{"userId": "01…"}`. */
void fault_name(struct fault *fault, const char *member, const char *id);
void fault_number(struct fault *fault, const char *member, long long number);

/* A limit that does, as one of the member `limits`; beside fault_set(). */
void fault_limit(
    struct fault *fault, const char *name, int64_t allowed, int64_t current);

#endif
