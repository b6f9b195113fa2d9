/*
 * What is done for a new project, of a new organization or of one that is there
 * (resource/project_create.c).
 */
#ifndef TENANTRY_STORE_PROJECT_H
#define TENANTRY_STORE_PROJECT_H

#include "model/resource.h"
#include "store/caller.h"

/* Id, organization, slug, name, its key, secret key, two times, labels. */
#define PROJECT_INSERT \
	"INSERT INTO projects (id, organization_id, name, display_name," \
	" name_key, secret_key, created_at, modified_at, labels)"
#define PROJECT_VALUES "?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, '{}')"

/*
 * Project, time, user, organization.  A system administrator may add to an
 * organization without belonging to it; a service key belongs to one and is
 * bound to nothing.
 */
#define PROJECT_BIND \
	"INSERT INTO project_bindings (user_id, project_id, organization_id," \
	" role, created_at)" \
	" SELECT b.user_id, ?, b.organization_id, 'admin', ?" \
	" FROM organization_bindings b" \
	" WHERE b.user_id = ? AND b.organization_id = ?"

/*
 * How many projects of a body's `t.list` fit a condition.  Where it names none,
 * none is read: an organization may have 100,000.
 */
#define PROJECTS_NAMED(condition_) \
	"IF(t.list IS NULL, 0, (SELECT COUNT(*) FROM projects p" \
	" WHERE p.organization_id = o.id" \
	" AND LOCATE(p.id, t.list) > 0" condition_ "))"

/* Fills what a new project begins with; `out->id` is set before. */
void project_begin(
    const struct store *st, const struct name *name, struct project *out);

/* Whether the organization has a project of that name; locks it. */
enum err project_has_name(struct store *st, const char *organization_id,
    const char *name_key, bool *found);

extern const struct statement *const project_statements[];

#endif
