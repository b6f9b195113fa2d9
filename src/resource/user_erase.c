/*
 * A person is erased by the person.
 */
#include <string.h>

#include "base/clock.h"
#include "edge/name.h"
#include "http/cookie.h"
#include "resource/module.h"
#include "resource/session.h"
#include "store/erase.h"
#include "store/usable_admin.h"

enum { ALONE_SIZE = 900 /* of an organization as JSON */ };

/* --- body ----------------------------------------------------------------- */

struct erase_body {
	const char *password, *confirm;
};
static const struct field fields[] = {
	{ .member = "password",
	    .type = FIELD_STRING,
	    FIELD_AT(struct erase_body, password),
	    .says = "The password of the caller.",
	    .example = "correct horse battery staple" },
	{ .member = "confirm",
	    .type = FIELD_STRING,
	    FIELD_AT(struct erase_body, confirm),
	    .says = "The e-mail address or login of the caller.",
	    .example = "ada@acme.example" },
};
static const struct field_table table = FIELD_TABLE(fields);

/* --- what goes ------------------------------------------------------------ */

struct erasing {
	struct call *call;
	struct erase_counts counts;
	struct admin_alone alone[ADMIN_ALONE_MAX];
	size_t alone_count;
};

static struct erase erase_of(struct call *call)
{
	return (struct erase){ .user_id = call->asker.caller.user_id,
		.by = &call->asker.caller,
		.is_system_admin = call->asker.caller.is_system_admin,
		.fault = &call->rq->fault };
}

static enum err look(struct erasing *e)
{
	struct call *call = e->call;
	const char *id = call->asker.caller.user_id;
	const struct erase erase = erase_of(call);
	bool found = false;
	enum err err = erase_count(call->st, id, &e->counts, &found);

	if (err)
		return err;
	if (!found)
		return attempt_refuse(call, CAUSE_SESSION);
	if ((err = erase_check(call->st, &erase)))
		return err;
	return usable_admin_alone(call->st, id, e->alone, &e->alone_count);
}

static void put_members(
    struct json_writer *json, const struct field_table *of, const void *row)
{
	for (size_t i = 0; i < of->count; i++) {
		json_key(json, of->rows[i].member);
		json_field(json, &of->rows[i], row);
	}
}

static void put_alone(struct json_writer *json, const struct erasing *e)
{
	json_open_list(json);
	for (size_t i = 0; i < e->alone_count; i++) {
		json_open_object(json);
		put_members(json, &admin_alone_table, &e->alone[i]);
		json_close_object(json);
	}
	json_close_list(json);
}

static enum err give(
    const struct erasing *e, struct response *rs, bool is_dry_run)
{
	struct json_writer *json = &rs->json;

	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "dryRun");
	json_boolean(json, is_dry_run);
	json_key(json, "lastAdminOf");
	put_alone(json, e);
	json_key(json, "removed");
	json_open_object(json);
	put_members(json, &erase_count_table, &e->counts);
	json_close_object(json);
	json_close_object(json);
	return json->failed;
}

/* --- erase ---------------------------------------------------------------- */

/* The list goes into the problem. */
static enum err refuse_alone(const struct erasing *e, struct response *rs)
{
	size_t size = (e->alone_count + 1) * ALONE_SIZE;
	char *text = arena_alloc(e->call->rq->mem, size);
	struct json_writer w;

	/* one byte less: it ends with a NUL */
	json_start(&w, text, size - 1, NULL, NULL);
	put_alone(&w, e);
	rs->organizations = text;
	return fault_set(&e->call->rq->fault, ERR_LAST_ADMIN,
	    "you are the last usable admin of %zu%s organizations: make"
	    " another member an admin of each, or delete it",
	    e->alone_count,
	    e->alone_count == ADMIN_ALONE_MAX ? " or more" : "");
}

/* The login that is typed, and the password. */
static enum err verify(struct call *call)
{
	const struct erase_body *body = call->body;
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	struct login *named = arena_alloc(call->rq->mem, sizeof(*named));
	struct attempt *attempt = arena_alloc(call->rq->mem, sizeof(*attempt));
	struct fault *fault = &call->rq->fault;
	enum err err;

	if (body->password == NULL || body->confirm == NULL)
		return fault_set(fault, ERR_BAD_FIELD,
		    "password and confirm are required, but for a dry run");
	if (attempt_make(call, body->confirm, body->password, attempt) &&
	    (err = login_find(call->st, attempt->key, attempt->address, named)))
		return err;
	if (strcmp(named->user_id, call->asker.caller.user_id) != 0)
		return fault_set(fault, ERR_BAD_FIELD,
		    "confirm must be the e-mail address or login of the"
		    " caller");
	return session_verify_own(call, body->password, login);
}

/*
 * Each step has the time of a request.  What is not done when that of one
 * request is over is done by the next one.
 */
static enum err take_steps(struct call *call)
{
	const struct erase erase = erase_of(call);
	const int64_t until = clock_tick() +
	    (int64_t)call->config->deadline * 1000000;
	bool is_done = false;
	enum err err = ERR_NONE;

	while (!err && !is_done) {
		if (clock_tick() > until)
			return fault_set(&call->rq->fault, ERR_BUSY,
			    "there is more to remove than fits one request:"
			    " send it again, it goes on from here");
		db_begin_request(call->st->db);
		err = erase_step(call->st, &erase, &is_done);
	}
	return err;
}

static enum err erase(struct call *call, struct response *rs)
{
	struct erasing *e = arena_alloc(call->rq->mem, sizeof(*e));
	bool is_dry_run = query_is_true(&call->query, "dryRun");
	enum err err;

	e->call = call;
	if ((!is_dry_run && (err = verify(call))) || (err = look(e)))
		return err;
	if (is_dry_run)
		return give(e, rs, true);
	if (e->alone_count > 0)
		return refuse_alone(e, rs);
	if ((err = take_steps(call)))
		return err;
	if (call->asker.caller.session_id[0] != '\0')
		cookie_set(rs, NULL);
	return give(e, rs, false);
}

/* --- words ---------------------------------------------------------------- */

#define NUMBER "{'type':'integer','minimum':0}"
static const struct describe_answer erased = {
	.status = 200,
	.schema = "Erasure",
	.text =
	    "{'type':'object','required':['dryRun','lastAdminOf','removed'],"
	    "'properties':{'dryRun':{'type':'boolean'},"
	    "'lastAdminOf':{'type':'array','description':'The organizations"
	    " that must get another admin first; at most 50.',"
	    "'items':{'type':'object','required':['id','name','displayName'],"
	    "'properties':{'id':#Id,'name':#Name,"
	    "'displayName':#DisplayName}}},"
	    "'removed':{'type':'object','description':'How many of each go;"
	    " where an erase goes on, how many were left.','required':"
	    "['memberships','projectRoles','apiKeys','sessions','invitations'],"
	    "'properties':{'memberships':" NUMBER ",'projectRoles':" NUMBER
	    ",'apiKeys':" NUMBER ",'sessions':" NUMBER ",'invitations':" NUMBER
	    "}}}}",
	.example = "{'dryRun':false,'lastAdminOf':[],'removed':"
		   "{'memberships':2,'projectRoles':3,'apiKeys':1,"
		   "'sessions':1,'invitations':0}}",
	.uses = { &domain_id, &domain_name, &domain_display_name },
};

static const struct describe words = {
	.tag = "Users",
	.summary = "Erase oneself",
	.says = "The memberships, API keys, sessions and security events of the"
		" caller go, and the invitations by the caller and to the"
		" address of the caller, if that is proved. Of the"
		" account the id stays, without a name or an address: the audit"
		" trail has ids alone and shows `erased user`. Names of"
		" organizations and projects stay. This cannot be undone. With"
		" `dryRun` nothing is removed, and no body is needed. The last"
		" usable admin of an organization gets 409 `last-admin` and the"
		" list of those organizations. An erase that was stopped in the"
		" middle goes on when it is asked for again. For a person with"
		" login and password or a session; an API key gets 403"
		" `not-for-keys`.",
	.answer = "What was removed, or would be.",
	.body = "Erase",
	.body_says = "The password, and the login typed once more.",
	BODIES({ "erase", "password confirm" }),
	PROBLEMS(ERR_UNAUTHENTICATED, ERR_LAST_ADMIN, ERR_THROTTLED),
	.function = &erased,
};

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/users/me/erase",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_STEPS_UP | ROUTE_MAY_BE_BARE,
	    .body = &table,
	    .body_size = sizeof(struct erase_body),
	    .query = &dry_run_query,
	    .handle = erase,
	    .operation_id = "eraseOneself",
	    .describe = &words },
};

extern const struct module user_erase_module;
const struct module user_erase_module = { ROUTES(routes) };
