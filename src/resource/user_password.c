/*
 * The password of the caller.
 */
#include "resource/module.h"
#include "resource/session.h"

struct change_body {
	const char *current, *new_one;
};
#define PASSWORD(member_, at_, says_, example_) \
	{ \
		.member = member_, .type = FIELD_STRING, \
		.flags = FIELD_REQUIRED | FIELD_STRICT, \
		FIELD_AT(struct change_body, at_), .says = says_, \
		.example = example_ \
	}
static const struct field fields[] = {
	PASSWORD("current", current, "The password of now.",
	    "correct horse battery staple"),
	PASSWORD("new", new_one, "The new one: 8 to 256 bytes.",
	    "staple battery horse correct"),
};
static const struct field_table table = FIELD_TABLE(fields);

static enum err change(struct call *call, struct response *rs)
{
	const struct change_body *body = call->body;
	const struct caller *caller = &call->asker.caller;
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	struct password_change in = { .session_id = caller->session_id };
	enum err err;

	if ((err = session_verify_own(call, body->current, login)) ||
	    (err = attempt_hash(call, body->new_one, in.new_hash)))
		return err;
	in.user_id = login->user_id;
	in.password_hash = login->password_hash;
	in.epoch = login->session_epoch;
	err = session_change_password(call->st, &in);
	if (err == ERR_UNAUTHENTICATED)
		return fault_refuse(&call->rq->fault, err, CAUSE_PASSWORD,
		    "the password was changed meanwhile: nothing was changed"
		    " by this request");
	return err ? err : respond_empty(rs, 204);
}

static const struct route routes[] = {
	{ .method = METHOD_PUT,
	    .pattern = "/v1/users/me/password",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_STEPS_UP,
	    .body = &table,
	    .body_size = sizeof(struct change_body),
	    .handle = change,
	    .operation_id = "changePassword",
	    .describe = &password_words },
};

extern const struct module user_password_module;
const struct module user_password_module = { ROUTES(routes) };
