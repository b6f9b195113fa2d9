#include "store/member.h"

#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/invitation.h"
#include "store/licence.h"
#include "store/usable_admin.h"

/* --- statements ----------------------------------------------------------- */

static const struct field role_fields[] = {
	{ .column = "organization_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_roles, organization) },
	{ .column = "project_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_roles, project) },
};
static const struct field_table role_table = FIELD_TABLE(role_fields);

static const struct statement find = {
	.text = "SELECT b.role AS organization_role, p.role AS project_role"
		" FROM organization_bindings b LEFT JOIN project_bindings p"
		" ON p.user_id = b.user_id AND p.project_id = ?"
		" WHERE b.user_id = ? AND b.organization_id = ?",
	.values = 3,
	.tables = { &role_table },
};

static const struct statement insert = {
	.text = "INSERT INTO organization_bindings (role, created_at, user_id,"
		" organization_id, version)"
		" VALUES (?, ?, ?, ?, " ROLE_VERSION ")",
	.values = 4,
};

static const struct statement count_in = {
	.text = COUNT_MEMBER("+ 1"),
	.values = 1,
};

static const struct statement count_out = {
	.text = COUNT_MEMBER("- 1"),
	.values = 1,
};

static const struct statement update = {
	.text = "UPDATE organization_bindings SET role = ?,"
		" version = version + 1"
		" WHERE user_id = ? AND organization_id = ?",
	.values = 3,
};

static const struct statement delete_it = {
	.text = "DELETE FROM organization_bindings WHERE user_id = ?"
		" AND organization_id = ?",
	.values = 2,
};

static const struct statement delete_keys = {
	.text = "DELETE FROM api_keys WHERE user_id = ?"
		" AND organization_id = ?",
	.values = 2,
};

/* Projects of the organization, or the one project, are active no longer. */
#define LEFT_PROJECTS \
	"(SELECT p.id FROM projects p WHERE p.organization_id = ?" \
	" AND p.id = COALESCE(?, p.id))"

static const struct statement deactivate = {
	.text = "UPDATE users SET"
		" active_project_id = IF(active_project_id IN " LEFT_PROJECTS
		", NULL, active_project_id),"
		" next_login_project_id = IF(next_login_project_id"
		" IN " LEFT_PROJECTS ", NULL, next_login_project_id)"
		" WHERE id = ?",
	.values = 5,
};

static const struct statement project_insert = {
	.text = "INSERT INTO project_bindings (role, created_at, user_id,"
		" organization_id, project_id, version)"
		" VALUES (?, ?, ?, ?, ?, " ROLE_VERSION ")",
	.values = 5,
};

static const struct statement project_update = {
	.text = "UPDATE project_bindings SET role = ?,"
		" version = version + 1 WHERE user_id = ? AND project_id = ?",
	.values = 3,
};

static const struct statement project_delete = {
	.text = "DELETE FROM project_bindings WHERE user_id = ?"
		" AND project_id = ?",
	.values = 2,
};

/* For the trail. */
static const struct statement used_up = {
	.text = INVITATIONS_USED_UP,
	.values = 3,
	.tables = { &statement_word_table },
};

static const struct statement keys_going = {
	.bounded = AUDIT_KEYS_ARE_BOUNDED,
	.text = AUDIT_KEYS("f.user_id = ? AND f.organization_id = ?"),
	.values = 2,
	.tables = { &statement_word_table },
};

static const struct statement invitations_going = {
	.text = INVITATIONS_REVOKED,
	.values = 3,
	.tables = { &statement_word_table },
};

const struct statement *const member_statements[] = { &find, &insert, &count_in,
	&count_out, &update, &delete_it, &delete_keys, &deactivate,
	&project_insert, &project_update, &project_delete, &used_up,
	&keys_going, &invitations_going, NULL };

/* --- what all changes share ----------------------------------------------- */

enum err member_find(struct store *st, const struct membership *place,
    struct member_roles *roles, bool *found)
{
	const struct db_value values[] = { db_text(place->project_id),
		db_text(place->user_id), db_text(place->organization_id) };

	memset(roles, 0, sizeof(*roles));
	return store_find(st, &find, values, roles, found);
}

static const char *place_of(const struct membership *m)
{
	return m->project_id != NULL ? "project" : "organization";
}

/* The role there; empty: none. */
static const char *role_in(
    const struct membership *m, const struct member_roles *roles)
{
	return m->project_id != NULL ? roles->project : roles->organization;
}

/* What the trail says besides the role. */
struct trail {
	const char *action;
	const char *before;             /* the role; NULL: none */
	const char *invitations, *keys; /* lists of ids */
};

static enum err enter(
    struct store *st, const struct membership *m, const struct trail *trail)
{
	const struct audit_entry entry = {
		.organization_id = m->organization_id,
		.action = trail->action,
		.resource_kind = "User",
		.resource_id = m->user_id,
		.project_id = m->project_id,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TEXT("before", trail->before),
		    AUDIT_MEMBER_JSON("invitations", trail->invitations),
		    AUDIT_MEMBER_JSON("keys", trail->keys),
		    AUDIT_MEMBER_TEXT("project", m->project_id),
		    AUDIT_MEMBER_TEXT("role", m->role)),
		.detail = arena_print(st->mem, "%s of the %s%s%s",
		    m->role != NULL ? m->role : "out", place_of(m),
		    m->project_id != NULL ? " " : "",
		    m->project_id != NULL ? m->project_id : ""),
	};

	return audit_insert(st, &entry);
}

/* Locks the organization and finds the roles that the user has there. */
static enum err begin(struct store *st, const struct membership *m,
    struct member_roles *roles, bool *found)
{
	enum err err = usable_admin_lock(st, m->organization_id);

	return err ? err : member_find(st, m, roles, found);
}

static enum err no_member(const struct membership *m)
{
	return fault_set(m->fault, ERR_NO_RESOURCE,
	    "the user has no role in the %s: see tenantryctl member add",
	    place_of(m));
}

/* --- add ------------------------------------------------------------------ */

static enum err check_licence(struct store *st, const struct membership *m)
{
	struct licence_use use;
	enum err err = licence_use_find(st, m->organization_id, &use);

	if (err)
		return err;
	if (use.is_revoked)
		return fault_refuse(m->fault, ERR_LICENCE_EXPIRED,
		    CAUSE_LICENCE,
		    "the organization's license has been revoked: install"
		    " another one before you add a member");
	if (licence_is_over(&st->licence_days, use.expires_at, st->now))
		return fault_refuse(m->fault, ERR_LICENCE_EXPIRED,
		    CAUSE_LICENCE,
		    "the organization's license has expired: install a new"
		    " one before you add a member");
	if (!licence_allows(use.limit_users, use.users + use.invited + 1))
		return fault_set(m->fault, ERR_LIMIT,
		    "the organization's license allows %lld members, and there"
		    " are %lld and %lld pending invitations: install one that"
		    " allows more, remove a member or revoke an invitation",
		    (long long)use.limit_users, (long long)use.users,
		    (long long)use.invited);
	return ERR_NONE;
}

static enum err join_organization(
    struct store *st, const struct membership *m, const char *role)
{
	const struct db_value values[] = { db_text(role), db_time(st->now),
		db_text(m->user_id), db_text(m->organization_id) };
	enum err err;

	/* whose own invitation holds a seat already */
	if ((err = invitation_use_up(st, m->organization_id, m->user_id)) ||
	    (err = check_licence(st, m)))
		return err;
	if ((err = store_run(st, &insert, values, NULL)))
		return err;
	return store_run(st, &count_in, &values[3], NULL);
}

static enum err find_used_up(
    struct store *st, const struct membership *m, struct trail *trail)
{
	const struct db_value values[] = { db_text(m->organization_id),
		db_text(m->user_id), db_time(st->now) };

	return audit_list(st, &used_up, values, &trail->invitations);
}

static enum err join_project(struct store *st, const struct membership *m)
{
	const struct db_value values[] = { db_text(m->role), db_time(st->now),
		db_text(m->user_id), db_text(m->organization_id),
		db_text(m->project_id) };

	return store_run(st, &project_insert, values, NULL);
}

static enum err add_body(struct store *st, void *context)
{
	const struct membership *m = context;
	struct trail trail = { .action = "member.add" };
	struct member_roles roles;
	bool is_member;
	enum err err = begin(st, m, &roles, &is_member);

	if (err)
		return err;
	if (role_in(m, &roles)[0] != '\0')
		return fault_set(m->fault, ERR_DUPLICATE,
		    "the user has the role %s in the %s already: see"
		    " tenantryctl member role",
		    role_in(m, &roles), place_of(m));
	if (!is_member && !(err = find_used_up(st, m, &trail)))
		err = join_organization(
		    st, m, m->project_id != NULL ? "user" : m->role);
	if (!err && m->project_id != NULL)
		err = join_project(st, m);
	if (err)
		return err == ERR_REFERENCE ? ERR_NO_RESOURCE : err;
	return enter(st, m, &trail);
}

enum err member_add(struct store *st, const struct membership *membership)
{
	struct membership copy = *membership;

	return store_transact(st, add_body, &copy);
}

/* --- change and remove ---------------------------------------------------- */

static struct admin_guard guard_of(const struct membership *m)
{
	return (struct admin_guard){ .user_id = m->user_id,
		.organization_id = m->organization_id,
		.is_forced = m->is_forced,
		.fault = m->fault };
}

static enum err set_role(struct store *st, const struct membership *m)
{
	const struct db_value values[] = { db_text(m->role),
		db_text(m->user_id),
		db_text(m->project_id != NULL ? m->project_id
					      : m->organization_id) };

	return store_run(st, m->project_id != NULL ? &project_update : &update,
	    values, NULL);
}

/* The roles of a member whose organization is locked now. */
static enum err find_under_lock(struct store *st, const struct membership *m,
    struct admin_guard *guard, struct member_roles *roles)
{
	bool found;
	enum err err;

	if ((err = usable_admin_before(st, guard)) ||
	    (err = member_find(st, m, roles, &found)))
		return err;
	return role_in(m, roles)[0] == '\0' ? no_member(m) : ERR_NONE;
}

static enum err change_body(struct store *st, void *context)
{
	const struct membership *m = context;
	struct admin_guard guard = guard_of(m);
	struct member_roles roles;
	const struct trail trail = { .action = "member.role",
		.before = role_in(m, &roles) };
	enum err err;

	if ((err = find_under_lock(st, m, &guard, &roles)))
		return err;
	if (strcmp(role_in(m, &roles), m->role) == 0)
		return ERR_NONE; /* no change, no audit row */
	if ((err = set_role(st, m)) || (err = enter(st, m, &trail)))
		return err;
	return usable_admin_after(st, &guard);
}

enum err member_change(struct store *st, const struct membership *membership)
{
	struct membership copy = *membership;

	return store_transact(st, change_body, &copy);
}

static enum err leave_project(struct store *st, const struct membership *m)
{
	const struct db_value values[] = { db_text(m->user_id),
		db_text(m->project_id) };

	return store_run(st, &project_delete, values, NULL);
}

/* What ends with the membership. */
static enum err find_going(
    struct store *st, const struct membership *m, struct trail *trail)
{
	const struct db_value user = db_text(m->user_id);
	const struct db_value organization = db_text(m->organization_id);
	const struct db_value of_keys[] = { user, organization };
	const struct db_value of_invitations[] = { organization, user, user };
	enum err err;

	if (m->project_id != NULL)
		return ERR_NONE;
	if ((err = audit_list(st, &keys_going, of_keys, &trail->keys)))
		return err;
	return audit_list(
	    st, &invitations_going, of_invitations, &trail->invitations);
}

/* The bindings to its projects go with the one to the organization. */
static enum err leave_organization(struct store *st, const struct membership *m)
{
	const struct db_value values[] = { db_text(m->user_id),
		db_text(m->organization_id) };
	enum err err;

	if ((err = invitation_revoke_of(st, m->organization_id, m->user_id)) ||
	    (err = store_run(st, &delete_keys, values, NULL)) ||
	    (err = store_run(st, &delete_it, values, NULL)))
		return err;
	return store_run(st, &count_out, &values[1], NULL);
}

static enum err remove_body(struct store *st, void *context)
{
	const struct membership *m = context;
	const struct db_value places[] = { db_text(m->organization_id),
		db_text(m->project_id), db_text(m->organization_id),
		db_text(m->project_id), db_text(m->user_id) };
	struct admin_guard guard = guard_of(m);
	struct member_roles roles;
	struct trail trail = { .action = "member.remove",
		.before = role_in(m, &roles) };
	enum err err;

	if ((err = find_under_lock(st, m, &guard, &roles)))
		return err;
	if ((err = find_going(st, m, &trail)) ||
	    (err = store_run(st, &deactivate, places, NULL)))
		return err;
	err = m->project_id != NULL ? leave_project(st, m)
				    : leave_organization(st, m);
	if (err || (err = enter(st, m, &trail)))
		return err;
	return usable_admin_after(st, &guard);
}

enum err member_remove(struct store *st, const struct membership *membership)
{
	struct membership copy = *membership;

	return store_transact(st, remove_body, &copy);
}
