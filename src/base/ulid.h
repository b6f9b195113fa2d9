/*
 * Identifiers: ULID, 26 characters of Crockford base32, ordered by creation
 * within a process even when the clock steps back.
 * Source: the ULID specification (48 bit milliseconds, 80 bit random).
 */
#ifndef TENANTRY_BASE_ULID_H
#define TENANTRY_BASE_ULID_H

#include <stdbool.h>
#include <stdint.h>

enum { ULID_SIZE = 27, ULID_POOL_SIZE = 250 }; /* with the NUL */

/* The last id that a process made; zeroed at start. */
struct ulid_clock {
	uint64_t ms;
	unsigned char random[10];
	unsigned char pool[ULID_POOL_SIZE]; /* random bytes for the next ids */
	unsigned char pool_left;
};

/*
 * Writes the next id.  `now` is in milliseconds since 1970.  Later calls give
 * greater ids.  Random bits come from getrandom(2); the process ends where
 * the kernel has none.
 */
void ulid_make(struct ulid_clock *clock, uint64_t now, char out[ULID_SIZE]);

/* 26 characters of upper-case Crockford base32, no more than 128 bits. */
bool ulid_is_valid(const char *text);

/* The time of an id, in milliseconds since 1970; of another text any time. */
int64_t ulid_time(const char *id);

/* The same in either case: what a slug must not look like. */
bool ulid_looks_like(const char *text);

#endif
