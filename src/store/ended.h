/*
 * What has ended and is kept only so that people can look at it: API keys and
 * invitations go 90 days after their end, the address of an invitation 30 days
 * after it; sessions, security events and counts of requests go as their
 * headers say.  So nothing grows without end on a host with a quota.
 */
#ifndef TENANTRY_STORE_ENDED_H
#define TENANTRY_STORE_ENDED_H

#include "store/statement.h"

enum { ENDED_KEPT_DAYS = 90, ENDED_ADDRESS_DAYS = 30 };

/*
 * Removes some of them, about 100 of a kind, each kind in a transaction of
 * its own; adds to `*removed` how many.  Nothing left: it adds 0.
 */
enum err ended_slice(struct store *st, uint64_t *removed);

extern const struct statement *const ended_statements[];

#endif
