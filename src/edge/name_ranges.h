/*
 * What names need of Unicode and utf8proc does not have: the scripts that use
 * joiners, and what variation selectors may follow.  Ranges, not every
 * character: tests/unit/test_name_data.c compares them with Unicode's data.
 */
#ifndef TENANTRY_EDGE_NAME_RANGES_H
#define TENANTRY_EDGE_NAME_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* Are both of one script in which U+200C and U+200D join or part letters? */
bool name_may_join(int32_t before, int32_t next);

/* May the selector follow the base?  Pictographs are the caller's to know. */
bool name_has_variant(int32_t base, int32_t selector);

#endif
