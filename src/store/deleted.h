/*
 * Organizations that are deleted.  The row stays and is marked, the roles go
 * aside, the API keys end: until a purge begins all of it can be given back
 * (docs/decisions/0042).
 */
#ifndef TENANTRY_STORE_DELETED_H
#define TENANTRY_STORE_DELETED_H

#include "model/resource.h"
#include "store/caller.h"
#include "store/plan.h"

/* When it is deleted, and from when on its rows may go. */
void deleted_make(struct organization *row, int64_t now, int restore_days);

/*
 * The plan that deletes an organization, or another one that frees its name at
 * once; `row`: of deleted_make().
 */
extern const struct plan deleted_plan;
const struct plan *deleted_choose_plan(const void *row);

/* The same by the tool, in a transaction.  ERR_NO_RESOURCE: it is not there. */
enum err deleted_by_tool(
    struct store *st, const char *organization_id, int restore_days);

/* Locks the row, whatever it is marked with; ERR_NO_RESOURCE: it is gone. */
enum err deleted_lock(struct store *st, const char *organization_id);

struct restore {
	const char *organization_id;
	const struct caller *by; /* NULL: the tool */
	const char *name;        /* its display name, for the trail */
	bool with_keys;          /* those that had not expired, too */
	/* what has not come back */
	int64_t members, invitations, keys;
};

/*
 * Gives all back, in the transaction of the caller, who has locked the row.
 * ERR_STALE: it is not deleted, or a purge has begun.
 */
enum err deleted_restore(struct store *st, struct restore *restore);

/* The same by the tool; ERR_NO_RESOURCE in place of ERR_STALE. */
enum err deleted_restore_by_tool(struct store *st, struct restore *restore);

/*
 * Frees the names of a deleted organization, so that it cannot be restored, in
 * the transaction of the caller, who has locked the row.  ERR_UNCHANGED: they
 * are free, or it is not deleted.  The audit row is by `by`; NULL: by nobody.
 */
enum err deleted_free(
    struct store *st, const char *organization_id, const struct caller *by);

/* ERR_NAME_IN_USE, and says if that is by a deleted one of the caller's. */
enum err deleted_refuse_name(
    struct store *st, const struct asker *asker, const char *name_key);

extern const struct statement *const deleted_statements[];

#endif
