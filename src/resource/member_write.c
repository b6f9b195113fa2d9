/*
 * What is written of the users of an organization, and what goes with one.
 */
#include "resource/member.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/invitation.h"
#include "store/licence.h"
#include "store/lock.h"

/* --- steps ---------------------------------------------------------------- */

/* The binding that was read, if it is as it was read. */
#define BINDING "user_id = ? AND organization_id = ? AND version = ?"
#define BINDING_VALUES \
	OLD(TEXT, struct member, user.id), CALLER(organization_id), \
	    OLD(INTEGER, struct member, version)

static const struct statement set_role = {
	.text = "UPDATE organization_bindings SET role = ?,"
		" version = version + 1 WHERE " BINDING,
	IN(ROW(TEXT, struct member, user.role), BINDING_VALUES),
};

/* Where it was one of the organization. */
#define CLEARED(column) \
	column " = IF(EXISTS (SELECT 1 FROM projects p WHERE p.id = " column \
	       " AND p.organization_id = ?), NULL, " column ")"
#define CLEAR_ACTIVE CLEARED("active_project_id")
#define CLEAR_NEXT CLEARED("next_login_project_id")

static const struct statement leave_projects = {
	.text = "UPDATE users SET " CLEAR_ACTIVE ", " CLEAR_NEXT
		" WHERE id = ?",
	IN(CALLER(organization_id), CALLER(organization_id),
	    OLD(TEXT, struct member, user.id)),
};

static const struct statement delete_keys = {
	.text = "DELETE FROM api_keys WHERE user_id = ?"
		" AND organization_id = ?",
	IN(OLD(TEXT, struct member, user.id), CALLER(organization_id)),
};

/* Those by that person, and for the address. */
static const struct statement revoke_invitations = {
	.text = INVITATIONS_REVOKE,
	IN(NOW, NOW, CALLER(organization_id), OLD(TEXT, struct member, user.id),
	    OLD(TEXT, struct member, user.id)),
};

/* Its bindings to projects go with it. */
static const struct statement delete_it = {
	.text = "DELETE FROM organization_bindings WHERE " BINDING,
	IN(BINDING_VALUES),
};

static const struct statement count_out = {
	.text = COUNT_MEMBER("- 1"),
	IN(CALLER(organization_id)),
};

#define OF_MEMBER " WHERE user_id = ? AND organization_id = ?"
#define OF_MEMBER_VALUES \
	IN(OLD(TEXT, struct member, user.id), CALLER(organization_id))

const struct statement member_count_roles = {
	.text = "SELECT COUNT(*) AS value FROM project_bindings" OF_MEMBER,
	.tables = { &statement_number_table },
	OF_MEMBER_VALUES,
};

const struct statement member_lost_keys = {
	.text = "SELECT id, hint, description, last_used_on"
		" FROM api_keys" OF_MEMBER,
	.tables = { &lost_key_table },
	OF_MEMBER_VALUES,
};

/* For the trail: what ends with the membership. */
static const struct statement keys_going = {
	.bounded = AUDIT_KEYS_ARE_BOUNDED,
	.text = AUDIT_KEYS("f.user_id = ? AND f.organization_id = ?"),
	.tables = { &statement_word_table },
	OF_MEMBER_VALUES,
};

static const struct statement invitations_going = {
	.text = INVITATIONS_REVOKED,
	.tables = { &statement_word_table },
	IN(CALLER(organization_id), OLD(TEXT, struct member, user.id),
	    OLD(TEXT, struct member, user.id)),
};

/* The successor, if there is to be one, is still a member. */
static const struct statement keep_successor = {
	.text = LOCK_ORGANIZATION
	" WHERE id = ? AND (? IS NULL OR EXISTS (SELECT 1"
	" FROM organization_bindings s WHERE s.user_id = ?"
	" AND s.organization_id = organizations.id))",
	IN(CALLER(organization_id), BODY(struct leave_body, successor),
	    BODY(struct leave_body, successor)),
};

static const struct statement promote = {
	.text = "UPDATE organization_bindings SET role = 'admin',"
		" version = version + 1 WHERE user_id = ?"
		" AND organization_id = ? AND role <> 'admin'",
	IN(BODY(struct leave_body, successor), CALLER(organization_id)),
};

static const struct statement *const statements[] = { &set_role,
	&leave_projects, &delete_keys, &revoke_invitations, &delete_it,
	&count_out, &member_count_roles, &member_lost_keys, &keys_going,
	&invitations_going, &keep_successor, &promote, NULL };

/* --- plans ---------------------------------------------------------------- */

#define TRAIL(action_) \
	.action = action_, .kind = "User", \
	.subject = OLD(TEXT, struct member, user.id), \
	.detail = ROW(TEXT, struct member, detail)
#define BEFORE \
	{ \
		"before", OLD(TEXT, struct member, user.role), false \
	}
#define GOING \
	LISTS({ "invitations", &invitations_going, false }, \
	    { "keys", &keys_going, false })

const struct plan member_role_plan = {
	STEPS({ &set_role, ERR_STALE, ERR_NONE }),
	TRAIL("member.role"),
	PARTS(BEFORE, { "role", ROW(TEXT, struct member, user.role), false }),
};
const struct plan member_remove_plan = {
	STEPS({ &leave_projects, ERR_NONE, ERR_NONE },
	    { &delete_keys, ERR_NONE, ERR_NONE },
	    { &revoke_invitations, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE },
	    { &count_out, ERR_STALE, ERR_NONE }),
	TRAIL("member.remove"),
	PARTS(BEFORE),
	GOING,
};

const struct plan member_leave_plan = {
	STEPS({ &keep_successor, ERR_STALE, ERR_NONE },
	    { &promote, ERR_NONE, ERR_NONE },
	    { &leave_projects, ERR_NONE, ERR_NONE },
	    { &delete_keys, ERR_NONE, ERR_NONE },
	    { &revoke_invitations, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE },
	    { &count_out, ERR_STALE, ERR_NONE }),
	TRAIL("member.leave"),
	PARTS(
	    BEFORE, { "successor", BODY(struct leave_body, successor), false }),
	GOING,
};

extern const struct module member_write_module;
const struct module member_write_module = { .statements = statements };
