/*
 * The session of a person: sign in, look at it, sign out, give the password
 * again.
 */
#include "resource/session.h"

#include <string.h>

#include "base/text.h"
#include "http/cookie.h"
#include "http/represent.h"
#include "model/metadata.h"
#include "resource/module.h"
#include "store/columns.h"
#include "store/security_event.h"

/* --- what is shown -------------------------------------------------------- */

struct shown {
	struct user user;
	int64_t expires_at;
	bool is_system_admin;
	char features[120]; /* JSON */
};

static const struct field fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	{ .column = "expires_at",
	    .type = FIELD_TIME,
	    FIELD_AT(struct shown, expires_at) },
	{ .column = "is_system_admin",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct shown, is_system_admin) },
};
static const struct resource resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(fields),
};

static const struct field beside_fields[] = {
	{ .member = "expiresAt",
	    .type = FIELD_TIME,
	    FIELD_AT(struct shown, expires_at) },
	{ .member = "systemAdmin",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct shown, is_system_admin) },
	{ .member = "features",
	    .type = FIELD_JSON,
	    FIELD_AT(struct shown, features) },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

/* A project that the person may not use is not shown. */
#define PROJECT(alias_, column_) \
	" LEFT JOIN projects " alias_ " ON " alias_ ".id = m." column_ \
	" AND (EXISTS (SELECT 1 FROM project_bindings x" \
	" WHERE x.user_id = m.id AND x.project_id = " alias_ ".id)" \
	" OR EXISTS (SELECT 1 FROM organization_bindings x" \
	" WHERE x.user_id = m.id AND x.role = 'admin'" \
	" AND x.organization_id = " alias_ ".organization_id))"

#define ACTIVE PROJECT("mp", "active_project_id")
#define NEXT PROJECT("np", "next_login_project_id")

static const struct statement show = {
	.text = "SELECT " USER_COLUMNS ", s.ends_at AS expires_at,"
		" m.is_system_admin FROM users m" ACTIVE NEXT
		" LEFT JOIN sessions s ON s.user_id = m.id AND s.id = ?"
		" WHERE m.id = ?",
	.values = 2,
	.tables = { &resource.table },
};

static const struct field email_fields[] = {
	{ .column = "email", .type = FIELD_TEXT, FIELD_AT(struct user, email) },
};
static const struct field_table email_table = FIELD_TABLE(email_fields);

static const struct statement find_email = {
	.text = "SELECT email FROM users WHERE id = ?",
	.values = 1,
	.tables = { &email_table },
};

static const struct statement *const statements[] = { &show, &find_email,
	NULL };

static enum err respond(struct call *call, struct response *rs, int status,
    const char *user_id, const char *session_id)
{
	const struct db_value values[] = { db_text(session_id),
		db_text(user_id) };
	struct shown *row = arena_alloc(call->rq->mem, sizeof(*row));
	const struct representation of = { .member = "user",
		.resource = &resource,
		.row = row,
		.beside = &beside };
	bool found = false;
	enum err err;

	if ((err = response_precondition(rs, NULL)) ||
	    (err = store_find(call->st, &show, values, row, &found)))
		return err;
	if (!found)
		return attempt_refuse(call, CAUSE_SESSION);
	text_set(row->features, sizeof(row->features),
	    session_features(call->rq, call->config));
	return respond_resource(rs, status, NULL, &of);
}

const char *session_features(struct request *rq, const struct config *config)
{
	return arena_print(rq->mem,
	    "{\"mail\":%s,\"links\":%s,\"tls\":%s,\"methodOverride\":%s}",
	    config->mail != NULL ? "true" : "false",
	    config->mail == NULL || config->invite_links ? "true" : "false",
	    cookie_is_tls(rq) ? "true" : "false",
	    config->method_override ? "true" : "false");
}

/* --- sign in -------------------------------------------------------------- */

struct sign_in_body {
	const char *login, *password;
};

#define PASSWORD(struct_, member_, at_, says_) \
	{ \
		.member = member_, .type = FIELD_STRING, \
		.flags = FIELD_REQUIRED | FIELD_STRICT, \
		FIELD_AT(struct_, at_), .says = says_, \
		.example = "correct horse battery staple" \
	}

static const struct field sign_in_fields[] = {
	{ .member = "login",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct sign_in_body, login),
	    .says = "The e-mail address or the login.",
	    .example = "ada@acme.example" },
	PASSWORD(struct sign_in_body, "password", password, NULL),
};
static const struct field_table sign_in_table = FIELD_TABLE(sign_in_fields);

static const struct field password_fields[] = {
	PASSWORD(struct password_body, "password", password,
	    "The password of the caller."),
};
const struct field_table password_body_table = FIELD_TABLE(password_fields);

static void fill(
    struct call *call, const struct login *login, struct session *session)
{
	session->user_id = login->user_id;
	session->password_hash = login->password_hash;
	session->epoch = login->session_epoch;
	session->idle = call->config->session_idle;
	session->life = call->config->session_life;
	session_make_token(call->st, session);
}

/* For the log; and it need not be told that it was used. */
static void remember(struct caller *caller, const struct session *session)
{
	text_set(caller->user_id, sizeof(caller->user_id), session->user_id);
	text_set(caller->session_id, sizeof(caller->session_id), session->id);
	caller->is_session_seen = true;
}

/* The token goes out as a cookie. */
static enum err begin(struct call *call, struct response *rs,
    const struct login *login, struct session *session)
{
	enum err err;

	fill(call, login, session);
	err = session_begin(call->st, session);
	/* the password was changed, or the user disabled, meanwhile */
	if (err == ERR_UNAUTHENTICATED)
		return attempt_refuse(call, CAUSE_PASSWORD);
	if (err)
		return err;
	remember(&call->asker.caller, session);
	security_event_purge(call->st);
	cookie_set(rs, session->token);
	return ERR_NONE;
}

static enum err sign_in(struct call *call, struct response *rs,
    const struct sign_in_body *body, struct session *session)
{
	struct attempt *attempt = arena_alloc(call->rq->mem, sizeof(*attempt));
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	enum err err;

	if ((err = cookie_check(call->rq, call->config)))
		return err;
	if (!attempt_make(call, body->login, body->password, attempt))
		return attempt_refuse(call, CAUSE_PASSWORD);
	err = attempt_verify(call, attempt, login);
	return err ? err : begin(call, rs, login, session);
}

enum err session_start(struct call *call, struct response *rs,
    const char *login, const char *password)
{
	const struct sign_in_body body = { login, password };
	struct session *session = arena_alloc(call->rq->mem, sizeof(*session));

	return sign_in(call, rs, &body, session);
}

static enum err create(struct call *call, struct response *rs)
{
	struct session *session = arena_alloc(call->rq->mem, sizeof(*session));
	enum err err = sign_in(call, rs, call->body, session);

	return err ? err
		   : respond(call, rs, 201, session->user_id, session->id);
}

/* --- of the caller -------------------------------------------------------- */

enum err session_verify_own(
    struct call *call, const char *password, struct login *login)
{
	const struct db_value id = db_text(call->asker.caller.user_id);
	struct user *user = arena_alloc(call->rq->mem, sizeof(*user));
	struct attempt *attempt = arena_alloc(call->rq->mem, sizeof(*attempt));
	bool found = false;
	enum err err = store_find(call->st, &find_email, &id, user, &found);

	if (err)
		return err;
	err = ERR_UNAUTHENTICATED;
	if (found && attempt_make(call, user->email, password, attempt))
		err = attempt_verify(call, attempt, login);
	if (!err && strcmp(login->user_id, call->asker.caller.user_id) != 0)
		err = ERR_UNAUTHENTICATED;
	return err != ERR_UNAUTHENTICATED
	    ? err
	    : fault_refuse(&call->rq->fault, err, CAUSE_PASSWORD,
		  "the password is not that of the caller: nothing was"
		  " changed");
}

static enum err get(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;

	return respond(call, rs, 200, caller->user_id, caller->session_id);
}

/* With login and password there is nothing to end. */
static enum err sign_out(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	bool found;
	enum err err = ERR_NONE;

	if (caller->session_id[0] != '\0')
		err = session_end(
		    call->st, caller->user_id, caller->session_id, &found);
	if (err)
		return err;
	cookie_set(rs, NULL);
	return respond_empty(rs, 204);
}

static enum err confirm(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	const struct password_body *body = call->body;
	struct session *session = arena_alloc(call->rq->mem, sizeof(*session));
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	enum err err;

	if (caller->session_id[0] == '\0')
		return call_refuse(call, CAUSE_RESTRICTED, "session",
		    "this is for a session: with login and password nothing"
		    " has to be confirmed");
	if ((err = session_verify_own(call, body->password, login)))
		return err;
	memcpy(session->id, caller->session_id, sizeof(session->id));
	fill(call, login, session);
	err = session_confirm(call->st, session);
	if (err == ERR_UNAUTHENTICATED)
		return fault_refuse(
		    &call->rq->fault, err, CAUSE_SESSION, SESSION_REFUSED);
	if (err)
		return err;
	cookie_set(rs, session->token);
	return respond_empty(rs, 204);
}

/* --- routes --------------------------------------------------------------- */

#define OWN(method_, path_) \
	.method = method_, .pattern = path_, .scope = SCOPE_SELF, \
	.need = NEED_PERSON, .unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/session",
	    .scope = SCOPE_PUBLIC,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_SIGNS_IN,
	    .body = &sign_in_table,
	    .body_size = sizeof(struct sign_in_body),
	    .handle = create,
	    .operation_id = "signIn",
	    .describe = &session_create_words },
	{ OWN(METHOD_GET, "/v1/session"), .flags = ROUTE_SIGNS_IN,
	    .handle = get, .operation_id = "getSession",
	    .describe = &session_get_words },
	{ OWN(METHOD_DELETE, "/v1/session"), .handle = sign_out,
	    .operation_id = "signOut", .describe = &session_delete_words },
	{ OWN(METHOD_POST, "/v1/session/confirm"), .body = &password_body_table,
	    .body_size = sizeof(struct password_body), .handle = confirm,
	    .operation_id = "confirmSession",
	    .describe = &session_confirm_words },
};

extern const struct module session_module;
const struct module session_module = { ROUTES(routes),
	.statements = statements };
