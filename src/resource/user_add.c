/*
 * POST /v1/users, as the reference has it: a member of the organization is
 * bound to the project of the context, anybody else is invited into it.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "resource/invitation.h"
#include "resource/invitation_words.h"
#include "resource/project_member.h"
#include "store/columns.h"

#define ROLE "user" /* in the project, and of the invited in all */

struct user_add {
	struct invitation_create invitation; /* as invitation_make_new wants */
	const char *name;
	bool create;
};
static const struct field body_fields[] = {
	{ .member = "email",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct user_add, invitation.email),
	    .domain = &domain_address,
	    .says = "An address; its domain in ASCII. It may not be empty.",
	    .example = "grace@example.org" },
	{ .member = "name",
	    .type = FIELD_STRING,
	    FIELD_AT(struct user_add, name),
	    .says = "Is taken and not used: people choose their own names.",
	    .example = "Grace" },
	{ .member = "create",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct user_add, create),
	    .says = "For system administrators: without it an address that"
		    " has no account is 422. Anybody else invites it anyway.",
	    .example = "true" },
};
static const struct field_table body_table = FIELD_TABLE(body_fields);

static const struct user_add body_default = {
	.invitation = { .role = ROLE, .expires_in = 86400 },
};

/* --- what is answered ----------------------------------------------------- */

/* What became of the request, beside the user or the invitation. */
struct outcome {
	char status[10];
	char reason[60];
	char before[1]; /* JSON: null */
};
struct added {
	struct project_member member;
	struct outcome outcome;
};
struct invited {
	struct invitation_row invitation;
	struct outcome outcome;
};

static const struct domain statuses = { .words = "added|invited|unchanged" };
static const struct domain nothing = {
	.schema = "'type':['object','null']",
	.says = "Always null: nothing that was there has changed.",
};
static const struct domain user_or_invitation = {
	.name = "UserOrInvitation",
	.schema = "'oneOf':[#User,#Invitation]",
	.says = "A user, or the invitation of one.",
};

#define STATUS_SAYS \
	"`added`: the user is in the project now. `unchanged`: the user was." \
	" `invited`: the person has to accept first."
#define OUTCOME(struct_) \
	{ \
		{ .member = "status", \
			.type = FIELD_TEXT, \
			FIELD_AT(struct_, outcome.status), \
			.domain = &statuses, \
			.says = STATUS_SAYS }, \
		    { .member = "reason", \
			    .type = FIELD_TEXT, \
			    FIELD_AT(struct_, outcome.reason), \
			    .says = "The same in words." }, \
		{ \
			.member = "before", .type = FIELD_JSON, \
			FIELD_AT(struct_, outcome.before), .domain = &nothing \
		} \
	}

static const struct field added_fields[] = OUTCOME(struct added);
static const struct field_table beside_added = FIELD_TABLE(added_fields);
static const struct field invited_fields[] = OUTCOME(struct invited);
static const struct field_table beside_invited = FIELD_TABLE(invited_fields);

#define SHAPE(struct_) \
	.one = "resource", .within = "updates", .one_is = &user_or_invitation, \
	.size = sizeof(struct_), .schema = "UserUpdates", \
	.says = "What became of the request."

#define SET(to_, text_) text_set(to_, sizeof(to_), text_)

static const struct shape shape_added = {
	SHAPE(struct added),
	.resource = &project_member_resource,
	.id = offsetof(struct added, member.bound_id),
	.version = offsetof(struct added, member.version),
	.kind = 'b',
	.beside = &beside_added,
};
static const struct shape shape_invited = {
	SHAPE(struct invited),
	.resource = &invitation_resource,
	.id = offsetof(struct invited, invitation.id),
	.version = offsetof(struct invited, invitation.version),
	.kind = 'i',
	.beside = &beside_invited,
	EXAMPLES(struct invited,
	    { .invitation = { INVITATION_EXAMPLE },
		.outcome = { .status = "invited",
		    .reason = "an invitation was made" } }),
};

/* --- who is a member ------------------------------------------------------ */

/* The account of the address as it is spelled, but for ASCII case. */
#define IS_ADDRESS \
	"a.email_key = ? AND (a.email = ?" \
	" OR (LENGTH(a.email) = CHAR_LENGTH(a.email)" \
	" AND LENGTH(?) = CHAR_LENGTH(?) AND LOWER(a.email) = LOWER(?)))"

static const struct statement is_member = {
	.text = "SELECT 1 AS found FROM users a JOIN organization_bindings b"
		" ON b.user_id = a.id AND b.organization_id = ?"
		" WHERE " IS_ADDRESS,
	.values = 6,
	.tables = { &statement_found_table },
};
static const struct statement has_account = {
	.text = "SELECT 1 AS found FROM users a WHERE a.email_key = ?",
	.values = 1,
	.tables = { &statement_found_table },
};
/* A member of the organization, and the binding where there is one. */
#define FIND(user_, ...) \
	{ \
		.scope = SCOPE_CURRENT, .columns = PROJECT_MEMBER_COLUMNS, \
		.text = user_ \
		    " LEFT JOIN project_bindings pb" \
		    " ON pb.user_id = mb.user_id" \
		    " AND pb.project_id = hp.id" USER_JOINS_OF_PROJECT, \
		.tables = { &project_member_resource.table }, IN(__VA_ARGS__), \
	}
static const struct statement find = FIND(
    "LEFT JOIN users a ON a.email_key = ?"
    " LEFT JOIN organization_bindings mb"
    " ON mb.organization_id = o.id AND mb.user_id = a.id",
    BODY_AS(KEY, struct user_add, invitation.address.key));
static const struct statement find_again = FIND(
    "LEFT JOIN organization_bindings mb"
    " ON mb.organization_id = o.id AND mb.user_id = ?",
    PATH("id"));

static const struct statement insert = {
	.text = "INSERT INTO project_bindings (user_id, organization_id,"
		" project_id, role, version, created_at)"
		" SELECT mb.user_id, mb.organization_id, ?, ?, ?, ?"
		" FROM organization_bindings mb"
		" WHERE mb.user_id = ? AND mb.organization_id = ?",
	IN(CALLER(project_id), ROW(TEXT, struct added, member.user.role),
	    ROW(INTEGER, struct added, member.version), NOW,
	    ROW(TEXT, struct added, member.user.id), CALLER(organization_id)),
};

static const struct statement *const statements[] = { &is_member, &has_account,
	&find, &find_again, &insert, NULL };

/* --- a member ------------------------------------------------------------- */

static void finish_added(const struct call *call, void *row)
{
	struct added *added = row;

	(void)call;
	SET(added->outcome.status, "unchanged");
	SET(added->outcome.reason, "the user was in the project before");
}

/* For a replay: it was answered so, or is so by now. */
static void finish_again(const struct call *call, void *row)
{
	struct added *added = row;

	(void)call;
	SET(added->outcome.status, "added");
	SET(added->outcome.reason, "the user is in the project");
}

static enum err make_added(struct call *call, void *row)
{
	struct added *added = row;
	struct project_member *member = &added->member;

	if (member->user.id[0] == '\0')
		return ERR_NOT_A_MEMBER;
	if (member->bound_id[0] != '\0')
		return ERR_NONE;
	SET(member->bound_id, member->user.id);
	SET(member->user.role, ROLE);
	SET(member->effective_role,
	    strcmp(member->organization_role, "admin") == 0 ? "admin" : ROLE);
	SET(member->detail,
	    arena_print(call->rq->mem, ROLE " of the project %s",
		call->asker.caller.project_id));
	finish_again(call, row);
	return ERR_NONE;
}

static const struct plan add_plan = {
	STEPS({ &insert, ERR_STALE, ERR_STALE }),
	.action = "member.add",
	.kind = "User",
	.subject = ROW(TEXT, struct added, member.user.id),
	.detail = ROW(TEXT, struct added, member.detail),
	ABOUT_PROJECT(CALLER(project_id)),
	PARTS({ "project", CALLER(project_id), false },
	    { "role", ROW(TEXT, struct added, member.user.role), false }),
};
static const struct operation get_added = {
	.kind = OPERATION_GET,
	.shape = &shape_added,
	.read = &find_again,
	.finish = finish_again,
	.need = NEED_PROJECT_ADMIN,
};
static const struct operation add = {
	.kind = OPERATION_PUT,
	.shape = &shape_added,
	.read = &find,
	.finish = finish_added,
	.make = make_added,
	.seen = &get_added,
	.insert = &add_plan,
	.status = 200,
};

/* --- anybody else --------------------------------------------------------- */

static void finish_invited(const struct call *call, void *row)
{
	struct invited *invited = row;

	(void)call;
	SET(invited->outcome.status, "invited");
	SET(invited->outcome.reason, "an invitation was made");
}

/* Into the project of the context, of which the caller is an admin. */
static enum err make_invited(struct call *call, void *row)
{
	const struct user_add *body = call->body;
	struct user_add *into = arena_alloc(call->rq->mem, sizeof(*into));
	struct invited *invited = row;
	enum err err;

	*into = *body;
	memcpy(into->invitation.list, call->asker.caller.project_id, ULID_SIZE);
	into->invitation.list[ULID_SIZE - 1] = ROLE[0];
	into->invitation.list_count = 1;
	invited->invitation.projects_there = 1;
	invited->invitation.projects_own = 1;
	call->body = into;
	err = invitation_make_new(call, &invited->invitation);
	call->body = body;
	return err;
}

static enum err refuse_absent(struct call *call, const void *row)
{
	(void)call;
	(void)row;
	return ERR_NO_ACCOUNT;
}

static const struct operation get_invited = {
	.kind = OPERATION_GET,
	.shape = &shape_invited,
	.read = &invitation_get,
	.judge = invitation_judge,
	.finish = finish_invited,
};

static const struct operation *choose(struct call *call);

#define INVITE(instead_, judge_) \
	{ \
		.kind = OPERATION_CREATE, .shape = &shape_invited, \
		.read = &invitation_find_current, .complete = complete, \
		.instead = instead_, .finish = finish_invited, \
		.judge = judge_, .make = make_invited, .seen = &get_invited, \
		.insert = &invitation_create_plan, .status = 200, \
	}

static enum err complete(struct arena *mem, struct json_source source,
    void *body, struct fault *fault)
{
	struct user_add *in = body;

	(void)mem;
	(void)source;
	return invitation_read_address(&in->invitation, fault);
}

static const struct operation invite = INVITE(choose, NULL);
static const struct operation refuse = INVITE(NULL, refuse_absent);

/* --- which of both -------------------------------------------------------- */

/* NULL: the caller cannot be found, or nobody is, which is said later. */
static const struct operation *choose(struct call *call)
{
	const struct user_add *body = call->body;
	const char *key = body->invitation.address.key;
	const struct db_value address = db_text(
	    body->invitation.address.display);
	struct db_value values[] = { db_text(NULL), db_bytes(key, strlen(key)),
		address, address, address, address };
	bool is_there = false, has_one = true;

	if (!call->asker.is_known &&
	    caller_find(call->st, &call->asker) != ERR_NONE)
		return NULL;
	values[0] = db_text(call->asker.caller.organization_id);
	if (store_exists(call->st, &is_member, values, &is_there) != ERR_NONE)
		return NULL;
	if (is_there)
		return &add;
	if (body->create || !caller_is_system_admin(&call->asker.caller) ||
	    store_exists(call->st, &has_account, &values[1], &has_one) !=
		ERR_NONE)
		return NULL;
	return has_one ? NULL : &refuse;
}

/* --- words and routes ----------------------------------------------------- */

static const struct describe words = {
	.tag = "Users",
	.summary = "Add a user to the project of the context",
	.says =
	    "A member of the organization is in the project from now on, with"
	    " the role `user`. Any other address is invited into organization"
	    " and project, whether it has an account or not; the link is that"
	    " of `POST /v1/invitations/{id}/resend`. The project is that of"
	    " the context: the one that the API key is bound to; else the one"
	    " that the header names, the active one, or the only one that the"
	    " caller may use. For the project's admins.",
	.answer = "What became of the request.",
	.body = "AddUser",
	.body_says = "Who.",
	BODIES({ "address", "email name create" }),
	PROBLEMS(ERR_ALREADY_A_MEMBER, ERR_ALREADY_INVITED, ERR_SEAT_LIMIT,
	    ERR_INVITATION_LIMIT, ERR_LICENCE_EXPIRED, ERR_NO_ACCOUNT,
	    ERR_NOT_A_MEMBER),
};

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/users",
	    .scope = SCOPE_CURRENT,
	    .need = NEED_PROJECT_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MANAGES,
	    .body = &body_table,
	    .body_size = sizeof(struct user_add),
	    .body_default = &body_default,
	    .does = &invite,
	    .operation_id = "addCurrentProjectUser",
	    .describe = &words },
};

extern const struct module user_add_module;
const struct module user_add_module = { ROUTES(routes),
	.statements = statements };
