/*
 * Invitations, for the invited: look at one, accept, decline, one's own.
 */
#include <string.h>

#include "base/text.h"
#include "edge/name.h"
#include "resource/invitation_accept.h"
#include "resource/invitation_words.h"

enum { PASSWORD_SHORTEST = 8 };

#define TOKEN_SAYS "What follows `/#/accept/` in the link."

struct token_body {
	const char *token;
};
static const struct field token_fields[] = {
	{ .member = "token",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct token_body, token),
	    .says = TOKEN_SAYS,
	    .example = INVITATION_EXAMPLE_TOKEN },
};
static const struct field_table token_table = FIELD_TABLE(token_fields);

/* as domain_display_name, but an empty one is as good as none */
static const struct domain display_names = { .most = NAME_POINTS };

struct accept_body {
	const char *token, *display_name, *password;
};
static const struct field accept_fields[] = {
	{ .member = "token",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct accept_body, token),
	    .says = TOKEN_SAYS,
	    .example = INVITATION_EXAMPLE_TOKEN },
	{ .member = "displayName",
	    .type = FIELD_STRING,
	    FIELD_AT(struct accept_body, display_name),
	    .domain = &display_names,
	    .says = "Of a new account; left out: what is before the @ of the"
		    " address.",
	    .example = "Grace" },
	{ .member = "password",
	    .type = FIELD_STRING,
	    FIELD_AT(struct accept_body, password),
	    .says = "Of a new account: 8 to 256 bytes.",
	    .example = "correct horse battery staple" },
};
static const struct field_table accept_table = FIELD_TABLE(accept_fields);

/* --- who is signed in ----------------------------------------------------- */

static const struct field person_fields[] = {
	{ .column = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invited_person, id) },
	{ .column = "email",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invited_person, email) },
	{ .column = "is_email_unproved",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct invited_person, is_unproved) },
};
static const struct field_table person_table = FIELD_TABLE(person_fields);

static const struct statement find_person = {
	.scope = SCOPE_SELF,
	.columns = "eu.id, eu.email, eu.is_email_unproved",
	.text = "LEFT JOIN users eu ON eu.id = u.id",
	.tables = { &person_table },
};

#define ALL_PROJECTS INVITATION_PROJECTS("")
#define ORGANIZATION_JSON JSON_NAMED("io")

/* Of the person's own address, if it is proved. */
static const struct statement list = {
	.bounded = "projects of one invitation, 16 at most, are ordered",
	.scope = SCOPE_SELF,
	.columns = "i.id, LOWER(i.id) AS name, i.version, i.modified_at,"
		   " i.email, i.role, " ALL_PROJECTS " AS projects,"
		   " i.delivery, " INVITATION_STATE " AS state,"
		   " i.mail_state, i.failed_reason, i.expires_at,"
		   " " INVITATION_INVITED_BY " AS invited_by, i.accepted_by,"
		   " (SELECT " ORGANIZATION_JSON " FROM organizations io"
		   " WHERE io.id = i.organization_id) AS organization",
	.text = "LEFT JOIN users eu ON eu.id = u.id"
		" LEFT JOIN invitations i FORCE INDEX (invitations_person)"
		" ON i.pending_key = eu.email_key AND i.id > ?"
		" AND i.expires_at > UTC_TIMESTAMP(3)"
		" AND NOT eu.is_email_unproved"
		" AND " INVITATION_IS_TO("i", "eu") " LIMIT ?",
	.tables = { &invitation_own_resource.table },
	IN(AFTER, LIMIT),
};

static const struct statement *const statements[] = { &find_person, &list,
	NULL };

static enum err find_signed_in(struct call *call, struct invited_person *person)
{
	void *const into[STATEMENT_TABLES_MAX] = { person, NULL };
	enum err err;

	err = caller_select(call->st, &call->asker, &find_person, NULL, into);
	db_finish(call->st->db);
	return err;
}

static struct acceptance *begin(struct call *call, const char *token)
{
	struct acceptance *a = arena_alloc(call->rq->mem, sizeof(*a));

	a->call = call;
	if (token != NULL)
		crypto_sha256(token, strlen(token), a->ask.digest);
	return a;
}

/* --- lookup --------------------------------------------------------------- */

/* The first character of what is before the @, and what is behind it. */
static const char *mask(struct arena *mem, const char *email)
{
	size_t first = 1;

	while (((unsigned char)email[first] & 0xc0) == 0x80)
		first++;
	return arena_print(mem, "%.*s\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2%s",
	    (int)first, email, strrchr(email, '@'));
}

static void put_named(
    struct json_writer *json, const char *member, const char *name)
{
	json_key(json, member);
	json_open_object(json);
	json_key(json, "displayName");
	json_text(json, name);
	json_close_object(json);
}

static enum err lookup(struct call *call, struct response *rs)
{
	const struct token_body *body = call->body;
	struct acceptance *a = begin(call, body->token);
	const struct invited *invited = &a->invited;
	struct json_writer *json = &rs->json;
	enum err err = invited_find(a);

	if (err)
		return err;
	if (!invited->is_live || !invited->is_given)
		return ERR_TOKEN_DEAD;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	put_named(json, "organization", invited->organization_name);
	json_key(json, "email");
	json_text(json, mask(call->rq->mem, invited->email));
	json_key(json, "role");
	json_text(json, invited->role);
	json_key(json, "projects");
	json_raw(json, invited->projects, strlen(invited->projects));
	put_named(json, "invitedBy", invited->inviter_name);
	json_key(json, "expiresAt");
	json_time(json, invited->expires_at);
	json_close_object(json);
	return json->failed;
}

/* --- accept --------------------------------------------------------------- */

static enum err answer(const struct acceptance *a, struct response *rs)
{
	const struct response_part parts[2] = {
		{ "organization", &organization_resource, &a->organization },
		{ "account", &project_resource, &a->account },
	};
	bool is_new = a->password_hash[0] != '\0';

	return respond_created(rs, is_new ? 201 : 200,
	    is_new ? arena_print(rs->rq->mem, "/v1/organizations/users/%s",
			 a->person.id)
		   : NULL,
	    parts, a->account.id[0] != '\0' ? 2 : 1);
}

static enum err set_name(struct acceptance *a, const char *given)
{
	struct name *name = arena_alloc(a->call->rq->mem, sizeof(*name));
	const char *text = given != NULL ? given : a->invited.email;
	size_t length = given != NULL ? strlen(given) : strcspn(text, "@");
	const char *wrong = name_make(text, length, name);

	if (wrong != NULL)
		return fault_set(&a->call->rq->fault, ERR_BAD_FIELD,
		    "displayName %s", wrong);
	a->display_name = name->display;
	return ERR_NONE;
}

/* In one of the places that all share who have a password hashed. */
static enum err hash(struct acceptance *a, const char *password)
{
	const struct call *call = a->call;
	const struct slots_ask ask = { .workers = call->slots->workers,
		.wait = call->config->deadline * 1000 / 4 };
	struct fault *fault = &call->rq->fault;
	struct slots taken;
	bool is_hashed;

	if (slots_take(call->slots->file, &ask, &taken)) {
		is_hashed = password_hash(password, a->password_hash);
		slots_give(call->slots->file, &taken);
		if (is_hashed)
			return ERR_NONE;
	}
	(void)fault_refuse(fault, ERR_BUSY, CAUSE_BUSY,
	    "too many passwords are being checked; nothing was done: try again"
	    " in 1 s");
	fault->retry_after = 1;
	return ERR_BUSY;
}

/* The account of the invitation's address, which nobody has yet. */
static enum err prepare_account(
    struct acceptance *a, const struct accept_body *body)
{
	struct fault *fault = &a->call->rq->fault;
	size_t length = body->password != NULL ? strlen(body->password) : 0;
	enum err err;

	if (length == 0)
		return fault_set(fault, ERR_BAD_FIELD,
		    "password is missing: it is that of the account that is"
		    " made");
	if (length < PASSWORD_SHORTEST || length > PASSWORD_MAX)
		return fault_set(fault, ERR_BAD_FIELD,
		    "password must have from %d to %d bytes", PASSWORD_SHORTEST,
		    PASSWORD_MAX);
	if ((err = set_name(a, body->display_name)))
		return err;
	return hash(a, body->password);
}

static enum err accept_found(
    struct acceptance *a, const struct accept_body *body, struct response *rs)
{
	bool is_done;
	enum err err;

	if ((err = invited_find(a)) || (err = invited_judge(a, &is_done)))
		return err;
	if (is_done)
		err = invited_show(a);
	else if (a->person.id[0] == '\0' &&
	    ((err = invited_check_growth(a)) ||
		(err = prepare_account(a, body))))
		return err;
	else
		err = invited_accept(a);
	return err ? err : answer(a, rs);
}

static enum err accept_token(struct call *call, struct response *rs)
{
	const struct accept_body *body = call->body;
	struct acceptance *a = begin(call, body->token);
	enum err err = ERR_NONE;

	if (call->has_credential)
		err = find_signed_in(call, &a->person);
	return err ? err : accept_found(a, body, rs);
}

static enum err accept_own(struct call *call, struct response *rs)
{
	static const struct accept_body nothing; /* nor is an account made */
	struct acceptance *a = begin(call, NULL);
	enum err err = find_signed_in(call, &a->person);

	a->ask.id = route_value(call->match, "id");
	if (!values_is_name(a->ask.id))
		a->ask.id = NO_ID;
	return err ? err : accept_found(a, &nothing, rs);
}

static enum err decline(struct call *call, struct response *rs)
{
	const struct token_body *body = call->body;
	struct acceptance *a = begin(call, body->token);
	enum err err;

	if ((err = find_signed_in(call, &a->person)) || (err = invited_find(a)))
		return err;
	if (!a->invited.is_live)
		return ERR_TOKEN_DEAD;
	if ((err = invited_check_address(a, true)) ||
	    (err = invited_decline(a)))
		return err;
	return respond_empty(rs, 204);
}

/* --- routes --------------------------------------------------------------- */

static const struct shape shape = {
	.resource = &invitation_own_resource,
	.one = "invitation",
	.many = "invitations",
	SHAPE_OF(struct invitation_row),
	EXAMPLES(struct invitation_row,
	    { INVITATION_EXAMPLE,
		.organization = "{\"id\":\"01JD7Q4M8K3ZT5W9XBVN2RC6HY\","
				"\"displayName\":\"Acme Observability\"}" }),
};
static const struct operation list_own = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
};
static const struct query_table query = QUERY_TABLE(parameters);

#define PERSON_ROUTE(path_) \
	.pattern = path_, .scope = SCOPE_SELF, .need = NEED_PERSON, \
	.unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/invitations/lookup",
	    .scope = SCOPE_PUBLIC,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_LIMITED,
	    .body = &token_table,
	    .body_size = sizeof(struct token_body),
	    .handle = lookup,
	    .operation_id = "lookupInvitation",
	    .describe = &invitation_lookup_words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/invitations/accept",
	    .scope = SCOPE_PUBLIC,
	    .unknown = ERR_NO_RESOURCE,
	    .need = NEED_PERSON,
	    .flags = ROUTE_MAY_SIGN_IN | ROUTE_LIMITED,
	    .body = &accept_table,
	    .body_size = sizeof(struct accept_body),
	    .handle = accept_token,
	    .operation_id = "acceptInvitation",
	    .describe = &invitation_accept_words },
	{ PERSON_ROUTE("/v1/invitations/decline"), .method = METHOD_POST,
	    .body = &token_table, .body_size = sizeof(struct token_body),
	    .handle = decline, .operation_id = "declineInvitation",
	    .describe = &invitation_decline_words },
	{ PERSON_ROUTE("/v1/invitations/{id}/accept"), .method = METHOD_POST,
	    .handle = accept_own, .operation_id = "acceptOwnInvitation",
	    .describe = &invitation_accept_own_words },
	{ PERSON_ROUTE("/v1/users/me/invitations"), .method = METHOD_GET,
	    .flags = ROUTE_FUSED | ROUTE_LIST, .query = &query,
	    .does = &list_own, .operation_id = "listOwnInvitations",
	    .describe = &invitation_list_own_words },
};

extern const struct module invited_module, invited_store_module;
const struct module invited_module = { ROUTES(routes),
	.statements = statements };
/* without routes of its own */
const struct module invited_store_module = { .statements = invited_statements };
