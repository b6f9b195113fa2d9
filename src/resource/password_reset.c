/*
 * A new password by mail: ask for one, and choose it with the token.
 */
#include <string.h>

#include "edge/name.h"
#include "model/example.h"
#include "resource/module.h"
#include "resource/session.h"
#include "store/mail_token.h"

#define TOKEN_EXAMPLE \
	"01JDA5T8N2Q6W4K0ZVX7B3MRCE_5w3zx0r8k2c7p9t4n6v1b8m0q2s4d6f8"

struct ask_body {
	const char *email;
};
static const struct field ask_fields[] = {
	{ .member = "email",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct ask_body, email),
	    .domain = &domain_address,
	    .says = "The address of the account.",
	    .example = "ada@acme.example" },
};
static const struct field_table ask_table = FIELD_TABLE(ask_fields);

struct reset_body {
	const char *token, *password;
};
#define TEXT(member_, says_, example_) \
	{ \
		.member = #member_, .type = FIELD_STRING, \
		.flags = FIELD_REQUIRED | FIELD_STRICT, \
		FIELD_AT(struct reset_body, member_), .says = says_, \
		.example = example_ \
	}
static const struct field reset_fields[] = {
	TEXT(token, "What follows `/#/reset/` in the link of the mail.",
	    TOKEN_EXAMPLE),
	TEXT(password, "The new one: 8 to 256 bytes.",
	    "staple battery horse correct"),
};
static const struct field_table reset_table = FIELD_TABLE(reset_fields);

/* Nothing of the answer, and no statement more or less, tells who has it. */
static enum err ask(struct call *call, struct response *rs)
{
	const struct ask_body *body = call->body;
	struct name *address = arena_alloc(call->rq->mem, sizeof(*address));
	const char *wrong;
	enum err err;

	if (call->config->mail == NULL)
		return ERR_MAIL_OFF;
	wrong = name_make_email(body->email, strlen(body->email), address);
	if (wrong != NULL)
		return fault_set(
		    &call->rq->fault, ERR_BAD_FIELD, "email %s", wrong);
	err = mail_token_ask_reset(call->st, address->key);
	return err ? err : respond_empty(rs, 202);
}

static enum err refuse_token(struct call *call)
{
	return fault_set(&call->rq->fault, ERR_TOKEN_DEAD,
	    "the token is unknown, used or over an hour old: ask for another"
	    " mail by POST /v1/password-resets");
}

/* A password is hashed only for a token that is good. */
static enum err reset(struct call *call, struct response *rs)
{
	const struct reset_body *body = call->body;
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char hash[PASSWORD_HASH_SIZE];
	bool found = false;
	enum err err;

	crypto_sha256(body->token, strlen(body->token), digest);
	if ((err = mail_token_find_reset(call->st, digest, &found)))
		return err;
	if (!found)
		return refuse_token(call);
	if ((err = attempt_hash(call, body->password, hash)))
		return err;
	err = mail_token_reset(call->st, digest, hash);
	if (err == ERR_TOKEN_DEAD)
		return refuse_token(call);
	return err ? err : respond_empty(rs, 204);
}

static const struct describe_answer accepted = { .status = 202 };
static const struct describe ask_words = {
	.tag = "Sessions",
	.summary = "Ask for a new password by mail",
	.says = "Without a credential. The answer is 202 whether the address"
		" has an account or not, and the work is the same. The mail"
		" goes to the address as the account has it, and has a link"
		" with a token that works once, for an hour from the sending"
		" on. An account gets at most three of these mails an hour;"
		" what is more is 202, too, and nothing is sent. If the service"
		" sends no mail: 409 `mail-off`, for every address.",
	.answer = "If there is such an account, it gets a mail.",
	.body = "AskPassword",
	.body_says = "Whose password it is.",
	BODIES({ "address", "email" }),
	PROBLEMS(ERR_MAIL_OFF),
	.function = &accepted,
};

static const struct describe_answer done = { .status = 204 };
static const struct describe reset_words = {
	.tag = "Sessions",
	.summary = "Choose the new password",
	.says = "With the token of the mail. It works once, and not after the"
		" address or the password has changed (404 `token-dead`). All"
		" sessions of the account end. If nobody had proved the address"
		" of the account, the token proves it: then personal API keys"
		" end too, since others may have made them.",
	.answer = "The password is changed.",
	.body = "ResetPassword",
	.body_says = "The token and the new password.",
	BODIES({ "reset", "token password" }),
	PROBLEMS(ERR_TOKEN_DEAD),
	.function = &done,
};

#define PUBLIC(path_) \
	.method = METHOD_POST, .pattern = path_, .scope = SCOPE_PUBLIC, \
	.unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ PUBLIC("/v1/password-resets"), .flags = ROUTE_LIMITED,
	    .body = &ask_table, .body_size = sizeof(struct ask_body),
	    .handle = ask, .operation_id = "askForPassword",
	    .describe = &ask_words },
	{ PUBLIC("/v1/password-resets/confirm"), .body = &reset_table,
	    .body_size = sizeof(struct reset_body), .handle = reset,
	    .operation_id = "resetPassword", .describe = &reset_words },
};

extern const struct module password_reset_module;
const struct module password_reset_module = { ROUTES(routes) };
