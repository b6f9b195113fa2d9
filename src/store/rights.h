/*
 * The rule of roles as SQL, once, for every list: the least of the role that
 * the user has there and of the role of the key (model/caller.c has it in C).
 * `u` is the user and `k` the key, as in every caller's statement; `binding`
 * is the alias of the user's membership in the organization.
 */
#ifndef TENANTRY_STORE_RIGHTS_H
#define TENANTRY_STORE_RIGHTS_H

#define KEY_IS_FULL "COALESCE(k.role, 'admin') = 'admin'"

#define USER_IS_ADMIN(binding) \
	"(u.is_system_admin OR " binding ".role = 'admin')"

/* The caller is bound to project `p`; `role` narrows it. */
#define IS_BOUND(role) \
	"EXISTS (SELECT 1 FROM project_bindings x" \
	" WHERE x.user_id = u.id AND x.project_id = p.id" role ")"

/* An admin of the organization; a key of a project is none. */
#define IS_ADMIN(binding) \
	"(" USER_IS_ADMIN(binding) " AND " KEY_IS_FULL \
				   " AND k.project_id IS NULL)"

/*
 * Project `p` may be used: by an admin of its organization, by who is bound to
 * it, and by an admin's key that is bound to it, whatever the key's role.
 */
#define MAY_USE_PROJECT(binding) \
	"((k.project_id IS NULL OR p.id = k.project_id)" \
	" AND ((" USER_IS_ADMIN( \
	    binding) " AND (" KEY_IS_FULL \
		     " OR k.project_id IS NOT NULL)) OR " IS_BOUND("") "))"

/*
 * The same by a key that is bound to no project, where the caller's binding is
 * joined as `x`: an optimizer may read all bindings for an EXISTS.
 */
#define MAY_USE_PROJECT_OF(binding, x) \
	"((" USER_IS_ADMIN(binding) " AND " KEY_IS_FULL ") OR " x \
				    ".role IS NOT NULL)"

/* An admin of project `p`, which may be used. */
#define IS_PROJECT_ADMIN(binding) \
	"(" KEY_IS_FULL " AND (" USER_IS_ADMIN(binding) " OR " IS_BOUND( \
	    " AND x.role = 'admin'") "))"

/* The same for the project of the path (`hp`, with the caller's binding `hb`).
 */
#define IS_PATH_PROJECT_ADMIN \
	"(" KEY_IS_FULL " AND (" USER_IS_ADMIN("b") " OR hb.role = 'admin'))"

/* The audit row `t` is within the bounds of a full key. */
#define TRAIL_IS_IN_BOUNDS \
	"(" KEY_IS_FULL " AND k.project_id IS NULL" \
	" AND (k.organization_id IS NULL" \
	" OR k.organization_id = t.organization_id))"

/* The organization of the audit row `t`, if it has one, is not deleted. */
#define TRAIL_IS_THERE \
	"(t.organization_id IS NULL OR EXISTS (SELECT 1 FROM organizations d" \
	" WHERE d.id = t.organization_id AND d.deleted_at IS NULL))"

/* An admin of the organization of the audit row `t`, with this credential. */
#define TRAIL_IS_OF_ADMIN \
	"(" TRAIL_IS_IN_BOUNDS " AND ((u.is_system_admin AND " TRAIL_IS_THERE \
	") OR EXISTS (SELECT 1" \
	" FROM organization_bindings x WHERE x.user_id = u.id" \
	" AND x.organization_id = t.organization_id" \
	" AND x.role = 'admin')))"

/*
 * A statement that asks whether the trail has a row `t` of an id that fits a
 * condition: what was removed is told from what was never there.
 */
#define TRAIL_FOUND "a.id IS NOT NULL AS found"
#define TRAIL_HAS(condition) \
	"LEFT JOIN audit_events a ON a.id = (SELECT MIN(t.id)" \
	" FROM audit_events t WHERE t.resource_id = ? AND " condition ")"

#endif
