#include "api/attempt.h"

#include <string.h>

#include "edge/slots.h"
#include "store/security_event.h"

enum { PASSWORD_SHORTEST = 8 };

bool attempt_make(struct call *call, const char *login, const char *password,
    struct attempt *out)
{
	struct name *name = arena_alloc(call->rq->mem, sizeof(*name));

	out->password = password;
	address_group(call->rq->address, out->address);
	out->is_shared = address_is_loopback(call->rq->address) &&
	    request_is_forwarded(call->rq);
	if (password[0] == '\0' || strlen(password) > PASSWORD_MAX)
		return false;
	if (name_make_login(login, strlen(login), name) != NULL)
		return false;
	memcpy(out->key, name->key, sizeof(out->key));
	return true;
}

enum err attempt_refuse(struct call *call, enum cause cause)
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
static enum err admit(struct call *call, const struct attempt *attempt,
    const struct login *login, struct slots *taken)
{
	int64_t now = call->st->now;
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct slots_ask ask = { .workers = call->slots->workers,
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
	if (slots_take(call->slots->file, &ask, taken))
		return ERR_NONE;
	return be_busy(call, 1, "too many passwords are being checked");
}

/* Known or not, disabled or not: the same statements. */
static enum err fail(struct call *call, const struct attempt *attempt,
    const struct login *login, enum cause cause)
{
	enum err err;

	if ((err = login_failed(call->st, attempt->key, attempt->address)) ||
	    (err = security_event_failure(
		 call->st, login->user_id, attempt->key, attempt->address)))
		return err;
	return attempt_refuse(call, cause);
}

/* A failure is counted before the address has its place again. */
static enum err judge(struct call *call, const struct attempt *attempt,
    const struct login *login, struct slots *taken)
{
	enum password_check found = password_check(
	    attempt->password, login->password_hash);

	slots_give_hashing(call->slots->file, taken);
	if (found == PASSWORD_UNCHECKED)
		return be_busy(call, 1, "there is not enough memory");
	if (found == PASSWORD_WRONG || login->is_disabled)
		return fail(call, attempt, login,
		    found == PASSWORD_RIGHT ? CAUSE_DISABLED : CAUSE_PASSWORD);
	return login->failures == 0
	    ? ERR_NONE
	    : login_succeeded(call->st, attempt->key, attempt->address);
}

enum err attempt_verify(
    struct call *call, const struct attempt *attempt, struct login *login)
{
	struct slots taken;
	enum err err;

	err = login_find(call->st, attempt->key, attempt->address, login);
	if (err)
		return err;
	if (attempt->is_shared)
		login->address_failures = 0;
	if ((err = admit(call, attempt, login, &taken)))
		return err;
	err = judge(call, attempt, login, &taken);
	slots_give(call->slots->file, &taken);
	return err;
}

enum err attempt_hash(
    struct call *call, const char *password, char hash[PASSWORD_HASH_SIZE])
{
	const struct slots_ask ask = { .workers = call->slots->workers,
		.wait = call->config->deadline * 1000 / 4 };
	size_t length = strlen(password);
	struct slots taken;
	bool is_hashed;

	if (length < PASSWORD_SHORTEST || length > PASSWORD_MAX)
		return fault_set(&call->rq->fault, ERR_BAD_FIELD,
		    "a password must have from %d to %d bytes",
		    PASSWORD_SHORTEST, PASSWORD_MAX);
	if (!slots_take(call->slots->file, &ask, &taken))
		return be_busy(call, 1, "too many passwords are being checked");
	is_hashed = password_hash(password, hash);
	slots_give(call->slots->file, &taken);
	return is_hashed ? ERR_NONE
			 : be_busy(call, 1, "there is not enough memory");
}
