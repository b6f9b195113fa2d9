/*
 * Comma-separated values (RFC 4180), read record by record.
 */
#ifndef TENANTRY_BASE_CSV_H
#define TENANTRY_BASE_CSV_H

#include <stddef.h>

enum { CSV_CELLS_MAX = 16 };

struct csv_record {
	const char *cells[CSV_CELLS_MAX]; /* within the text that was read */
	size_t count;
};

/*
 * Reads the record at `*at` and moves behind it; the text ends with a NUL and
 * is written over.  Lines end with CRLF or LF, the last one also with the text.
 * Returns NULL, or what is wrong with the record as a static text; `*at` is
 * nowhere to go on from then.
 */
const char *csv_read(char **at, struct csv_record *out);

#endif
