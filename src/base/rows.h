/*
 * A source of rows that is read once, forwards: the store fills it, the
 * response drains it, neither knows the other.
 */
#ifndef TENANTRY_BASE_ROWS_H
#define TENANTRY_BASE_ROWS_H

#include <stdbool.h>

#include "base/err.h"

struct rows {
	/*
	 * Steps to the next row.  `*more` is false at the end.  An error ends
	 * the source; what it holds is released at the end or on error.
	 */
	enum err (*next)(struct rows *rows, bool *more);
	void *source; /* of whoever filled it */
};

#endif
