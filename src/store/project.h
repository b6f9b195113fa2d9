/*
 * Projects of an organization.
 */
#ifndef TENANTRY_STORE_PROJECT_H
#define TENANTRY_STORE_PROJECT_H

#include "model/resource.h"
#include "store/caller.h"
#include "store/licence.h"

/* Fills what a new project begins with; `out->id` is set before. */
void project_begin(
    const struct store *st, const struct name *name, struct project *out);

/*
 * Inserts a project that was begun, inside the caller's transaction.  Its slug
 * gives way to its id where it is taken.  ERR_NAME_IN_USE where the
 * organization has the name.
 */
enum err project_insert(struct store *st, const char *organization_id,
    const struct name *name, struct project *out, struct fault *fault);

/* Makes a user admin of a project, inside the caller's transaction. */
enum err project_bind(struct store *st, const char *user_id,
    const char *organization_id, const char *project_id);

/*
 * Adds a project to the organization of the scope.  ERR_LIMIT with `use`
 * filled, ERR_LICENCE_EXPIRED, ERR_NAME_IN_USE.
 */
enum err project_create(struct store *st, struct asker *asker,
    const struct name *name, struct project *out, struct licence_use *use);

extern const struct statement *const project_statements[];

#endif
