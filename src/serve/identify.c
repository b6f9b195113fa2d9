#include "serve/identify.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/name.h"
#include "http/credential.h"
#include "serve/slots.h"
#include "store/login.h"

/* What Basic carries (RFC 7617). */
struct attempt {
	char key[NAME_KEY_SIZE]; /* folded login */
	const char *password;
	const char *address;
};

void identify_init(struct identify *identify, const char *run_dir, int workers)
{
	memset(identify, 0, sizeof(*identify));
	crypto_random(identify->secret, sizeof(identify->secret));
	identify->lock_file = slots_open(run_dir);
	identify->workers = workers;
}

void identify_release(struct identify *identify)
{
	if (identify->lock_file >= 0)
		(void)close(identify->lock_file);
	crypto_wipe(identify, sizeof(*identify));
	identify->lock_file = -1;
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

static enum err refuse(struct call *call, enum cause cause)
{
	return fault_refuse(
	    &call->rq->fault, ERR_UNAUTHENTICATED, cause, CREDENTIAL_REFUSED);
}

static enum err throttle(struct call *call, enum cause cause, int seconds)
{
	struct fault *fault = &call->rq->fault;

	(void)fault_refuse(fault, ERR_THROTTLED, cause,
	    "too many attempts to log in: try again in %d s", seconds);
	fault->retry_after = seconds;
	return ERR_THROTTLED;
}

/* The slow way: throttle, hash, remember or count the failure. */
static enum err verify(
    struct identify *identify, struct call *call, const struct attempt *attempt)
{
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	bool is_right;
	int wait, slot;
	enum err err;

	err = login_find(call->st, attempt->key, attempt->address, login);
	if (err)
		return err;
	if ((wait = login_wait(login, call->st->now)) > 0)
		return throttle(call, CAUSE_THROTTLED, wait);
	slot = slots_take(identify->lock_file, identify->workers);
	if (slot < 0)
		return throttle(call, CAUSE_BUSY, 1);
	is_right = password_verify(attempt->password, login->password_hash);
	slots_give(identify->lock_file, slot);
	if (!is_right || login->is_disabled) {
		err = login_failed(call->st, attempt->key, attempt->address);
		return err
		    ? err
		    : refuse(call, is_right ? CAUSE_DISABLED : CAUSE_PASSWORD);
	}
	if (login->failures > 0 &&
	    (err = login_succeeded(call->st, attempt->key, attempt->address)))
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
	struct name *name = arena_alloc(mem, sizeof(*name));
	size_t length;
	char *pair = (char *)crypto_base64_decode(
	    mem, text, strlen(text), &length);
	char *colon = pair ? memchr(pair, ':', length) : NULL;

	if (colon == NULL || strlen(pair) != length)
		return false;
	*colon = '\0';
	attempt->password = colon + 1;
	attempt->address = call->rq->address;
	if (attempt->password[0] == '\0' ||
	    strlen(attempt->password) > PASSWORD_MAX)
		return false;
	if (name_make_login(pair, strlen(pair), name) != NULL)
		return false;
	memcpy(attempt->key, name->key, sizeof(attempt->key));
	return true;
}

static enum err identify_login(struct identify *identify, struct call *call,
    const char *text, bool *may_remember)
{
	struct attempt *attempt = arena_alloc(call->rq->mem, sizeof(*attempt));
	struct credential *credential = &call->asker.credential;
	struct remembered *known = NULL;

	if (!read_basic(call, text, attempt))
		return refuse(call, CAUSE_PASSWORD);
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

	credential->kind = CREDENTIAL_KEY;
	crypto_sha256(key, strlen(key), credential->digest);
	return ERR_NONE;
}

static enum err refuse_missing(struct call *call, const char *authorization)
{
	static const char prefix[] = "tny_";
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
	case SCHEME_NONE:
	case SCHEME_UNKNOWN:
		break;
	}
	return refuse_missing(call, presented.text);
}
