/*
 * Organizations: create with all that belongs to one, read, rename, delete.
 */
#ifndef TENANTRY_STORE_ORGANIZATION_H
#define TENANTRY_STORE_ORGANIZATION_H

#include "base/rows.h"
#include "model/licence.h"
#include "model/resource.h"
#include "store/caller.h"

/*
 * The caller's organizations with the projects that the caller may see, ordered
 * by both ids, one at a time into `row`: opened, and the first row already
 * read; `rows` yields it first.
 */
enum err organization_tree(struct store *st, struct asker *asker,
    struct tree_row *row, struct rows *rows);

/* Whether a name of that key is taken. */
enum err organization_verify(struct store *st, struct asker *asker,
    const struct name *name, bool *in_use);

struct organization_create {
	const struct name *name;
	const struct name *project_name;
	struct licence
	    *licence; /* id and organization_id are set here or kept */
	int64_t most; /* that the user may have created; 0: any number */
	/* results */
	struct organization organization;
	struct project project;
};

/*
 * Permits the caller and fills organization and project, with ids and with
 * slugs that nothing has; a licence is then to be made for that id.
 */
enum err organization_plan(
    struct store *st, struct asker *asker, struct organization_create *in);

/*
 * Organization, project, licence, bindings, active project and audit row in
 * one transaction, after organization_plan().  ERR_NAME_IN_USE,
 * ERR_BAD_LICENCE (claimed elsewhere), ERR_NOT_CREATED (the creator went
 * away), ERR_ORGANIZATION_LIMIT.
 */
enum err organization_create(
    struct store *st, struct asker *asker, struct organization_create *in);

/* Renames the organization of the scope; ERR_NAME_IN_USE. */
enum err organization_rename(
    struct store *st, struct asker *asker, const struct name *name);

extern const struct statement *const organization_statements[];
extern const struct statement *const organization_create_statements[];

#endif
