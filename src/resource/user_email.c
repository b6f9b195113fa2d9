/*
 * A person's change of address, to which the readers of both addresses agree.
 */
#include <string.h>

#include "edge/name.h"
#include "model/example.h"
#include "resource/module.h"
#include "resource/session.h"
#include "store/mail_token.h"

#define TOKEN_EXAMPLE \
	"01JDA5T8N2Q6W4K0ZVX7B3MRCE_5w3zx0r8k2c7p9t4n6v1b8m0q2s4d6f8"

enum { HOUR = 3600 };

#define TEXT(struct_, member_, domain_, says_, example_) \
	{ \
		.member = #member_, .type = FIELD_STRING, \
		.flags = FIELD_REQUIRED | FIELD_STRICT, \
		FIELD_AT(struct struct_, member_), .domain = domain_, \
		.says = says_, .example = example_ \
	}
struct email_body {
	const char *email, *password;
};
static const struct field email_fields[] = {
	TEXT(email_body, email, &domain_address,
	    "The new address; its domain in ASCII.", "ada@acme.example"),
	TEXT(email_body, password, NULL, "The password of the caller.",
	    "correct horse battery staple"),
};
static const struct field_table email_table = FIELD_TABLE(email_fields);

struct token_body {
	const char *token;
};
static const struct field token_fields[] = {
	TEXT(token_body, token, NULL,
	    "What follows `/#/confirm/` in the link of the mail.",
	    TOKEN_EXAMPLE),
};
static const struct field_table token_table = FIELD_TABLE(token_fields);

/* --- ask ------------------------------------------------------------------ */

static enum err read_address(
    struct call *call, const char *email, struct name *address)
{
	struct fault *fault = &call->rq->fault;
	const char *wrong = name_make_email(email, strlen(email), address);

	if (wrong != NULL)
		return fault_set(fault, ERR_BAD_FIELD, "email %s", wrong);
	for (const char *at = strrchr(address->display, '@'); *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			return fault_set(fault, ERR_BAD_FIELD,
			    "the domain of email must be ASCII: write it as"
			    " A-labels (xn--...)");
	return ERR_NONE;
}

/* Why the store has refused. */
static enum err explain(struct call *call, enum err err)
{
	struct fault *fault = &call->rq->fault;

	if (err == ERR_UNAUTHENTICATED)
		return fault_refuse(fault, err, CAUSE_PASSWORD,
		    "the password was changed meanwhile: nothing was changed"
		    " by this request");
	if (err == ERR_NAME_IN_USE)
		return fault_set(
		    fault, err, "this is the address of your account already");
	if (err != ERR_THROTTLED)
		return err;
	(void)fault_refuse(fault, err, CAUSE_RATE,
	    "you have asked for %d changes of address in an hour: try again"
	    " later",
	    MAIL_CHANGES);
	fault->retry_after = HOUR;
	return err;
}

static enum err ask(struct call *call, struct response *rs)
{
	const struct email_body *body = call->body;
	const struct caller *caller = &call->asker.caller;
	struct name *address = arena_alloc(call->rq->mem, sizeof(*address));
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	struct address_change change = { .session_id = caller->session_id };
	enum err err;

	if (call->config->mail == NULL)
		return ERR_MAIL_OFF;
	if ((err = read_address(call, body->email, address)) ||
	    (err = session_verify_own(call, body->password, login)))
		return err;
	change.user_id = login->user_id;
	change.password_hash = login->password_hash;
	change.epoch = login->session_epoch;
	change.email = address;
	err = mail_token_ask_change(call->st, &change);
	return err ? explain(call, err) : respond_empty(rs, 202);
}

/* --- agree ---------------------------------------------------------------- */

static enum err confirm(struct call *call, struct response *rs)
{
	const struct token_body *body = call->body;
	struct fault *fault = &call->rq->fault;
	unsigned char digest[CRYPTO_SHA256_SIZE];
	bool is_changed = false;
	enum err err;

	crypto_sha256(body->token, strlen(body->token), digest);
	err = mail_token_agree(call->st, digest, &is_changed);
	if (err == ERR_TOKEN_DEAD)
		return fault_set(fault, err,
		    "the token is unknown, used or over a day old, or address"
		    " or password have changed since: ask for the change"
		    " again by POST /v1/users/me/email");
	if (err == ERR_NAME_IN_USE)
		return fault_set(fault, err,
		    "another account has this address; nothing was changed");
	if (err)
		return err;
	return respond_raw(rs,
	    is_changed ? "{\"state\":\"changed\"}" : "{\"state\":\"waiting\"}",
	    sizeof("{\"state\":\"changed\"}") - 1);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer accepted = { .status = 202 };
static const struct describe ask_words = {
	.tag = "Users",
	.summary = "Ask for another address",
	.says = "Of the account of the caller. A mail with a link goes to the"
		" address of now and one to the new address: the change is"
		" made when both links were opened, within a day. For a login"
		" that is no address only the new one is asked. Another"
		" request takes the place of one that waits. Whether another"
		" account has the address is told by the second link. An API"
		" key is 403 `not-for-keys`. If the service sends no mail: 409"
		" `mail-off`. More than three in an hour are 429.",
	.answer = "The mails will be sent.",
	.body = "ChangeAddress",
	.body_says = "The new address, and the password of the caller.",
	BODIES({ "address", "email password" }),
	PROBLEMS(
	    ERR_UNAUTHENTICATED, ERR_NAME_IN_USE, ERR_MAIL_OFF, ERR_THROTTLED),
	.function = &accepted,
};

static const struct describe_answer agreed = {
	.status = 200,
	.schema = "AddressChange",
	.text = "{'type':'object','required':['state'],'properties':{"
		"'state':{'type':'string','enum':['changed','waiting'],"
		"'description':'`waiting`: the link to the other address was"
		" not opened yet.'}}}",
	.example = "{'state':'changed'}",
};
static const struct describe confirm_words = {
	.tag = "Users",
	.summary = "Confirm an address",
	.says =
	    "With the token of a mail about a change of address; no"
	    " credential. A token that is unknown, or that is about a change"
	    " that was made, given up or asked for over a day ago, is 404"
	    " `token-dead`. If another account has the address by now: 409"
	    " `name-in-use`.",
	.answer = "What became of the change.",
	.body = "ConfirmAddress",
	.body_says = "The token of the mail.",
	BODIES({ "token", "token" }),
	PROBLEMS(ERR_TOKEN_DEAD, ERR_NAME_IN_USE),
	.function = &agreed,
};

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/users/me/email",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_STEPS_UP,
	    .body = &email_table,
	    .body_size = sizeof(struct email_body),
	    .handle = ask,
	    .operation_id = "askForAddress",
	    .describe = &ask_words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/users/confirm",
	    .scope = SCOPE_PUBLIC,
	    .unknown = ERR_NO_RESOURCE,
	    .body = &token_table,
	    .body_size = sizeof(struct token_body),
	    .handle = confirm,
	    .operation_id = "confirmAddress",
	    .describe = &confirm_words },
};

extern const struct module user_email_module;
const struct module user_email_module = { ROUTES(routes) };
