/*
 * A value on its way into a statement.  Knows neither statement nor library.
 */
#ifndef TENANTRY_EDGE_DB_VALUE_H
#define TENANTRY_EDGE_DB_VALUE_H

#include <stddef.h>
#include <stdint.h>

enum db_type { DB_NULL, DB_TEXT, DB_BYTES, DB_INTEGER, DB_TIME };

/* A parameter of a statement; the data must live while it runs. */
struct db_value {
	enum db_type type;
	const void *data;
	size_t length;
	int64_t number; /* DB_INTEGER; DB_TIME in ms since 1970 */
};

/* NULL or an empty text is NULL in SQL. */
struct db_value db_text(const char *text);
struct db_value db_bytes(const void *data, size_t length);
struct db_value db_integer(int64_t number);
/* 0 is NULL in SQL. */
struct db_value db_time(int64_t ms);

#endif
