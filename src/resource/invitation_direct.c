/*
 * A system administrator, or with the setting `direct_add` any admin, adds a
 * user whose address is proved, without asking that person: in place of an
 * invitation.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "model/licence.h"
#include "resource/invitation.h"
#include "store/columns.h"
#include "store/licence.h"
#include "store/project.h"

struct added {
	struct user user;
	int64_t version; /* of the binding */
	char member_id[ULID_SIZE];
	int64_t users, invited, limit_users, licence_ends_at, projects_there;
	bool licence_is_revoked;
	char list[INVITATION_LIST_SIZE];
	char detail[40];
};

#define FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct added, member_) \
	}
static const struct field fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	RESOURCE_FIELD(struct added, "role", NULL, FIELD_TEXT, PART_SPEC, 0,
	    user.role, &domain_organization_role, NULL),
	FACT("member_id", FIELD_TEXT, member_id),
	FACT("users", FIELD_INTEGER, users),
	FACT("invited", FIELD_INTEGER, invited),
	FACT("limit_users", FIELD_INTEGER, limit_users),
	FACT("licence_ends_at", FIELD_TIME, licence_ends_at),
	FACT("licence_is_revoked", FIELD_BOOL, licence_is_revoked),
	FACT("projects_there", FIELD_INTEGER, projects_there),
};
static const struct resource resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(fields),
};

static const struct shape shape = {
	.resource = &resource,
	.one = "user",
	.size = sizeof(struct added),
	.id = offsetof(struct added, user.id),
	.version = offsetof(struct added, version),
	.kind = 'm',
	EXAMPLES(struct added, { .user = EXAMPLE_BOB("user") }),
};

/* --- statements ----------------------------------------------------------- */

/* The account of the address as it is spelled, but for ASCII case. */
#define IS_PROVED(address) \
	"m.email_key = " address " AND NOT m.is_email_unproved" \
	" AND m.disabled_at IS NULL"

static const struct statement is_known = {
	.text = "SELECT 1 AS found FROM users m WHERE " IS_PROVED(
	    "?") " AND (m.email = ? OR (LENGTH(m.email) = CHAR_LENGTH(m.email)"
		 " AND LENGTH(?) = CHAR_LENGTH(?)"
		 " AND LOWER(m.email) = LOWER(?)))",
	.values = 5,
	.tables = { &statement_found_table },
};

#define INVITED_OTHERS \
	"(SELECT COUNT(*) FROM invitations ci" \
	" WHERE ci.organization_id = o.id AND ci.pending_key <> m.email_key" \
	" AND ci.expires_at > UTC_TIMESTAMP(3))"

static const struct statement find = {
	.bounded = "the projects of one organization, by its key",
	.scope = SCOPE_CONTEXT,
	.columns = "m.id, m.name, m.display_name, m.version, m.modified_at,"
		   " m.email, NULL AS active_project_id,"
		   " NULL AS next_login_project_id, mb.user_id AS member_id,"
		   " o.member_count AS users,"
		   " " INVITED_OTHERS " AS invited, l.limit_users,"
		   " l.expires_at AS licence_ends_at,"
		   " EXISTS (SELECT 1 FROM licence_claims c"
		   " WHERE c.jti = l.jti AND c.revoked_at IS NOT NULL)"
		   " AS licence_is_revoked,"
		   " " PROJECTS_NAMED("") " AS projects_there",
	.text = "LEFT JOIN users m ON " IS_PROVED(
	    "?") " LEFT JOIN organization_bindings mb ON mb.user_id = m.id"
		 " AND mb.organization_id = o.id"
		 " LEFT JOIN licences l ON l.organization_id = o.id"
		 " LEFT JOIN (SELECT ? AS list) t ON TRUE",
	.tables = { &resource.table },
	IN(BODY_AS(KEY, struct invitation_create, address.key),
	    BODY(struct invitation_create, list_text)),
};

/* The seat that a pending invitation of the address holds is free before. */
static const struct statement use_up = {
	.text = INVITATIONS_USE_UP,
	IN(NOW, OLD(TEXT, struct added, user.id), NOW, NOW, NOW, NOW,
	    CALLER(organization_id), OLD(TEXT, struct added, user.id)),
};

#define INVITED_HERE INVITED("o.id")

static const struct statement add_it = {
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at, version)"
		" SELECT ?, o.id, ?, ?, " ROLE_VERSION
		" FROM organizations o JOIN licences l"
		" ON l.organization_id = o.id WHERE o.id = ?"
		" AND (l.limit_users = 0"
		" OR l.limit_users > o.member_count + " INVITED_HERE ")",
	IN(OLD(TEXT, struct added, user.id), ROW(TEXT, struct added, user.role),
	    NOW, CALLER(organization_id)),
};

static const struct statement count_it = {
	.text = COUNT_MEMBER("+ 1"),
	IN(CALLER(organization_id)),
};

static const struct statement add_projects = {
	.bounded = "the projects of one organization, by its key",
	.text = "INSERT INTO project_bindings (user_id, project_id,"
		" organization_id, role, created_at, version)"
		" SELECT ?, p.id, p.organization_id,"
		" CASE SUBSTRING(?, LOCATE(p.id, ?) + 26, 1)"
		" WHEN 'a' THEN 'admin' WHEN 'u' THEN 'user' ELSE 'viewer' END,"
		" ?, " ROLE_VERSION
		" FROM projects p WHERE p.organization_id = ?"
		" AND LOCATE(p.id, ?) > 0",
	IN(OLD(TEXT, struct added, user.id), ROW(TEXT, struct added, list),
	    ROW(TEXT, struct added, list), NOW, CALLER(organization_id),
	    ROW(TEXT, struct added, list)),
};

/* For the trail. */
static const struct statement used_up = {
	.text = INVITATIONS_USED_UP,
	.tables = { &statement_word_table },
	IN(CALLER(organization_id), OLD(TEXT, struct added, user.id), NOW),
};

static const struct statement projects_there = {
	.text = AUDIT_PROJECT_ROLES,
	.tables = { &statement_word_table },
	IN(OLD(TEXT, struct added, user.id), CALLER(organization_id)),
};

const struct statement *const invitation_direct_statements[] = { &is_known,
	&find, &use_up, &add_it, &count_it, &add_projects, &used_up,
	&projects_there, NULL };

/* --- the operation -------------------------------------------------------- */

static enum err check_seat(struct call *call, const struct added *added)
{
	struct fault *fault = &call->rq->fault;

	if (added->licence_is_revoked ||
	    licence_is_over(
		&call->st->licence_days, added->licence_ends_at, call->st->now))
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has ended: install another"
		    " license key by PUT /v1/organizations/%s/license",
		    call->asker.caller.organization_id);
	if (licence_allows(
		added->limit_users, added->users + added->invited + 1))
		return ERR_NONE;
	return licence_refuse_seat(
	    fault, added->limit_users, added->users, added->invited);
}

static enum err make_added(struct call *call, void *row)
{
	const struct invitation_create *body = call->body;
	struct added *added = row;
	enum err err = caller_step_up(&call->asker.caller, &call->rq->fault);

	if (err)
		return err;
	if (added->projects_there != body->list_count)
		return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE,
		    CAUSE_MEMBERSHIP,
		    "projects names no project of the organization");
	if (added->member_id[0] != '\0') {
		(void)fault_set(&call->rq->fault, ERR_ALREADY_A_MEMBER, "%s",
		    err_detail(ERR_ALREADY_A_MEMBER));
		fault_name(&call->rq->fault, "userId", added->member_id);
		return ERR_ALREADY_A_MEMBER;
	}
	text_set(added->user.role, sizeof(added->user.role), body->role);
	text_set(added->list, sizeof(added->list), body->list);
	text_set(added->detail, sizeof(added->detail),
	    arena_print(call->rq->mem, "%s of the organization", body->role));
	return check_seat(call, added);
}

static const struct plan plan = {
	STEPS({ &use_up, ERR_NONE, ERR_NONE },
	    { &add_it, ERR_STALE, ERR_STALE },
	    { &count_it, ERR_STALE, ERR_NONE },
	    { &add_projects, ERR_NONE, ERR_NONE }),
	.action = "member.add",
	.kind = "User",
	.subject = OLD(TEXT, struct added, user.id),
	.detail = ROW(TEXT, struct added, detail),
	PARTS({ "role", ROW(TEXT, struct added, user.role), false }),
	LISTS({ "invitations", &used_up, false },
	    { "projects", &projects_there, true }),
};

const struct operation invitation_direct = {
	.kind = OPERATION_CREATE,
	.shape = &shape,
	.read = &find,
	.make = make_added,
	.write = &plan,
	.location = "/v1/organizations/users/{}",
};

const struct operation *invitation_instead(struct call *call)
{
	const struct invitation_create *body = call->body;
	const struct db_value address = db_text(body->address.display);
	const struct db_value values[] = { db_bytes(body->address.key,
					       strlen(body->address.key)),
		address, address, address, address };
	bool found = false;

	if (!call->asker.is_known &&
	    caller_find(call->st, &call->asker) != ERR_NONE)
		return NULL;
	if ((!call->config->direct_add &&
		!caller_is_system_admin(&call->asker.caller)) ||
	    store_exists(call->st, &is_known, values, &found) != ERR_NONE)
		return NULL;
	return found ? &invitation_direct : NULL;
}

/* without routes of its own */
extern const struct module invitation_direct_module;
const struct module invitation_direct_module = {
	.statements = invitation_direct_statements
};
