/*
 * What the service's account of the database may do, table by table: one list,
 * which a test compares with the tables that there are.
 */
#ifndef TENANTRY_STORE_GRANT_H
#define TENANTRY_STORE_GRANT_H

#include <stddef.h>

struct grant {
	const char *table;
	const char
	    *rights; /* of SELECT, INSERT, UPDATE, DELETE; ", " between */
	/* may be read, and is written by the migration account alone; or NULL */
	const char *column;
};

extern const struct grant grants[];
extern const size_t grant_count;

#endif
