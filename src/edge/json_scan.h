/*
 * Whether a text is JSON (RFC 8259, and no NUL, no lone surrogate, nesting
 * of 32 at most).  Builds nothing; stands before json-c, which takes more
 * than the RFC even when strict and replaces a lone surrogate by U+FFFD.
 */
#ifndef TENANTRY_EDGE_JSON_SCAN_H
#define TENANTRY_EDGE_JSON_SCAN_H

#include <stddef.h>

/*
 * NULL when `text` is one value with nothing but white space around it; lists,
 * objects and what they hold are `max_values` at most, and it stops at one
 * more.  `*members` is the number of members written in all its objects,
 * duplicates included.  Else what is wrong ("invalid UTF-8", …) and `*at` the
 * byte.
 */
const char *json_scan(const char *text, size_t length, size_t max_values,
    size_t *at, size_t *members);

#endif
