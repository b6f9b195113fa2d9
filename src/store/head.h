/*
 * The head of a chain: its newest row, signed, to be kept where nobody who can
 * write to the database can write (docs/audit.md).
 */
#ifndef TENANTRY_STORE_HEAD_H
#define TENANTRY_STORE_HEAD_H

#include "edge/jws.h"
#include "store/chain.h"

/*
 * A compact JWS with the claims at, hash, org and seq, and `cut` where a trail
 * is to begin behind that row: any other head must not serve for that, since
 * many have them.  Owned by the arena.
 * NULL: the chain has no row, or there is no key.
 */
const char *head_sign(struct arena *mem, const struct jws_signer *signer,
    const struct chain_head *head);

/*
 * Whether the head of an organization is to be written to the log: the last
 * time was over a day ago.  Of several who ask at once one is told so.
 */
enum err head_is_due(
    struct store *st, const char *organization_id, bool *is_due);

extern const struct statement *const head_statements[];

#endif
