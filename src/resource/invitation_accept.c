/* How a person becomes a member by an invitation. */
#include "resource/invitation_accept.h"

#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/licence.h"
#include "store/lock.h"
#include "store/usable_admin.h"

/* --- statements ----------------------------------------------------------- */

#define FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct invited, member_) \
	}
static const struct field fields[] = {
	FACT("id", FIELD_TEXT, id),
	FACT("organization_id", FIELD_TEXT, organization_id),
	FACT("organization_name", FIELD_TEXT, organization_name),
	FACT("email", FIELD_TEXT, email),
	FACT("email_key", FIELD_TEXT, email_key),
	FACT("role", FIELD_TEXT, role),
	FACT("delivery", FIELD_TEXT, delivery),
	FACT("projects", FIELD_JSON, projects),
	FACT("inviter_name", FIELD_TEXT, inviter_name),
	FACT("expires_at", FIELD_TIME, expires_at),
	FACT("is_live", FIELD_BOOL, is_live),
	FACT("is_given", FIELD_BOOL, is_given),
	FACT("accepted_by", FIELD_TEXT, accepted_by),
	FACT("account_id", FIELD_TEXT, account_id),
	FACT("is_member", FIELD_BOOL, is_member),
};
static const struct field_table table = FIELD_TABLE(fields);

/* A project of the invitation that its inviter is an admin of, or none. */
#define PROJECT_OF_INVITER(is_) \
	"EXISTS (SELECT 1 FROM invitation_projects ip" \
	" LEFT JOIN project_bindings x ON x.user_id = iu.id" \
	" AND x.project_id = ip.project_id AND x.role = 'admin'" \
	" WHERE ip.invitation_id = i.id AND x.user_id IS " is_ ")"

#define HAS_OWN PROJECT_OF_INVITER("NOT NULL")
#define HAS_FOREIGN PROJECT_OF_INVITER("NULL")

/*
 * As when it was made: an admin may give all, of a project that project.  Of a
 * service key nothing changes but that it ends.
 */
#define IS_GIVEN \
	"(ik.id IS NOT NULL OR (iu.id IS NOT NULL" \
	" AND iu.disabled_at IS NULL AND (iu.is_system_admin" \
	" OR (ib.role IS NOT NULL AND (ib.role = 'admin'" \
	" OR (i.role = 'user' AND " HAS_OWN " AND NOT " HAS_FOREIGN "))))))"

#define ALL_PROJECTS INVITATION_PROJECTS("")
#define FIND(where_) \
	"SELECT i.id, i.organization_id, o.display_name AS organization_name," \
	" i.email, i.email_key, i.role, i.delivery," \
	" " ALL_PROJECTS " AS projects," \
	" COALESCE(iu.display_name, ik.description) AS inviter_name," \
	" i.expires_at, i.state = 'pending' AND i.pending_key IS NOT NULL" \
	" AND i.expires_at > UTC_TIMESTAMP(3) AS is_live," \
	" " IS_GIVEN " AS is_given, i.accepted_by, au.id AS account_id," \
	" mb.user_id IS NOT NULL AS is_member FROM invitations i" \
	" JOIN organizations o ON o.id = i.organization_id" \
	" LEFT JOIN users iu ON iu.id = i.invited_by" \
	" LEFT JOIN api_keys ik ON ik.id = i.invited_by_key" \
	" AND ik.role = 'admin' AND ik.manage AND (ik.expires_at IS NULL" \
	" OR ik.expires_at > UTC_TIMESTAMP(3))" \
	" LEFT JOIN organization_bindings ib ON ib.user_id = iu.id" \
	" AND ib.organization_id = o.id" \
	" LEFT JOIN users au ON au.email_key = i.email_key" \
	" LEFT JOIN organization_bindings mb ON mb.user_id = ?" \
	" AND mb.organization_id = o.id WHERE " where_

static const struct statement find_by_token = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.text = FIND("i.digest = ?"),
	.values = 2,
	.tables = { &table },
};

static const struct statement find_by_id = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.text = FIND("i.id = ?"),
	.values = 2,
	.tables = { &table },
};

static const struct statement insert_user = {
	.text = "INSERT INTO users (id, name, display_name, email, email_key,"
		" password_hash, is_email_unproved, created_at, modified_at)"
		" VALUES (?, LOWER(id), ?, ?, ?, ?, ?, ?, ?)",
	.values = 8,
};

/* A role is only ever raised; the version goes first, by the old one. */
static const struct statement join_organization = {
	.text = "INSERT INTO organization_bindings (role, created_at, version,"
		" user_id, organization_id) VALUES (?, ?, ?, ?, ?)"
		" ON DUPLICATE KEY UPDATE"
		" version = version + (role = 'user'"
		" AND VALUES(role) = 'admin'),"
		" role = IF(role = 'admin', role, VALUES(role))",
	.values = 5,
};

static const struct statement count_it = {
	.text = COUNT_MEMBER("+ 1"),
	.values = 1,
};

#define RANK(role_) "FIELD(" role_ ", 'viewer', 'user', 'admin')"
#define IS_HIGHER RANK("VALUES(role)") " > " RANK("project_bindings.role")

static const struct statement join_projects = {
	.text = "INSERT INTO project_bindings (user_id, project_id,"
		" organization_id, role, created_at, version)"
		" SELECT ?, ip.project_id, ip.organization_id, ip.role, ?, ?"
		" FROM invitation_projects ip WHERE ip.invitation_id = ?"
		" ON DUPLICATE KEY UPDATE version = project_bindings.version"
		" + (" IS_HIGHER "), role = IF(" IS_HIGHER
		", VALUES(role), project_bindings.role)",
	.values = 4,
};

static const struct statement activate = {
	.text = "UPDATE users SET active_project_id ="
		" (SELECT MIN(ip.project_id) FROM invitation_projects ip"
		" WHERE ip.invitation_id = ?)"
		" WHERE id = ? AND active_project_id IS NULL",
	.values = 2,
};

static const struct statement end = {
	.text = "UPDATE invitations SET state = ?, accepted_by = ?,"
		" pending_key = NULL, ended_at = ?, modified_at = ?,"
		" version = version + 1 WHERE id = ? AND state = 'pending'",
	.values = 5,
};

#define JOINED_PROJECT \
	PROJECT_COLUMNS("mb.role = 'admin' OR COALESCE(pb.role, '') = 'admin'")

#define FIRST_PROJECT \
	"(SELECT MIN(ip.project_id) FROM invitation_projects ip" \
	" WHERE ip.invitation_id = ?)"

/* The first project, if the person still has a role in it. */
/* For the trail. */
static const struct statement roles_there = {
	.text = AUDIT_PROJECT_ROLES,
	.values = 2,
	.tables = { &statement_word_table },
};

static const struct statement show = {
	.bounded = "a project of one invitation: the first of 16 at most",
	.text = "SELECT " ORGANIZATION_COLUMNS ", " JOINED_PROJECT
		" FROM organization_bindings mb"
		" JOIN organizations mo ON mo.id = mb.organization_id"
		" LEFT JOIN project_bindings pb ON pb.user_id = mb.user_id"
		" AND pb.project_id = " FIRST_PROJECT
		" LEFT JOIN projects p ON p.id = " FIRST_PROJECT
		" AND (mb.role = 'admin' OR pb.user_id IS NOT NULL)"
		" WHERE mb.user_id = ? AND mb.organization_id = ?",
	.values = 4,
	.tables = { &organization_resource.table, &project_resource.table },
};

const struct statement *const invited_statements[] = { &find_by_token,
	&find_by_id, &insert_user, &join_organization, &count_it,
	&join_projects, &activate, &end, &show, &roles_there, NULL };

/* --- read and judge ------------------------------------------------------- */

static enum err dead(const struct acceptance *a)
{
	if (a->ask.id == NULL)
		return ERR_TOKEN_DEAD;
	return fault_refuse(&a->call->rq->fault, ERR_NO_RESOURCE,
	    CAUSE_MEMBERSHIP,
	    "there is no invitation of that id for you:"
	    " GET /v1/users/me/invitations lists those you can accept");
}

enum err invited_find(struct acceptance *a)
{
	const struct db_value values[] = { db_text(a->person.id),
		a->ask.id != NULL
		    ? db_text(a->ask.id)
		    : db_bytes(a->ask.digest, sizeof(a->ask.digest)) };
	bool found;
	enum err err;

	memset(&a->invited, 0, sizeof(a->invited));
	err = store_find(a->call->st,
	    a->ask.id != NULL ? &find_by_id : &find_by_token, values,
	    &a->invited, &found);
	return !err && !found ? dead(a) : err;
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_address(const char *a, const char *b)
{
	while (*a != '\0' && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

enum err invited_check_address(struct acceptance *a, bool is_proved)
{
	enum err err = ERR_NONE;

	if (!is_address(a->invited.email, a->person.email))
		err = ERR_OTHER_ADDRESS;
	else if (is_proved && a->person.is_unproved)
		err = ERR_NOT_PROVED;
	if (!err)
		return err;
	return fault_refuse(
	    &a->call->rq->fault, err, CAUSE_MEMBERSHIP, "%s", err_detail(err));
}

enum err invited_judge(struct acceptance *a, bool *is_done)
{
	const struct invited *invited = &a->invited;
	const struct invited_person *person = &a->person;
	bool is_somebody = person->id[0] != '\0';

	*is_done = is_somebody && invited->is_member &&
	    strcmp(invited->accepted_by, person->id) == 0;
	if (*is_done)
		return ERR_NONE;
	if (!invited->is_live || !invited->is_given)
		return dead(a);
	if (!is_somebody)
		return invited->account_id[0] != '\0' ? ERR_SIGN_IN : ERR_NONE;
	if (a->ask.id != NULL && !is_address(invited->email, person->email))
		return dead(a);
	return invited_check_address(a, a->ask.id != NULL);
}

/* --- accept --------------------------------------------------------------- */

static enum err lock(struct acceptance *a)
{
	struct store *st = a->call->st;
	bool is_current = true;
	enum err err = usable_admin_lock(st, a->invited.organization_id);

	if (err)
		return err == ERR_NO_RESOURCE ? dead(a) : err;
	if (a->person.id[0] != '\0')
		err = lock_take(st, &a->call->asker, &is_current);
	if (!err && !is_current)
		return fault_refuse(&a->call->rq->fault, ERR_UNAUTHENTICATED,
		    CAUSE_DISABLED, CREDENTIAL_REFUSED);
	return err;
}

/* A seat was kept since it was made, as long as the licence is as it was. */
enum err invited_check_growth(struct acceptance *a)
{
	struct fault *fault = &a->call->rq->fault;
	struct licence_use use;
	enum err err;

	if (a->invited.is_member)
		return ERR_NONE;
	err = licence_use_find(a->call->st, a->invited.organization_id, &use);
	if (err)
		return err;
	if (use.is_revoked ||
	    licence_is_over(
		&a->call->st->licence_days, use.expires_at, a->call->st->now))
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the license of the organization has ended, so that nobody"
		    " can join: ask its admin to install another one");
	if (!licence_allows(use.limit_users, use.users + 1))
		return fault_set(fault, ERR_SEAT_LIMIT,
		    "the license of the organization has no seat left: ask its"
		    " admin to install a larger one");
	return ERR_NONE;
}

static enum err make_account(struct store *st, struct acceptance *a)
{
	const struct invited *invited = &a->invited;
	const struct db_value values[] = { db_text(a->person.id),
		db_text(a->display_name), db_text(invited->email),
		db_bytes(invited->email_key, strlen(invited->email_key)),
		db_text(a->password_hash),
		db_integer(strcmp(invited->delivery, "link") == 0),
		db_time(st->now), db_time(st->now) };
	const struct audit_entry entry = { .user_id = a->person.id,
		.action = "user.create",
		.resource_kind = "User",
		.resource_id = a->person.id,
		.detail = "by an invitation",
		.change = "{\"state\":\"active\"}" };
	enum err err = store_run(st, &insert_user, values, NULL);

	if (err == ERR_DUPLICATE)
		return ERR_SIGN_IN;
	return err ? err : audit_insert(st, &entry);
}

static enum err join(struct store *st, const struct acceptance *a)
{
	const struct db_value user = db_text(a->person.id);
	const struct db_value id = db_text(a->invited.id);
	const struct db_value organization[] = { db_text(a->invited.role),
		db_time(st->now), db_integer(st->now), user,
		db_text(a->invited.organization_id) };
	const struct db_value projects[] = { user, db_time(st->now),
		db_integer(st->now), id };
	const struct db_value active[] = { id, user };
	enum err err;

	if ((err = store_run(st, &join_organization, organization, NULL)) ||
	    (!a->invited.is_member &&
		(err = store_run(st, &count_it, &organization[4], NULL))) ||
	    (err = store_run(st, &join_projects, projects, NULL)))
		return err;
	return store_run(st, &activate, active, NULL);
}

/* What the trail says: the roles that are there now. */
static enum err change_of(
    struct store *st, const struct acceptance *a, const char **change)
{
	const struct db_value values[] = { db_text(a->person.id),
		db_text(a->invited.organization_id) };
	const char *projects;
	enum err err = audit_list(st, &roles_there, values, &projects);

	*change = AUDIT_CHANGE(st->mem, AUDIT_MEMBER_JSON("projects", projects),
	    AUDIT_MEMBER_TEXT(
		"role", a->invited.is_member ? NULL : a->invited.role),
	    AUDIT_MEMBER_TEXT("state", "accepted"));
	return err;
}

/* It ends: the row, and the trail's. */
static enum err finish(
    struct store *st, const struct acceptance *a, bool is_accepted)
{
	const struct db_value values[] = { db_text(is_accepted ? "accepted"
							       : "declined"),
		db_text(is_accepted ? a->person.id : NULL), db_time(st->now),
		db_time(st->now), db_text(a->invited.id) };
	const struct caller *caller = &a->call->asker.caller;
	struct audit_entry entry = {
		.user_id = a->person.id,
		.session_id = caller->session_id,
		.organization_id = a->invited.organization_id,
		.action = is_accepted ? "invitation.accept"
				      : "invitation.decline",
		.resource_kind = "Invitation",
		.resource_id = a->invited.id,
		.detail = is_accepted ? a->invited.role : "",
		.change = "{\"state\":\"declined\"}",
	};
	uint64_t affected = 0;
	enum err err = store_run(st, &end, values, &affected);

	if (!err && affected == 0)
		return ERR_CONFLICT;
	if (!err && is_accepted)
		err = change_of(st, a, &entry.change);
	return err ? err : audit_insert(st, &entry);
}

/* Read again under the lock: whoever changes it waits, or has waited. */
static enum err accept_body(struct store *st, void *context)
{
	struct acceptance *a = context;
	bool is_new = a->password_hash[0] != '\0', is_done;
	struct acceptance now = *a;
	enum err err;

	if (is_new)
		now.person.id[0] = '\0';
	if ((err = lock(&now)) || (err = invited_find(&now)) ||
	    (err = invited_judge(&now, &is_done)))
		return err;
	if (is_done)
		return ERR_UNCHANGED;
	if ((err = invited_check_growth(&now)))
		return err;
	memcpy(now.person.id, a->person.id, sizeof(now.person.id));
	if (is_new && (err = make_account(st, &now)))
		return err;
	if ((err = join(st, &now)) || (err = invited_show(&now)) ||
	    (err = finish(st, &now, true)))
		return err;
	*a = now;
	return ERR_NONE;
}

enum err invited_accept(struct acceptance *a)
{
	struct store *st = a->call->st;
	enum err err;

	if (a->password_hash[0] != '\0')
		ulid_make(&st->ids, (uint64_t)st->now, a->person.id);
	if ((err = store_transact(st, accept_body, a)))
		return err;
	return a->organization.id[0] != '\0' ? ERR_NONE : invited_show(a);
}

enum err invited_show(struct acceptance *a)
{
	const struct db_value id = db_text(a->invited.id);
	const struct db_value values[] = { id, id, db_text(a->person.id),
		db_text(a->invited.organization_id) };
	const struct db_query query = { show.text, values, 4, false };
	const struct db_target target = {
		{ { &organization_resource.table, &a->organization },
		    { &project_resource.table, &a->account } },
		2, 0
	};
	bool found;
	enum err err = db_select_one(a->call->st->db, &query, &target, &found);

	return !err && !found ? dead(a) : err;
}

/* --- decline -------------------------------------------------------------- */

static enum err decline_body(struct store *st, void *context)
{
	struct acceptance *a = context;
	enum err err;

	if ((err = lock(a)) || (err = invited_find(a)))
		return err;
	return a->invited.is_live ? finish(st, a, false) : dead(a);
}

enum err invited_decline(struct acceptance *a)
{
	return store_transact(a->call->st, decline_body, a);
}
