/*
 * What the service's account of the database may do, table by table: one list,
 * which a test compares with the tables that there are.
 */
#ifndef TENANTRY_STORE_GRANT_H
#define TENANTRY_STORE_GRANT_H

#include <stddef.h>

struct grant {
	const char *table;
	/* of SELECT, INSERT, UPDATE and DELETE, ", " between */
	const char *rights;
	/* NULL, or one that the migration account alone may write */
	const char *column;
};

extern const struct grant grants[];
extern const size_t grant_count;

#endif
