#include "serve/identify.h"

#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "edge/name.h"
#include "http/credential.h"
#include "model/key_text.h"
#include "store/login.h"

/* What Basic carries (RFC 7617). */
struct attempt {
	char key[NAME_KEY_SIZE]; /* folded login */
	const char *password;
	char address[ADDRESS_SIZE]; /* that failures are counted by */
	bool is_shared; /* it stands for many clients: no rule of its own */
};

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

/* There is no place for this password; says nothing about it. */
static enum err be_busy(struct call *call, int seconds, const char *why)
{
	struct fault *fault = &call->rq->fault;

	(void)fault_refuse(fault, ERR_BUSY, CAUSE_BUSY,
	    "%s; the password was not checked: try again in %d s", why,
	    seconds);
	fault->retry_after = seconds;
	return ERR_BUSY;
}

/* Whether the login has to wait, or may be hashed as one of few. */
static enum err admit(struct identify *identify, struct call *call,
    const struct attempt *attempt, const struct login *login,
    struct slots *taken)
{
	int64_t now = call->st->now;
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct slots_ask ask = { .workers = identify->slots.workers,
		/* so that its statement begins in the first half of it */
		.wait = call->config->deadline * 1000 / 4,
		.is_guessing = login_is_guessing(login) };
	int wait = login_wait(login, now);

	if (wait > 0)
		return throttle(call, CAUSE_THROTTLED, wait);
	if (login_pauses(login, now))
		return be_busy(call, 2, "too many logins from here failed");
	crypto_sha256(attempt->address, strlen(attempt->address), digest);
	memcpy(&ask.address, digest, sizeof(ask.address));
	if (slots_take(identify->slots.file, &ask, taken))
		return ERR_NONE;
	return be_busy(call, 1, "too many passwords are being checked");
}

/* A failure is counted before the address has its place again. */
static enum err judge(struct identify *identify, struct call *call,
    const struct attempt *attempt, const struct login *login,
    struct slots *taken)
{
	enum password_check found = password_check(
	    attempt->password, login->password_hash);
	enum err err;

	slots_give_hashing(identify->slots.file, taken);
	if (found == PASSWORD_UNCHECKED)
		return be_busy(call, 1, "there is not enough memory");
	if (found == PASSWORD_WRONG || login->is_disabled) {
		err = login_failed(call->st, attempt->key, attempt->address);
		return err ? err
			   : refuse(call,
				 found == PASSWORD_RIGHT ? CAUSE_DISABLED
							 : CAUSE_PASSWORD);
	}
	return login->failures == 0
	    ? ERR_NONE
	    : login_succeeded(call->st, attempt->key, attempt->address);
}

/* The slow way: throttle, hash, remember or count the failure. */
static enum err verify(
    struct identify *identify, struct call *call, const struct attempt *attempt)
{
	struct login *login = arena_alloc(call->rq->mem, sizeof(*login));
	struct slots taken;
	enum err err;

	err = login_find(call->st, attempt->key, attempt->address, login);
	if (err)
		return err;
	if (attempt->is_shared)
		login->address_failures = 0;
	if ((err = admit(identify, call, attempt, login, &taken)))
		return err;
	err = judge(identify, call, attempt, login, &taken);
	slots_give(identify->slots.file, &taken);
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
	struct name *name = arena_alloc(mem, sizeof(*name));
	size_t length;
	char *pair = (char *)crypto_base64_decode(
	    mem, text, strlen(text), &length);
	char *colon = pair ? memchr(pair, ':', length) : NULL;

	if (colon == NULL || strlen(pair) != length)
		return false;
	*colon = '\0';
	attempt->password = colon + 1;
	address_group(call->rq->address, attempt->address);
	attempt->is_shared = address_is_loopback(call->rq->address) &&
	    request_is_forwarded(call->rq);
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

	if (key_text_is_mistyped(key))
		return refuse(call, CAUSE_KEY);
	credential->kind = key_text_is_service(key) ? CREDENTIAL_SERVICE
						    : CREDENTIAL_KEY;
	crypto_sha256(key, strlen(key), credential->digest);
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
	case SCHEME_NONE:
	case SCHEME_UNKNOWN:
		break;
	}
	return refuse_missing(call, presented.text);
}
