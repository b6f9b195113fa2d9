/*
 * Organizations that are older than the audit chain: those of a database of
 * 0.1.0, until its chain begins.  A write begins it too (audit.h); an
 * organization that is only read would have no chain, head or changes.
 */
#ifndef TENANTRY_STORE_GENESIS_H
#define TENANTRY_STORE_GENESIS_H

#include "base/ulid.h"
#include "store/statement.h"

/* Where the next slice begins; all zero at first. */
struct genesis {
	char after[ULID_SIZE]; /* an organization's id */
	int64_t begun;         /* chains, so far */
	bool is_done;          /* no organization is left behind `after` */
};

/*
 * Begins the chains of at most 100 organizations, in the order of their ids, in
 * one transaction.  Others write meanwhile: one that has begun the chain itself
 * is passed over.  ERR_NONE moves `after` on; else nothing is changed.
 */
enum err genesis_slice(struct store *st, struct genesis *genesis);

extern const struct statement *const genesis_statements[];

#endif
