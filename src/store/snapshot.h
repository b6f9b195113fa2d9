/*
 * What an organization of before has when its audit chain begins: what a reader
 * of its changes begins with (docs/audit.md).
 */
#ifndef TENANTRY_STORE_SNAPSHOT_H
#define TENANTRY_STORE_SNAPSHOT_H

#include "store/statement.h"

/*
 * The `change` of the row `audit.genesis`, in the arena: read inside the
 * transaction that enters it.  `*is_there` false: there is no such
 * organization.
 */
enum err snapshot_read(struct store *st, const char *organization_id,
    const char **change, bool *is_there);

extern const struct statement *const snapshot_statements[];

#endif
