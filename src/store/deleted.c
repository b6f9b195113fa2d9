#include "store/deleted.h"

#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/lock.h"
#include "store/usable_admin.h"

enum { DAY = 24 * 60 * 60 * 1000 };

/* --- delete --------------------------------------------------------------- */

#define ID OLD(TEXT, struct organization, id)

static const struct statement keep_roles = {
	.text = "INSERT INTO deleted_bindings (organization_id, user_id,"
		" project_id, role, created_at)"
		" SELECT organization_id, user_id, '', role, created_at"
		" FROM organization_bindings WHERE organization_id = ?",
	IN(ID),
};

static const struct statement keep_project_roles = {
	.text = "INSERT INTO deleted_bindings (organization_id, user_id,"
		" project_id, role, created_at)"
		" SELECT organization_id, user_id, project_id, role, created_at"
		" FROM project_bindings WHERE organization_id = ?",
	IN(ID),
};

/* In the order of the users, as all locks are. */
static const struct statement leave_projects = {
	.text = "UPDATE organization_bindings b"
		" FORCE INDEX (organization_bindings_organization)"
		" STRAIGHT_JOIN users u ON u.id = b.user_id"
		" LEFT JOIN projects ap ON ap.id = u.active_project_id"
		" AND ap.organization_id = b.organization_id"
		" LEFT JOIN projects np ON np.id = u.next_login_project_id"
		" AND np.organization_id = b.organization_id"
		" SET u.active_project_id ="
		" IF(ap.id IS NULL, u.active_project_id, NULL),"
		" u.next_login_project_id ="
		" IF(np.id IS NULL, u.next_login_project_id, NULL)"
		" WHERE b.organization_id = ?"
		" AND (ap.id IS NOT NULL OR np.id IS NOT NULL)",
	IN(ID),
};

#define NO_END "'9999-12-31 00:00:00'"

/* By the database's clock, which says of each whether it is live. */
static const struct statement end_keys = {
	.text = "UPDATE api_keys SET version = version + 1, modified_at = ?,"
		" ended_from = COALESCE(expires_at, " NO_END "),"
		" expires_at = UTC_TIMESTAMP(3) WHERE organization_id = ?"
		" AND (expires_at IS NULL OR expires_at > UTC_TIMESTAMP(3))",
	IN(NOW, ID),
};

static const struct statement revoke_invitations = {
	.text = "UPDATE invitations SET state = 'revoked', pending_key = NULL,"
		" ended_at = ?, modified_at = ?, version = version + 1"
		" WHERE organization_id = ? AND pending_key IS NOT NULL",
	IN(NOW, NOW, ID),
};

/* A foreign key deletes the roles in its projects with them. */
static const struct statement delete_roles = {
	.text = "DELETE FROM organization_bindings WHERE organization_id = ?",
	IN(ID),
};

static const struct statement mark = {
	.text = "UPDATE organizations SET deleted_at = ?, deleted_by = ?,"
		" purge_after = ?, is_restorable = 1, member_count = 0"
		" WHERE id = ? AND version = ? AND deleted_at IS NULL",
	IN(NOW, CALLER(user_id), ROW(TIME, struct organization, purge_after),
	    ID, OLD(INTEGER, struct organization, version)),
};

/* No name folds to a key that begins with a NUL, and no slug is an id. */
#define FREE \
	"UPDATE organizations SET is_restorable = NULL, name = LOWER(id)," \
	" name_key = CONCAT(X'00', id)," \
	" purge_after = LEAST(purge_after, ?)" \
	" WHERE id = ? AND is_restorable = 1"

static const struct statement free_names = {
	.text = FREE,
	IN(NOW, ID),
};

#define DELETE_STEPS \
	{ &keep_roles, ERR_NONE, ERR_NONE }, \
	    { &keep_project_roles, ERR_NONE, ERR_NONE }, \
	    { &leave_projects, ERR_NONE, ERR_NONE }, \
	    { &end_keys, ERR_NONE, ERR_NONE }, \
	    { &revoke_invitations, ERR_NONE, ERR_NONE }, \
	    { &delete_roles, ERR_NONE, ERR_NONE }, \
	{ \
		&mark, ERR_STALE, ERR_NONE \
	}
#define TRAIL \
	.action = "organization.delete", .kind = "Organization", \
	.subject = ID, .detail = OLD(TEXT, struct organization, display_name), \
	PARTS({ "name", OLD(TEXT, struct organization, display_name), false }, \
	    { "purgeAfter", ROW(TIME, struct organization, purge_after), \
		false })

const struct plan deleted_plan = { STEPS(DELETE_STEPS), TRAIL };
static const struct plan delete_plan_free = {
	STEPS(DELETE_STEPS, { &free_names, ERR_STALE, ERR_NONE }),
	TRAIL,
};

void deleted_make(struct organization *row, int64_t now, int restore_days)
{
	row->deleted_at = now;
	row->purge_after = now + (int64_t)restore_days * DAY;
}

const struct plan *deleted_choose_plan(const void *row)
{
	const struct organization *made = row;

	return made->purge_after == made->deleted_at ? &delete_plan_free
						     : &deleted_plan;
}

/* --- restore -------------------------------------------------------------- */

static const struct statement lock = {
	.text = LOCK_ORGANIZATION " WHERE id = ?",
	.values = 1,
};

#define OF_ORGANIZATION " d.organization_id = ? AND d.project_id = ''"

/* A disabled admin gets the role back if there is no other. */
static const struct statement give_roles = {
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at, version) SELECT d.user_id,"
		" d.organization_id, d.role, d.created_at, " ROLE_VERSION
		" FROM deleted_bindings d FORCE INDEX (PRIMARY)"
		" STRAIGHT_JOIN users u ON u.id = d.user_id"
		" WHERE" OF_ORGANIZATION " AND (u.disabled_at IS NULL"
		" OR (d.role = 'admin' AND NOT EXISTS (SELECT 1"
		" FROM deleted_bindings e FORCE INDEX (PRIMARY)"
		" STRAIGHT_JOIN users v ON v.id = e.user_id"
		" WHERE e.organization_id = d.organization_id"
		" AND e.project_id = '' AND e.role = 'admin'"
		" AND v.disabled_at IS NULL)))",
	.values = 1,
};

static const struct statement give_project_roles = {
	.text = "INSERT INTO project_bindings (user_id, project_id,"
		" organization_id, role, created_at, version)"
		" SELECT d.user_id, d.project_id, d.organization_id, d.role,"
		" d.created_at, " ROLE_VERSION
		" FROM deleted_bindings d FORCE INDEX (PRIMARY)"
		" STRAIGHT_JOIN organization_bindings b"
		" ON b.user_id = d.user_id"
		" AND b.organization_id = d.organization_id"
		" WHERE d.organization_id = ? AND d.project_id <> ''",
	.values = 1,
};

static const struct statement count_members = {
	.text = "SELECT COUNT(*) AS value"
		" FROM deleted_bindings d FORCE INDEX (PRIMARY)"
		" LEFT JOIN organization_bindings b ON b.user_id = d.user_id"
		" AND b.organization_id = d.organization_id"
		" WHERE" OF_ORGANIZATION " AND b.user_id IS NULL",
	.values = 1,
	.tables = { &statement_number_table },
};

/* That could be accepted when it was deleted. */
static const struct statement count_invitations = {
	.text = "SELECT COUNT(*) AS value FROM organizations o"
		" JOIN invitations i ON i.organization_id = o.id"
		" AND i.state = 'revoked' AND i.ended_at = o.deleted_at"
		" AND i.expires_at > o.deleted_at WHERE o.id = ?",
	.values = 1,
	.tables = { &statement_number_table },
};

/* Not those of a user who has not come back. */
#define KEYS_OF_NOW \
	" WHERE organization_id = ? AND ended_from > UTC_TIMESTAMP(3)" \
	" AND (user_id IS NULL OR EXISTS (SELECT 1" \
	" FROM organization_bindings b WHERE b.user_id = api_keys.user_id" \
	" AND b.organization_id = api_keys.organization_id))"
static const struct statement give_keys = {
	.text = "UPDATE api_keys SET version = version + 1, modified_at = ?,"
		" expires_at = NULLIF(ended_from, " NO_END "),"
		" ended_from = NULL" KEYS_OF_NOW,
	.values = 2,
};

/* For the trail: the keys that are given back, the members who are not. */
static const struct statement given_keys = {
	.text = AUDIT_ID("id") " FROM api_keys" KEYS_OF_NOW " ORDER BY id",
	.values = 1,
	.tables = { &statement_word_table },
};
#define KEPT_ASIDE " FROM deleted_bindings d FORCE INDEX (PRIMARY)"
static const struct statement lost_members = {
	.text = AUDIT_ID("d.user_id") KEPT_ASIDE
	" LEFT JOIN organization_bindings b ON b.user_id = d.user_id"
	" AND b.organization_id = d.organization_id"
	" WHERE" OF_ORGANIZATION " AND b.user_id IS NULL ORDER BY d.user_id",
	.values = 1,
	.tables = { &statement_word_table },
};

static const struct statement forget_keys = {
	.text = "UPDATE api_keys SET ended_from = NULL"
		" WHERE organization_id = ? AND ended_from IS NOT NULL",
	.values = 1,
};

/*
 * If the licence key was released meanwhile, another organization may use it:
 * this licence has ended then.
 */
static const struct statement lose_licence = {
	.text = "UPDATE licences SET jti = CONCAT('lost-', id),"
		" expires_at = '1970-01-02 00:00:00'"
		" WHERE organization_id = ? AND NOT EXISTS (SELECT 1"
		" FROM licence_claims c WHERE c.jti = licences.jti"
		" AND c.organization_id = licences.organization_id)",
	.values = 1,
};

static const struct statement claim_lost = {
	.text = "INSERT INTO licence_claims (jti, organization_id, claimed_at)"
		" SELECT jti, organization_id, ? FROM licences"
		" WHERE organization_id = ?",
	.values = 2,
};

static const struct statement forget_roles = {
	.text = "DELETE FROM deleted_bindings WHERE organization_id = ?",
	.values = 1,
};

static const struct statement unmark = {
	.text = "UPDATE organizations SET deleted_at = NULL,"
		" deleted_by = NULL, purge_after = NULL, is_restorable = NULL,"
		" version = version + 1, modified_at = ?, member_count ="
		" (SELECT COUNT(*) FROM organization_bindings b"
		" WHERE b.organization_id = organizations.id)"
		" WHERE id = ? AND is_restorable = 1",
	.values = 2,
};

enum err deleted_lock(struct store *st, const char *organization_id)
{
	struct db_value id = db_text(organization_id);
	uint64_t affected = 0;
	enum err err = store_run(st, &lock, &id, &affected);

	return !err && affected == 0 ? ERR_NO_RESOURCE : err;
}

/* What the trail says. */
struct trail {
	const char *keys, *lost;
	int64_t licence_ends_at; /* if that has changed */
};

static enum err restore_keys(
    struct store *st, struct restore *restore, struct trail *trail)
{
	const struct db_value values[] = { db_time(st->now),
		db_text(restore->organization_id) };
	uint64_t left = 0;
	enum err err = ERR_NONE;

	if (restore->with_keys &&
	    !(err = audit_list(st, &given_keys, values + 1, &trail->keys)))
		err = store_run(st, &give_keys, values, NULL);
	if (!err)
		err = store_run(st, &forget_keys, values + 1, &left);
	restore->keys = (int64_t)left;
	return err;
}

static enum err restore_licence(
    struct store *st, const char *organization_id, struct trail *trail)
{
	const struct db_value values[] = { db_time(st->now),
		db_text(organization_id) };
	uint64_t affected = 0;
	enum err err = store_run(st, &lose_licence, values + 1, &affected);

	if (err || affected == 0)
		return err;
	trail->licence_ends_at = DAY;
	return store_run(st, &claim_lost, values, NULL);
}

/* The tool, and a purge that is due. */
static const struct caller *or_nobody(const struct caller *by)
{
	static const struct caller nobody;

	return by != NULL ? by : &nobody;
}

static enum err enter_restored(
    struct store *st, const struct restore *restore, const struct trail *trail)
{
	const struct audit_entry entry = {
		AUDIT_BY(or_nobody(restore->by)),
		.organization_id = restore->organization_id,
		.action = "organization.restore",
		.resource_kind = "Organization",
		.resource_id = restore->organization_id,
		.detail = restore->name,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TIME("expiresAt", trail->licence_ends_at),
		    AUDIT_MEMBER_JSON("keys", trail->keys),
		    AUDIT_MEMBER_JSON("lost", trail->lost),
		    AUDIT_MEMBER_TEXT("name", restore->name)),
	};

	return audit_insert(st, &entry);
}

enum err deleted_restore(struct store *st, struct restore *restore)
{
	const struct db_value values[] = { db_time(st->now),
		db_text(restore->organization_id) };
	const struct db_value *id = values + 1;
	struct trail trail = { .keys = NULL };
	uint64_t affected = 0;
	enum err err;

	if ((err = store_run(st, &give_roles, id, NULL)) ||
	    (err = store_run(st, &give_project_roles, id, NULL)) ||
	    (err = store_number(st, &count_members, id, &restore->members)) ||
	    (err = store_number(
		 st, &count_invitations, id, &restore->invitations)) ||
	    (err = audit_list(st, &lost_members, id, &trail.lost)) ||
	    (err = restore_keys(st, restore, &trail)) ||
	    (err = restore_licence(st, restore->organization_id, &trail)) ||
	    (err = store_run(st, &forget_roles, id, NULL)) ||
	    (err = store_run(st, &unmark, values, &affected)))
		return err;
	return affected == 0 ? ERR_STALE : enter_restored(st, restore, &trail);
}

/* --- purge ---------------------------------------------------------------- */

static const struct statement free_it = {
	.text = FREE,
	.values = 2,
};

enum err deleted_free(
    struct store *st, const char *organization_id, const struct caller *by)
{
	const struct db_value values[] = { db_time(st->now),
		db_text(organization_id) };
	const struct audit_entry entry = {
		AUDIT_BY(or_nobody(by)),
		.organization_id = organization_id,
		.action = "organization.purge",
		.resource_kind = "Organization",
		.resource_id = organization_id,
		.change = "{\"state\":\"purged\"}",
	};
	uint64_t affected = 0;
	enum err err = store_run(st, &free_it, values, &affected);

	if (err)
		return err;
	st->purge_from = 0;
	return affected == 0 ? ERR_UNCHANGED : audit_insert(st, &entry);
}

/* --- a name that is taken ------------------------------------------------- */

static const struct statement holds_name = {
	.text = "SELECT 1 AS found FROM organizations o WHERE o.name_key = ?"
		" AND o.is_restorable = 1 AND (? OR EXISTS (SELECT 1"
		" FROM deleted_bindings d WHERE d.organization_id = o.id"
		" AND d.user_id = ? AND d.project_id = ''"
		" AND d.role = 'admin'))",
	.values = 3,
	.tables = { &statement_found_table },
};

enum err deleted_refuse_name(
    struct store *st, const struct asker *asker, const char *name_key)
{
	const struct caller *caller = &asker->caller;
	const struct db_value values[] = { db_bytes(name_key, strlen(name_key)),
		db_integer(caller->is_system_admin), db_text(caller->user_id) };
	bool found;
	enum err err = store_exists(st, &holds_name, values, &found);

	if (err)
		return err;
	return fault_set(asker->fault, ERR_NAME_IN_USE,
	    found ? "a deleted organization of that name can still be"
		    " restored, by you too: restore or purge it"
		    " (GET /v1/organizations?state=deleted)"
		  : "an organization of that name exists");
}

/* --- the administrator's tool --------------------------------------------- */

static const struct statement find = {
	.text = "SELECT " ORGANIZATION_COLUMNS
		" FROM organizations mo WHERE mo.id = ?",
	.values = 1,
	.tables = { &organization_resource.table },
};

const struct statement *const deleted_statements[] = { &keep_roles,
	&keep_project_roles, &leave_projects, &end_keys, &revoke_invitations,
	&delete_roles, &mark, &free_names, &lock, &give_roles,
	&give_project_roles, &count_members, &count_invitations, &give_keys,
	&given_keys, &lost_members, &forget_keys, &lose_licence, &claim_lost,
	&forget_roles, &unmark, &free_it, &holds_name, &find, NULL };

static enum err find_row(
    struct store *st, const char *id, struct organization *row)
{
	struct db_value value = db_text(id);
	bool found = false;
	enum err err = store_find(st, &find, &value, row, &found);

	return !err && !found ? ERR_NO_RESOURCE : err;
}

struct deleting {
	const char *id;
	int restore_days;
};

static enum err delete_body(struct store *st, void *context)
{
	const struct deleting *in = context;
	struct organization *rows = arena_alloc(st->mem, 2 * sizeof(*rows));
	struct caller *nobody = arena_alloc(st->mem, sizeof(*nobody));
	const struct given given = { .old = &rows[0],
		.row = &rows[1],
		.caller = nobody,
		.now = st->now };
	enum err err;

	if ((err = usable_admin_lock(st, in->id)) ||
	    (err = find_row(st, in->id, &rows[0])))
		return err;
	rows[1] = rows[0];
	memcpy(nobody->organization_id, rows[0].id,
	    sizeof(nobody->organization_id));
	deleted_make(&rows[1], st->now, in->restore_days);
	return plan_run(st, deleted_choose_plan(&rows[1]), &given);
}

enum err deleted_by_tool(
    struct store *st, const char *organization_id, int restore_days)
{
	struct deleting in = { organization_id, restore_days };

	return store_transact(st, delete_body, &in);
}

static enum err restore_body(struct store *st, void *context)
{
	struct restore *restore = context;
	struct organization *row = arena_alloc(st->mem, sizeof(*row));
	enum err err;

	if ((err = deleted_lock(st, restore->organization_id)) ||
	    (err = find_row(st, restore->organization_id, row)))
		return err;
	restore->name = row->display_name;
	err = deleted_restore(st, restore);
	return err == ERR_STALE ? ERR_NO_RESOURCE : err;
}

enum err deleted_restore_by_tool(struct store *st, struct restore *restore)
{
	return store_transact(st, restore_body, restore);
}
