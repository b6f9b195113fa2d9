/*
 * Time: the wall clock in milliseconds, the monotonic one in microseconds,
 * and RFC 3339 both ways.
 */
#ifndef TENANTRY_BASE_CLOCK_H
#define TENANTRY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_TEXT_SIZE = 25 }; /* 2026-01-02T03:04:05.678Z and the NUL */

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now(void);

/* Microseconds since an arbitrary start; never goes back. */
int64_t clock_tick(void);

/* Milliseconds since 1970 of a UTC date and time (proleptic Gregorian). */
int64_t clock_join(int year, int month, int day, int64_t ms_of_day);

struct clock_parts {
	int year, month, day, hour, minute, second, millisecond;
};

/* The reverse: years 0 to 9999. */
struct clock_parts clock_split(int64_t ms);

/* RFC 3339 in UTC with `Z` and three decimals. */
void clock_print(int64_t ms, char out[CLOCK_TEXT_SIZE]);

/*
 * Reads an RFC 3339 section 5.6 date-time with any offset; decimals beyond
 * milliseconds are cut.  False, and `*ms` untouched, where it is none.
 */
bool clock_parse(const char *text, int64_t *ms);

#endif
