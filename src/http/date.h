/*
 * Dates in a query, in the forms that clients of the audit trail send.
 */
#ifndef TENANTRY_HTTP_DATE_H
#define TENANTRY_HTTP_DATE_H

#include <stdbool.h>

enum { DATE_SIZE = 27 }; /* 2026-01-02 03:04:05.678901 and the NUL */

/*
 * Reads `YYYYMMDDHHMMSS`, `2006-01-02 15:04:05.000000-07`, RFC 3339, or a date
 * alone, as UTC.  Without an offset it is UTC; decimals beyond microseconds are
 * cut; a space before an offset is a `+` that a form has decoded.  `is_end`: a
 * time without a fraction is the end of its second, a date the end of its day.
 * False where it is none, or not of the years 1000 to 9999.
 */
bool date_read(const char *text, bool is_end, char out[DATE_SIZE]);

#endif
