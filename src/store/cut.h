/*
 * Cutting old rows of the audit trail off.  Where a chain begins then stays
 * known: number, time and hash of the newest row that was cut, also signed.  By
 * the migration account: the service's may not delete events.
 */
#ifndef TENANTRY_STORE_CUT_H
#define TENANTRY_STORE_CUT_H

#include "store/chain.h"

/*
 * The newest row of a chain that is older than `before` (ms) and may be cut:
 * one row stays always.  Its `seq` is 0 where nothing is to be cut.
 */
enum err cut_find(
    struct store *st, const char *id, int64_t before, struct chain_head *last);

/* From here on the chain begins behind that row; `token` is its signed head. */
enum err cut_begin(
    struct store *st, const struct chain_head *last, const char *token);

/* Removes some rows before the beginning; `*count` 0: there are none left. */
enum err cut_slice(struct store *st, const char *id, uint64_t *count);

extern const struct statement *const cut_statements[];

#endif
