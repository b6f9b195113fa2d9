/*
 * Writes a security event, after the answer, if a system administrator has read
 * an organization without being a member of it.
 */
#ifndef TENANTRY_SERVE_FOREIGN_H
#define TENANTRY_SERVE_FOREIGN_H

#include "store/caller.h"

/* Enters a read that has succeeded, if it was one of those. */
void foreign_read_write(struct store *st, const struct caller *caller);

#endif
