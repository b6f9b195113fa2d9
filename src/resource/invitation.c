/*
 * Invitations, for those who invite: list, read, make, send again, revoke.
 */
#include "resource/invitation.h"

#include "api/call.h"
#include "resource/invitation_words.h"
#include "store/columns.h"
#include "store/outbox.h"
#include "store/project.h"
#include "store/rights.h"

/* --- what is read --------------------------------------------------------- */

/* Project `p` of an invitation is one of which the caller is an admin. */
#define IS_OWN_PROJECT \
	"(k.project_id IS NULL OR p.id = k.project_id)" \
	" AND " IS_PROJECT_ADMIN("b")

#define OF_PROJECTS(condition_) \
	"EXISTS (SELECT 1 FROM invitation_projects ip" \
	" JOIN projects p ON p.id = ip.project_id" \
	" WHERE ip.invitation_id = i.id AND " condition_ ")"

/* An admin of the organization, or of a project in it. */
#define IS_INVITER \
	"(" KEY_IS_FULL " AND (" USER_IS_ADMIN( \
	    "b") " OR EXISTS (SELECT 1 FROM project_bindings x" \
		 " WHERE x.user_id = u.id AND x.organization_id = o.id" \
		 " AND x.role = 'admin' AND (k.project_id IS NULL" \
		 " OR x.project_id = k.project_id)))) AS is_inviter"

/* To an admin all, to an admin of a project those that name it. */
#define IS_SHOWN "(" IS_ADMIN("b") " OR " OF_PROJECTS(IS_OWN_PROJECT) ")"

/* Nothing in it is above what the caller may give. */
#define MAY_GIVE \
	"(" IS_ADMIN("b") " OR (i.role = 'user' AND " OF_PROJECTS( \
	    "TRUE") " AND NOT " OF_PROJECTS("NOT (" IS_OWN_PROJECT ")") "))"

#define OWN_PROJECTS INVITATION_PROJECTS(" AND " IS_OWN_PROJECT)
#define COLUMNS \
	"i.id, LOWER(i.id) AS name, i.version, i.modified_at, i.email," \
	" i.role, " OWN_PROJECTS " AS projects, i.delivery," \
	" " INVITATION_STATE " AS state, i.mail_state, i.failed_reason," \
	" i.expires_at, " INVITATION_INVITED_BY " AS invited_by," \
	" i.accepted_by"

/* What a new one depends on, or one that is sent again. */
#define INVITED_HERE INVITED("o.id")
/* Seconds until the mails of an hour have room for one; 0: they have. */
#define MAILS_WAIT \
	"(SELECT IF(COUNT(*) < 60, 0, GREATEST(1, 3600 - TIMESTAMPDIFF(" \
	"SECOND, MIN(ox.created_at), UTC_TIMESTAMP(3)))) FROM outbox ox" \
	" WHERE ox.organization_id = o.id AND ox.created_at >" \
	" UTC_TIMESTAMP(3) - INTERVAL 1 HOUR) AS mails_wait"
#define NO_MAILS "0 AS mails_wait"
#define PLACE(email_key_, but_) \
	IS_INVITER \
	", UTC_TIMESTAMP(3) AS now," \
	" (SELECT mu.id FROM users mu JOIN organization_bindings mb" \
	" ON mb.user_id = mu.id AND mb.organization_id = o.id" \
	" WHERE mu.email_key = " email_key_ ") AS member_id," \
	" (SELECT pi.id FROM invitations pi" \
	" WHERE pi.organization_id = o.id AND pi.pending_key = " email_key_ \
	" AND pi.expires_at > UTC_TIMESTAMP(3)" but_ ") AS pending_id," \
	" o.member_count AS users," \
	" " INVITED_HERE " AS invited, l.limit_users," \
	" l.expires_at AS licence_ends_at," \
	" EXISTS (SELECT 1 FROM licence_claims c WHERE c.jti = l.jti" \
	" AND c.revoked_at IS NOT NULL) AS licence_is_revoked"
#define PLACE_OF_ROW PLACE("i.email_key", " AND pi.id <> i.id")
#define PLACE_OF_BODY PLACE("t.email_key", "")
/* What a read has no use for. */
#define NO_PLACE \
	"NULL AS now, NULL AS member_id, NULL AS pending_id, 0 AS users," \
	" 0 AS invited, 0 AS limit_users, NULL AS licence_ends_at," \
	" 0 AS licence_is_revoked, " NO_MAILS
#define NO_CHANGE \
	"0 AS may_give, NULL AS sent_at, 0 AS life, NULL AS email_key," \
	" NULL AS caller"
#define PLACE_JOINS \
	"LEFT JOIN licences l ON l.organization_id = o.id" \
	" LEFT JOIN users cu ON cu.id = u.id"
#define CALLER_JSON \
	"IF(cu.id IS NULL, JSON_OBJECT('id', k.id, 'displayName'," \
	" k.description), " JSON_NAMED("cu") ") AS caller"

#define LIST(page_, ...) \
	{ \
		.bounded = "projects of one invitation, 16 at most, are" \
			   " ordered", \
		.scope = SCOPE_CONTEXT, \
		.columns = COLUMNS ", " IS_INVITER ", " NO_PLACE ", " IS_SHOWN \
				   " AS is_shown, " NO_CHANGE, \
		.text = "LEFT JOIN invitations i FORCE INDEX (PRIMARY)" \
			" ON " page_##_OF( \
			    "i") " AND i.id > ?" \
				 " AND (? IS NULL OR " INVITATION_STATE \
				 " = ?)" \
				 " AND (? IS NULL" \
				 " OR LOCATE(?, i.email_key) = 1)" \
				 " AND " IS_SHOWN " LIMIT ?", \
		.tables = { &invitation_resource.table }, \
		IN(page_##_BEGIN, QUERY("state"), QUERY("state"), QUERY("q"), \
		    QUERY("q"), LIMIT), \
		__VA_ARGS__ \
	}
static const struct statement next = LIST(NEXT_PAGE, .next_page = NULL);
static const struct statement list = LIST(FIRST_PAGE, .next_page = &next);

/* The invitation that the path names; its scope has found it (`i`). */
const struct statement invitation_get = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.scope = SCOPE_INVITATION,
	.columns = COLUMNS ", " IS_INVITER ", " NO_PLACE ", " IS_SHOWN
			   " AS is_shown, " NO_CHANGE,
	.tables = { &invitation_resource.table },
};

static const struct statement find = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.scope = SCOPE_INVITATION,
	.columns = COLUMNS ", " PLACE_OF_ROW ", " MAILS_WAIT ", " IS_SHOWN
			   " AS is_shown,"
			   " " MAY_GIVE " AS may_give, i.sent_at, i.life,"
			   " i.email_key, " CALLER_JSON,
	.text = PLACE_JOINS,
	.tables = { &invitation_resource.table },
};

#define NAMED_THERE PROJECTS_NAMED("")
#define NAMED_OWN PROJECTS_NAMED(" AND " IS_OWN_PROJECT)

/* What the body says has to stand behind FROM, as all that is bound. */
#define FIND_PLACE(scope_) \
	{ \
		.bounded = "the projects of one organization, by its key", \
		.scope = scope_, \
		.columns = PLACE_OF_BODY \
		    ", " MAILS_WAIT ", " NAMED_THERE " AS projects_there," \
		    " " NAMED_OWN " AS projects_own, " CALLER_JSON, \
		.text = PLACE_JOINS \
		    " LEFT JOIN (SELECT ? AS email_key, ? AS list) t ON TRUE", \
		.tables = { &invitation_place }, \
		IN(BODY_AS(KEY, struct invitation_create, address.key), \
		    BODY(struct invitation_create, list_text)), \
	}
static const struct statement find_place = FIND_PLACE(SCOPE_CONTEXT);
const struct statement invitation_find_current = FIND_PLACE(SCOPE_CURRENT);

/*
 * For the tool: `u`, who invites, stands where a caller with a password does.
 * The join to a key by an empty id finds none.
 */
#define INVITER_COLUMNS \
	"SELECT u.id AS user_id, u.is_system_admin, u.active_project_id," \
	" k.id AS key_id, k.organization_id AS key_organization_id," \
	" k.project_id AS key_project_id, k.role AS key_role," \
	" k.last_used_on >= UTC_DATE() AS is_key_used_today," \
	" o.id AS organization_id, b.role AS organization_role," \
	" o.version AS organization_version, "
#define INVITER_JOINS \
	" AND u.disabled_at IS NULL LEFT JOIN organization_bindings b" \
	" ON b.user_id = u.id AND b.organization_id = o.id" \
	" LEFT JOIN api_keys k ON k.id = '' " PLACE_JOINS

const struct statement invitation_find_place_for_tool = {
	.bounded = "the projects of one organization, by its key",
	.text = INVITER_COLUMNS PLACE_OF_BODY
	", " NO_MAILS ", " NAMED_THERE " AS projects_there, " NAMED_OWN
	" AS projects_own, " CALLER_JSON " FROM organizations o"
	" JOIN users u ON u.id = ?" INVITER_JOINS
	" LEFT JOIN (SELECT ? AS email_key, ? AS list) t ON TRUE"
	" WHERE o.id = ?",
	.values = 4,
	.tables = { &caller_tables[SCOPE_NAMED], &invitation_place },
};

const struct statement invitation_find_for_tool = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.text = INVITER_COLUMNS COLUMNS
	", " PLACE_OF_ROW ", " NO_MAILS ", " IS_SHOWN " AS is_shown, " MAY_GIVE
	" AS may_give, i.sent_at, i.life,"
	" i.email_key, " CALLER_JSON " FROM invitations i"
	" JOIN organizations o ON o.id = i.organization_id"
	" LEFT JOIN users u ON u.id = i.invited_by" INVITER_JOINS
	" WHERE i.id = ?",
	.values = 1,
	.tables = { &caller_tables[SCOPE_NAMED], &invitation_resource.table },
};

/* By an admin of an organization in which it was. */
static const struct statement removed = {
	.scope = SCOPE_SELF,
	.columns = TRAIL_FOUND,
	.text = TRAIL_HAS(
	    "t.action = 'invitation.revoke' AND " TRAIL_IS_OF_ADMIN),
	.tables = { &statement_found_table },
	IN(PATH("id")),
};

/* --- what is written ------------------------------------------------------ */

static const struct statement give_way = {
	.text = "UPDATE invitations SET pending_key = NULL"
		" WHERE organization_id = ? AND pending_key IS NOT NULL"
		" AND id <> ? AND expires_at <= UTC_TIMESTAMP(3)",
	IN(CALLER(organization_id), ROW(TEXT, struct invitation_row, id)),
};

/* No row if somebody with that address became a member meanwhile. */
static const struct statement insert = {
	.text = "INSERT INTO invitations (id, organization_id, email,"
		" email_key, pending_key, role, delivery, mail_state,"
		" failed_reason, digest, created_at, modified_at, sent_at,"
		" expires_at, life, invited_by, invited_by_key)"
		" SELECT ?, o.id, ?, ?, ?, ?, ?, ?, COALESCE(?, ''), ?, ?, ?,"
		" ?, ?, ?, ?, ? FROM organizations o WHERE o.id = ?"
		" AND NOT EXISTS (SELECT 1 FROM users mu"
		" JOIN organization_bindings mb ON mb.user_id = mu.id"
		" AND mb.organization_id = o.id WHERE mu.email_key = ?)",
	IN(ROW(TEXT, struct invitation_row, id),
	    ROW(TEXT, struct invitation_row, email),
	    ROW(KEY, struct invitation_row, email_key),
	    ROW(KEY, struct invitation_row, email_key),
	    ROW(TEXT, struct invitation_row, role),
	    ROW(TEXT, struct invitation_row, delivery),
	    ROW(TEXT, struct invitation_row, mail_state),
	    ROW(TEXT, struct invitation_row, failed_reason),
	    ROW(DIGEST, struct invitation_row, digest), NOW, NOW,
	    ROW(TIME, struct invitation_row, now),
	    ROW(TIME, struct invitation_row, expires_at),
	    ROW(INTEGER, struct invitation_row, life), CALLER(user_id),
	    ROW(TEXT, struct invitation_row, invited_by_key),
	    CALLER(organization_id),
	    ROW(KEY, struct invitation_row, email_key)),
};

static const struct statement insert_projects = {
	.bounded = "the projects of one organization, by its key",
	.needs = 2,
	.text = "INSERT INTO invitation_projects (invitation_id, project_id,"
		" organization_id, role) SELECT ?, p.id, p.organization_id,"
		" CASE SUBSTRING(?, LOCATE(p.id, ?) + 26, 1)"
		" WHEN 'a' THEN 'admin' WHEN 'u' THEN 'user' ELSE 'viewer' END"
		" FROM projects p WHERE p.organization_id = ?"
		" AND LOCATE(p.id, ?) > 0",
	IN(ROW(TEXT, struct invitation_row, id),
	    ROW(TEXT, struct invitation_row, list),
	    ROW(TEXT, struct invitation_row, list), CALLER(organization_id),
	    ROW(TEXT, struct invitation_row, list)),
};

#define AS_READ " WHERE id = ? AND version = ? AND state = 'pending'"
#define AS_READ_VALUES \
	OLD(TEXT, struct invitation_row, id), \
	    OLD(INTEGER, struct invitation_row, version)

/* Who sends it again has it accepted, and so must be allowed to give it. */
static const struct statement send_again = {
	.text = "UPDATE invitations SET digest = ?, sent_at = ?,"
		" expires_at = ?, modified_at = ?, delivery = ?,"
		" mail_state = ?, failed_reason = COALESCE(?, ''),"
		" invited_by = ?, invited_by_key = ?, pending_key = email_key,"
		" version = version + 1" AS_READ,
	IN(ROW(DIGEST, struct invitation_row, digest),
	    ROW(TIME, struct invitation_row, now),
	    ROW(TIME, struct invitation_row, expires_at), NOW,
	    ROW(TEXT, struct invitation_row, delivery),
	    ROW(TEXT, struct invitation_row, mail_state),
	    ROW(TEXT, struct invitation_row, failed_reason), CALLER(user_id),
	    ROW(TEXT, struct invitation_row, invited_by_key), AS_READ_VALUES),
};

static const struct statement revoke_it = {
	.text = "UPDATE invitations SET state = 'revoked', pending_key = NULL,"
		" ended_at = ?, modified_at = ?, version = version + 1" AS_READ,
	IN(NOW, NOW, AS_READ_VALUES),
};

static const struct statement *const statements[] = { &list, &invitation_get,
	&find, &find_place, &invitation_find_current,
	&invitation_find_place_for_tool, &invitation_find_for_tool, &removed,
	&invitation_keep_place, &invitation_keep_given_place,
	&invitation_keep_given, &give_way, &invitation_drop_mail,
	&invitation_enter_mail, &insert, &insert_projects,
	&invitation_projects_there, &send_again, &revoke_it, NULL };

/* --- operations ----------------------------------------------------------- */

static const struct field beside_fields[] = {
	{ .member = "link",
	    .type = FIELD_TEXT,
	    .flags = FIELD_SECRET | FIELD_OMIT_EMPTY,
	    FIELD_AT(struct invitation_row, link),
	    .says = "For the person, shown this once; left out if it goes by"
		    " mail. It begins with the address of this service, or"
		    " with `/` while the setting `public_prefix` has none." },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

#define SHAPE(resource_) \
	.resource = resource_, .one = "invitation", .many = "invitations", \
	SHAPE_OF(struct invitation_row), .kind = 'i'

static const struct shape shape = {
	SHAPE(&invitation_resource),
	EXAMPLES(struct invitation_row, { INVITATION_EXAMPLE }),
};
static const struct shape shape_of_change = {
	SHAPE(&invitation_resource),
	.beside = &beside,
	EXAMPLES(struct invitation_row,
	    { INVITATION_EXAMPLE, .link = INVITATION_EXAMPLE_LINK }),
	.schema = "SentInvitation",
};

#define TRAIL(action_, from_) \
	.action = action_, .kind = "Invitation", \
	.subject = from_(TEXT, struct invitation_row, id), \
	.detail = ROW(TEXT, struct invitation_row, detail), \
	PARTS({ "expiresAt", ROW(TIME, struct invitation_row, expires_at), \
		  false }, \
	    { "role", ROW(TEXT, struct invitation_row, role), false }, \
	    { "state", ROW(TEXT, struct invitation_row, state), false })

const struct plan invitation_create_plan = {
	STEPS({ &invitation_keep_place, ERR_STALE, ERR_NONE },
	    { &give_way, ERR_NONE, ERR_NONE },
	    { &insert, ERR_STALE, ERR_STALE },
	    { &insert_projects, ERR_NONE, ERR_NONE },
	    { &invitation_enter_mail, ERR_NONE, ERR_NONE }),
	TRAIL("invitation.create", ROW),
	LISTS({ "projects", &invitation_projects_there, true }),
};
const struct plan invitation_resend_plan = {
	STEPS({ &invitation_keep_given_place, ERR_STALE, ERR_NONE },
	    { &give_way, ERR_NONE, ERR_NONE },
	    { &send_again, ERR_STALE, ERR_STALE },
	    { &invitation_drop_mail, ERR_NONE, ERR_NONE },
	    { &invitation_enter_mail, ERR_NONE, ERR_NONE }),
	TRAIL("invitation.resend", OLD),
};
const struct plan invitation_revoke_plan = {
	STEPS({ &invitation_keep_given, ERR_STALE, ERR_NONE },
	    { &revoke_it, ERR_STALE, ERR_NONE }),
	TRAIL("invitation.revoke", OLD),
};

static const struct operation list_all = {
	.kind = OPERATION_LIST,
	.shape = &shape,
	.read = &list,
	.judge = invitation_judge_inviter,
};
static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &shape,
	.read = &invitation_get,
	.judge = invitation_judge,
};

#define CREATE \
	.kind = OPERATION_CREATE, .shape = &shape_of_change, \
	.read = &find_place, .complete = invitation_complete, \
	.judge = invitation_judge_inviter, .make = invitation_make_new, \
	.seen = &get_one, .insert = &invitation_create_plan, \
	.location = "/v1/invitations/{}"

static const struct operation create = { CREATE };
/* 202 in place of 201: a person has still to agree. */
static const struct operation invite = { CREATE, .status = 202,
	.instead = invitation_instead };
static const struct operation resend = {
	.kind = OPERATION_CHANGE,
	.shape = &shape_of_change,
	.read = &find,
	.judge = invitation_judge_change,
	.make = invitation_make_resent,
	.seen = &get_one,
	.modified_at = offsetof(struct invitation_row, modified_at),
	.write = &invitation_resend_plan,
};
static const struct operation revoke = {
	.kind = OPERATION_REMOVE,
	.shape = &shape_of_change,
	.read = &find,
	.judge = invitation_judge_change,
	.make = invitation_make_revoked,
	.write = &invitation_revoke_plan,
	.removed = &removed,
	LOSSES({ "invitations", NULL, false }),
};

/* --- routes --------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX, QUERY_ADDRESS },
	{ .name = "state",
	    .type = QUERY_WORD,
	    .words = "pending accepted declined revoked expired",
	    .component = "InvitationState",
	    .says = "Only invitations in this state.",
	    .example = "pending" },
};
static const struct query_table query = QUERY_TABLE(parameters);

#define COLLECTION(path_, need_) \
	.pattern = path_, .scope = SCOPE_CONTEXT, .need = need_, \
	.unknown = ERR_FORBIDDEN
#define CREATES \
	.method = METHOD_POST, \
	.flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES, \
	.body = &invitation_create_table, \
	.body_size = sizeof(struct invitation_create), \
	.body_default = &invitation_create_default
#define ONE(more_) \
	.pattern = "/v1/invitations/{id}" more_, .scope = SCOPE_INVITATION, \
	.need = NEED_NOTHING, .unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ COLLECTION("/v1/invitations", NEED_MEMBER), .method = METHOD_GET,
	    .flags = ROUTE_FUSED | ROUTE_LIST, .query = &query,
	    .does = &list_all, .operation_id = "listInvitations",
	    .describe = &invitation_list_words },
	{ COLLECTION("/v1/invitations", NEED_MEMBER), CREATES, .does = &create,
	    .operation_id = "createInvitation",
	    .describe = &invitation_create_words },
	{ COLLECTION("/v1/organizations/users", NEED_ADMIN), CREATES,
	    .does = &invite, .operation_id = "inviteUser",
	    .describe = &invitation_invite_words },
	{ ONE(""), .method = METHOD_GET, .flags = ROUTE_FUSED, .does = &get_one,
	    .operation_id = "getInvitation",
	    .describe = &invitation_get_words },
	{ ONE("/resend"), .method = METHOD_POST,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES |
		ROUTE_MAY_BE_BARE,
	    .body = &invitation_resend_table,
	    .body_size = sizeof(struct invitation_resend), .does = &resend,
	    .operation_id = "resendInvitation",
	    .describe = &invitation_resend_words },
	{ ONE(""), .method = METHOD_DELETE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .query = &dry_run_query, .does = &revoke,
	    .operation_id = "revokeInvitation",
	    .describe = &invitation_revoke_words },
};

extern const struct module invitation_module;
const struct module invitation_module = { ROUTES(routes),
	.statements = statements };
