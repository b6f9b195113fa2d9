#include "serve/identify.h"

#include <string.h>
#include <unistd.h>

#include "api/attempt.h"
#include "base/clock.h"
#include "http/credential.h"
#include "model/key_text.h"
#include "store/session.h"

void identify_init(struct identify *identify, const char *run_dir, int workers)
{
	memset(identify, 0, sizeof(*identify));
	crypto_random(identify->secret, sizeof(identify->secret));
	identify->slots.file = slots_open(run_dir);
	identify->slots.workers = workers;
}

void identify_release(struct identify *identify)
{
	if (identify->slots.file >= 0)
		(void)close(identify->slots.file);
	crypto_wipe(identify, sizeof(*identify));
	identify->slots.file = -1;
}

/* HMAC over login and password, keyed by our secret and the stored hash. */
static void make_mark(const struct identify *identify,
    const struct attempt *attempt, const char *hash,
    unsigned char out[CRYPTO_SHA256_SIZE])
{
	unsigned char key[CRYPTO_SHA256_SIZE], both[2 * CRYPTO_SHA256_SIZE];

	crypto_hmac(identify->secret, sizeof(identify->secret), hash,
	    strlen(hash), key);
	crypto_sha256(attempt->key, strlen(attempt->key), both);
	crypto_sha256(attempt->password, strlen(attempt->password),
	    both + CRYPTO_SHA256_SIZE);
	crypto_hmac(key, sizeof(key), both, sizeof(both), out);
	crypto_wipe(both, sizeof(both));
}

static struct remembered *recall(
    struct identify *identify, const struct attempt *attempt)
{
	unsigned char login[CRYPTO_SHA256_SIZE], mark[CRYPTO_SHA256_SIZE];
	int64_t now = clock_tick();

	crypto_sha256(attempt->key, strlen(attempt->key), login);
	for (size_t i = 0; i < IDENTIFY_REMEMBERED; i++) {
		struct remembered *r = &identify->remembered[i];

		if (r->until <= now ||
		    memcmp(r->login, login, sizeof(login)) != 0)
			continue;
		make_mark(identify, attempt, r->password_hash, mark);
		if (crypto_equal(mark, r->mark, sizeof(mark)))
			return r;
	}
	return NULL;
}

static void remember(
    struct identify *identify, const struct attempt *attempt, const char *hash)
{
	struct remembered *r = &identify->remembered[identify->next];

	identify->next = (identify->next + 1) % IDENTIFY_REMEMBERED;
	crypto_sha256(attempt->key, strlen(attempt->key), r->login);
	make_mark(identify, attempt, hash, r->mark);
	memcpy(r->password_hash, hash, strlen(hash) + 1);
	r->until = clock_tick() + (int64_t)IDENTIFY_SECONDS * 1000000;
}

/* The slow way: throttle, hash, remember or count the failure. */
static enum err verify(
    struct identify *identify, struct call *call, const struct attempt *attempt)
{
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	enum err err = attempt_verify(call, attempt, login);

	if (err)
		return err;
	remember(identify, attempt, login->password_hash);
	call->asker.credential.password_hash = login->password_hash;
	return ERR_NONE;
}

/* login:password in base64; false where it is not that. */
static bool read_basic(
    struct call *call, const char *text, struct attempt *attempt)
{
	struct arena *mem = call->rq->mem;
	size_t length;
	char *pair = (char *)crypto_base64_decode(
	    mem, text, strlen(text), &length);
	char *colon = pair ? memchr(pair, ':', length) : NULL;

	if (colon == NULL || strlen(pair) != length)
		return false;
	*colon = '\0';
	return attempt_make(call, pair, colon + 1, attempt);
}

static enum err identify_login(struct identify *identify, struct call *call,
    const char *text, bool *may_remember)
{
	struct attempt *attempt = arena_alloc(call->rq->mem, sizeof(*attempt));
	struct credential *credential = &call->asker.credential;
	struct remembered *known = NULL;

	if (!read_basic(call, text, attempt))
		return attempt_refuse(call, CAUSE_PASSWORD);
	credential->kind = CREDENTIAL_LOGIN;
	credential->login_key = attempt->key;
	if (*may_remember)
		known = recall(identify, attempt);
	*may_remember = known != NULL;
	if (known == NULL)
		return verify(identify, call, attempt);
	credential->password_hash = arena_text(
	    call->rq->mem, known->password_hash);
	return ERR_NONE;
}

static enum err identify_key(struct call *call, const char *key)
{
	struct credential *credential = &call->asker.credential;

	if (key_text_is_mistyped(key))
		return attempt_refuse(call, CAUSE_KEY);
	credential->kind = key_text_is_service(key) ? CREDENTIAL_SERVICE
						    : CREDENTIAL_KEY;
	crypto_sha256(key, strlen(key), credential->digest);
	return ERR_NONE;
}

static enum err refuse_session(struct call *call)
{
	return fault_refuse(&call->rq->fault, ERR_UNAUTHENTICATED,
	    CAUSE_SESSION, SESSION_REFUSED);
}

/*
 * Neighbours can set a cookie of our name beside ours: of several the first
 * that is valid counts.
 */
static enum err choose_session(
    struct call *call, const struct cookies *cookies, const char **token)
{
	*token = cookies->tokens[0];
	for (size_t i = 0; cookies->count > 1 && i < cookies->count; i++) {
		unsigned char digest[CRYPTO_SHA256_SIZE];
		bool is_live;
		enum err err;

		crypto_sha256(
		    cookies->tokens[i], strlen(cookies->tokens[i]), digest);
		if ((err = session_is_live(call->st, digest, &is_live)))
			return err;
		*token = cookies->tokens[i];
		if (is_live)
			break;
	}
	return ERR_NONE;
}

static enum err identify_session(
    struct call *call, const struct cookies *cookies)
{
	struct credential *credential = &call->asker.credential;
	enum err err = choose_session(call, cookies, &credential->token);

	if (err)
		return err;
	if (strlen(credential->token) != SESSION_TOKEN_SIZE - 1)
		return refuse_session(call);
	credential->kind = CREDENTIAL_SESSION;
	crypto_sha256(
	    credential->token, strlen(credential->token), credential->digest);
	return ERR_NONE;
}

static enum err refuse_missing(struct call *call, const char *authorization)
{
	static const char prefix[] = KEY_TEXT_PREFIX;
	bool is_bare = authorization != NULL &&
	    strncmp(authorization, prefix, strlen(prefix)) == 0;

	return fault_refuse(&call->rq->fault, ERR_UNAUTHENTICATED,
	    CAUSE_MISSING, "%s",
	    is_bare ? "Authorization has an API key without its scheme: write"
		      " Bearer and a space before the key"
		    : "a credential is needed: send an API key as X-Api-Key"
		      " or as Authorization: Bearer, or login and password"
		      " as Authorization: Basic");
}

enum err identify_caller(struct identify *identify, struct call *call,
    bool may_remember, bool *was_remembered)
{
	struct presented presented = credential_of(call->rq);

	*was_remembered = false;
	switch (presented.scheme) {
	case SCHEME_KEY:
		return identify_key(call, presented.text);
	case SCHEME_BASIC:
		*was_remembered = may_remember;
		return identify_login(
		    identify, call, presented.text, was_remembered);
	case SCHEME_SESSION:
		return identify_session(call, &presented.cookies);
	case SCHEME_NONE:
	case SCHEME_UNKNOWN:
		break;
	}
	return refuse_missing(call, presented.text);
}
