/*
 * What the audit trail says of an import: as much as of the writes that would
 * make the same, so that a copy can be made from the changes.
 */
#ifndef TENANTRY_STORE_IMPORT_TRAIL_H
#define TENANTRY_STORE_IMPORT_TRAIL_H

#include "store/import.h"
#include "store/import_line.h"

/* The first row of the chain, with the hash of the file. */
enum err import_enter_organization(struct store *st, const struct import *in,
    const struct named_line *organization);

enum err import_enter_licence(struct store *st, const struct import *in);

enum err import_enter_project(struct store *st, const struct import *in,
    const struct named_line *project);

/* With the roles in projects, which are there already; `expires_at` in ms. */
enum err import_enter_member(struct store *st, const struct import *in,
    const char *user_id, const char *role);
enum err import_enter_invitation(struct store *st, const struct import *in,
    const char *id, const char *role, int64_t expires_at);

extern const struct statement import_roles_of_invitation,
    import_roles_of_member;

#endif
