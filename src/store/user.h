/*
 * The users of an organization.
 */
#ifndef TENANTRY_STORE_USER_H
#define TENANTRY_STORE_USER_H

#include "base/rows.h"
#include "model/resource.h"
#include "store/caller.h"

/* The members of the organization of the context, by id. */
enum err user_list(
    struct store *st, struct asker *asker, struct user *row, struct rows *rows);

extern const struct statement *const user_statements[];

#endif
