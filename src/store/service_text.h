/*
 * The statements of callers for service keys.  Statements are written for
 * people: they join the caller's memberships by `u.id`.  A service key has no
 * user.  Its own row says which organization, project and role it has, so that
 * the row stands where the membership would.
 */
#ifndef TENANTRY_STORE_SERVICE_TEXT_H
#define TENANTRY_STORE_SERVICE_TEXT_H

#include "base/arena.h"

/*
 * The text for a service key, whose id is `u.id`:
 *
 *     organization_bindings b ON b.user_id = u.id
 *     project_bindings x WHERE x.user_id = u.id AND x.project_id = p.id
 *
 * with or without FORCE INDEX (PRIMARY) behind the alias, become
 *
 *     api_keys b ON b.id = u.id
 *     api_keys x WHERE x.id = u.id
 *         AND (x.project_id IS NULL OR x.project_id = p.id)
 *
 * Memberships that are joined in any other way are those of other people, and
 * stay as they are: a service key finds none of its own there.
 */
const char *service_text(struct arena *mem, const char *text);

#endif
