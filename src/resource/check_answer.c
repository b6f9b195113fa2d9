#include <string.h>

#include "base/ulid.h"
#include "edge/jws.h"
#include "http/accept.h"
#include "resource/check.h"

enum { TOKEN_LIFE = 300, CLAIMS_SIZE = 4096 };

static bool is_allowed(const struct check *check)
{
	return strcmp(check->reason, "ok") == 0;
}

/* --- as JSON ------------------------------------------------------------- */

/* NULL: none. */
static const char *role_of(const struct caller *holder)
{
	static const char *const roles[] = { "admin", "user", "viewer" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (caller_may_give(holder, roles[i]))
			return roles[i];
	return NULL;
}

static void put(struct json_writer *json, const char *name, const char *value)
{
	json_key(json, name);
	json_text(json, value);
}

static void put_if_any(
    struct json_writer *json, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		put(json, name, value);
}

static void put_counts(struct json_writer *json, const char *name,
    const struct licence_limits *counts)
{
	json_key(json, name);
	json_open_object(json);
	json_key(json, "projects");
	json_integer(json, counts->projects);
	json_key(json, "users");
	json_integer(json, counts->users);
	json_close_object(json);
}

static void put_licence(struct json_writer *json, const struct check *check)
{
	const struct check_place *place = &check->place;

	json_key(json, "license");
	json_open_object(json);
	put(json, "licenseType", place->type);
	put(json, "state", check->state);
	if (check->shows_all) {
		put_counts(json, "limits", &place->licence.limits);
		put_counts(json, "usage", &place->licence.use);
	}
	json_close_object(json);
}

void check_write(struct json_writer *json, const struct check *check)
{
	const struct caller *holder = &check->asked.holder;
	struct caller alone = *holder;

	json_open_object(json);
	json_key(json, "allowed");
	json_boolean(json, is_allowed(check));
	put(json, "reason", check->reason);
	if (check->is_known) {
		alone.project_id[0] = '\0';
		put_if_any(json, "user", holder->user_id);
		put_if_any(json, "key", holder->key_id);
		put(json, "organization",
		    check->call->asker.caller.organization_id);
		put(json, "role", role_of(&alone));
		put(json, "projectRole",
		    check->project != NULL && check_project_is_there(check)
			? role_of(holder)
			: NULL);
		put_licence(json, check);
	}
	json_close_object(json);
}

/* --- the token ------------------------------------------------------------ */

static void put_number(struct json_writer *json, const char *name, int64_t n)
{
	json_key(json, name);
	json_integer(json, n);
}

static void put_claims(struct json_writer *json, const struct check *check)
{
	const struct call *call = check->call;
	const struct caller *holder = &check->asked.holder;
	int64_t now = call->st->now / 1000;
	char jti[ULID_SIZE];

	ulid_make(&call->st->ids, (uint64_t)call->st->now, jti);
	json_open_object(json);
	put(json, "iss", call->config->ring.issuer);
	put(json, "aud", call->asker.caller.organization_id);
	if (check->is_known)
		put(json, "sub", caller_id(holder));
	put(json, "need", check->need);
	/* what is no id is not signed: it may be any text, of any length */
	if (check->project != NULL && ulid_is_valid(check->project))
		put(json, "project", check->project);
	json_key(json, "allowed");
	json_boolean(json, is_allowed(check));
	put(json, "reason", check->reason);
	put_number(json, "iat", now);
	put_number(json, "exp", now + TOKEN_LIFE);
	put(json, "jti", jti);
	json_close_object(json);
}

static enum err respond_token(const struct check *check, struct response *rs)
{
	const struct jws_signer *signer = &check->call->config->check_signer;
	struct arena *mem = check->call->rq->mem;
	char *claims = arena_alloc(mem, CLAIMS_SIZE + 1), *token;
	struct json_writer json;

	json_start(&json, claims, CLAIMS_SIZE, NULL, NULL);
	put_claims(&json, check);
	token = json.failed
	    ? NULL
	    : jws_sign(mem, &signer->key, JWS_TYPE_CHECK, claims);
	if (token == NULL)
		return fault_set(&rs->rq->fault, ERR_INTERNAL,
		    "the token could not be made");
	response_type(rs, 200, "application/jwt");
	rs->length = strlen(token);
	json_bytes(&rs->json, token, rs->length);
	return rs->json.failed;
}

enum err check_respond(const struct check *check, struct response *rs)
{
	bool may_be_token = check->call->config->check_signer.is_there;
	enum err err;

	response_vary(rs, "Accept");
	if ((err = response_precondition(rs, NULL)) || rs->status == 304)
		return err;
	if (may_be_token &&
	    accept_best(rs->rq, ACCEPT_BIT(ACCEPT_JWT)) == ACCEPT_JWT)
		return respond_token(check, rs);
	response_type(rs, 200, "application/json");
	check_write(&rs->json, check);
	return rs->json.failed;
}
