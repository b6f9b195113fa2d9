#include "serve/write.h"

#include <string.h>

#include "base/text.h"
#include "edge/seal.h"
#include "http/credential.h"
#include "http/describe.h"
#include "http/etag.h"
#include "serve/change.h"
#include "serve/operation.h"
#include "store/repeat.h"

enum {
	KEY_MAX = 255,
	PURGES = 16,          /* one in so many writes with a key */
	RETRY_TOO_MANY = 3600 /* s; an answer is kept for a day */
};

/* Empty ones too: what a client left empty by mistake must not count as none.
 */
static const char *key_of(struct call *call)
{
	return request_list(call->rq, "HTTP_IDEMPOTENCY_KEY");
}

static const char *if_match_of(struct call *call)
{
	return request_list(call->rq, "HTTP_IF_MATCH");
}

static const char *if_none_match_of(struct call *call)
{
	return request_list(call->rq, "HTTP_IF_NONE_MATCH");
}

bool write_has_headers(struct call *call)
{
	return key_of(call) != NULL || if_match_of(call) != NULL ||
	    if_none_match_of(call) != NULL;
}

/* --- the key -------------------------------------------------------------- */

static bool is_key(const char *text)
{
	size_t length = 0;

	while (text[length] > 0x20 && text[length] < 0x7F)
		length++;
	return length > 0 && length <= KEY_MAX && text[length] == '\0';
}

/*
 * A key counts for its user (or service key) and route, with whichever
 * credential: the answer shows no more than this one may see.  No part has a
 * space in it.
 */
static void digest_key(
    struct call *call, const struct route *route, struct repeat *out)
{
	const struct caller *caller = &call->asker.caller;
	const char *text = arena_print(call->rq->mem, "%s %s %s %s",
	    caller_id(caller), request_method_name(route->method),
	    route->pattern, key_of(call));

	crypto_sha256(text, strlen(text), out->digest);
}

/* Adds a part with its length, so that no two lists read the same. */
static char *add(struct arena *mem, const char *list, const char *part)
{
	if (part == NULL)
		part = "";
	return arena_print(mem, "%s%zu:%s", list, strlen(part), part);
}

/* Where no header says which organization, a key that is bound does. */
static bool is_of_key(const struct caller_ask *ask)
{
	return (ask->scope == SCOPE_CONTEXT || ask->scope == SCOPE_CURRENT) &&
	    ask->project == NULL && ask->organization == NULL;
}

/* What the request says: where, in which organization, and the body. */
static void digest_request(struct call *call, struct repeat *out)
{
	const struct request *rq = call->rq;
	const struct caller_ask *ask = &call->asker.ask;
	const struct caller *caller = &call->asker.caller;
	char body[CRYPTO_SHA256_HEX_SIZE];
	char *list;

	crypto_sha256_hex(rq->body ? rq->body : "", rq->body_length, body);
	list = add(rq->mem, "", body);
	list = add(rq->mem, list, ask->project);
	list = add(rq->mem, list, ask->organization);
	if (is_of_key(ask)) {
		list = add(rq->mem, list, caller->key_organization_id);
		list = add(rq->mem, list, caller->key_project_id);
	}
	for (size_t i = 0; i < rq->segment_count; i++)
		list = add(rq->mem, list, rq->segments[i]);
	crypto_sha256(list, strlen(list), out->fingerprint);
}

static struct repeat *make_repeat(struct call *call, const struct route *route)
{
	struct repeat *repeat = arena_alloc(call->rq->mem, sizeof(*repeat));

	text_set(repeat->owner_id, sizeof(repeat->owner_id),
	    caller_id(&call->asker.caller));
	repeat->most = call->config->idempotency_max;
	digest_key(call, route, repeat);
	digest_request(call, repeat);
	return repeat;
}

/* The credential that seals: a password must not be tried against a dump. */
static const char *sealing_key(struct call *call)
{
	struct presented presented = credential_of(call->rq);

	if (call->asker.credential.kind == CREDENTIAL_SESSION)
		return call->asker.credential.token;

	return presented.scheme == SCHEME_KEY ? presented.text : NULL;
}

const char *write_seal(struct call *call, const char *secret)
{
	const char *key = key_of(call), *credential = sealing_key(call);

	if (key == NULL || credential == NULL)
		return NULL;
	return seal_close(call->rq->mem, credential, key, secret);
}

const char *write_unseal(struct call *call, const char *sealed)
{
	const char *credential = sealing_key(call), *secret = NULL;

	if (credential != NULL && sealed[0] != '\0')
		secret = seal_open(
		    call->rq->mem, credential, key_of(call), sealed);
	return secret != NULL ? secret : "";
}

/* What a function has answered; nothing where it shows nothing. */
static enum err show_again(struct call *call, const struct route *route,
    const struct repeat_answer *answer, struct response *rs)
{
	const char *const ids[2] = { answer->id, answer->beside_id };
	/* what the path names is no new thing, and has no Location */
	bool is_new = strchr(route->pattern, '{') == NULL;
	struct response_part parts[2];
	size_t count = 0;
	struct one one;
	bool is_shown;
	enum err err;

	for (; count < 2 && route->seen[count] != NULL; count++) {
		const struct operation *seen = route->seen[count];

		if ((err = operation_find_again(
			 call, seen, ids[count], &one, &is_shown)))
			return err;
		parts[count] = (struct response_part){ seen->shape->one,
			seen->shape->resource, is_shown ? one.row : NULL };
	}
	if (count == 0)
		return respond_empty(rs, (int)answer->status);
	return respond_created(rs, (int)answer->status,
	    is_new ? operation_location(call, route->seen[0], answer->id)
		   : NULL,
	    parts, count);
}

/* The operation that has answered so: that of the row, or one in its place. */
static const struct operation *answered_by(
    const struct route *route, const struct repeat_answer *answer)
{
	const struct operation *other = route->describe != NULL
	    ? route->describe->created_by
	    : NULL;

	return other != NULL && answer->status == 201 ? other : route->does;
}

/* `*is_replayed`: the answer that is kept has been given. */
static enum err replay(struct call *call, const struct route *route,
    const struct repeat *repeat, struct response *rs, bool *is_replayed)
{
	const struct repeat_answer *answer;
	enum err err = repeat_find(call->st, repeat, &answer);

	*is_replayed = false;
	if (err == ERR_KEY_REUSED)
		return fault_set(&call->rq->fault, err,
		    "this Idempotency-Key came with another request before");
	if (err == ERR_TOO_MANY_KEYS) {
		(void)fault_set(&call->rq->fault, err,
		    "%lld answers are kept for this user, and no more are",
		    (long long)repeat->most);
		call->rq->fault.retry_after = RETRY_TOO_MANY;
	}
	if (err || answer == NULL)
		return err;
	err = route->does != NULL
	    ? change_replay(call, answered_by(route, answer), answer, rs)
	    : show_again(call, route, answer, rs);
	if (err)
		return err;
	response_header(rs, "Idempotency-Replayed", "true");
	*is_replayed = true;
	return ERR_NONE;
}

enum err write_refused(struct call *call, const struct route *route,
    struct response *rs, enum err refusal)
{
	const char *key = key_of(call);
	struct fault fault = call->rq->fault;
	bool is_replayed;
	enum err err;

	if (caller_id(&call->asker.caller)[0] == '\0' || key == NULL ||
	    !is_key(key) || query_is_true(&call->query, "dryRun"))
		return refusal;
	err = replay(call, route, make_repeat(call, route), rs, &is_replayed);
	if (is_replayed ||
	    (err && err != ERR_KEY_REUSED && err != ERR_TOO_MANY_KEYS))
		return err;
	call->rq->fault = fault;
	return refusal;
}

/* --- the version ---------------------------------------------------------- */

/*
 * A matching version is what the write expects when it has the lock.  One that
 * does not match is refused there too, since what the handler finds wrong with
 * the body comes before.
 */
static int64_t expected_version(
    const char *match, const char *none, int64_t version)
{
	if (none != NULL && etag_compare(none, 0, version) != ETAG_FAILS)
		return VERSION_NONE;
	if (match == NULL)
		return VERSION_ANY;
	switch (etag_compare(match, 0, version)) {
	case ETAG_ANY:
		return VERSION_ANY;
	case ETAG_MATCHES:
		return version;
	case ETAG_FAILS:
		break;
	}
	return VERSION_NONE;
}

static enum err expect_version(struct call *call, const struct route *route)
{
	const char *match = if_match_of(call);
	bool is_new = route->scope == SCOPE_SELF;
	struct fault *fault = &call->rq->fault;

	call->asker.expected_version = VERSION_ANY;
	if (is_new)
		return match == NULL ? ERR_NONE
				     : fault_set(fault, ERR_PRECONDITION,
					   "what is created has no ETag yet"
					   " that If-Match could name");
	if (match == NULL && call->config->require_if_match)
		return fault_set(fault, ERR_PRECONDITION_REQUIRED,
		    "If-Match is needed, with the ETag of the organization");
	call->asker.expected_version = expected_version(match,
	    if_none_match_of(call), call->asker.caller.organization_version);
	return ERR_NONE;
}

static enum err refuse_version(struct call *call)
{
	return fault_set(&call->rq->fault, ERR_PRECONDITION,
	    "the resource is not as If-Match or If-None-Match wants it:"
	    " nothing was changed, read it again and retry with its new ETag");
}

enum err write_expect(struct call *call, char kind, int64_t version)
{
	const char *match = if_match_of(call), *none = if_none_match_of(call);
	int64_t organization = call->asker.caller.organization_version;
	enum etag_match own;

	call->asker.expected_version = VERSION_ANY;
	if (none != NULL &&
	    (etag_compare(none, 0, organization) == ETAG_MATCHES ||
		(version > 0 &&
		    etag_compare(none, kind, version) != ETAG_FAILS)))
		return refuse_version(call);
	if (match == NULL)
		return call->config->require_if_match
		    ? fault_set(&call->rq->fault, ERR_PRECONDITION_REQUIRED,
			  "If-Match is needed, with the ETag of the resource or"
			  " of its organization")
		    : ERR_NONE;
	own = etag_compare(match, kind, version);
	if (version > 0 &&
	    (own == ETAG_ANY || (own == ETAG_MATCHES && kind != 0)))
		return ERR_NONE;
	if (etag_compare(match, 0, organization) != ETAG_MATCHES)
		return refuse_version(call);
	call->asker.expected_version = organization;
	return ERR_NONE;
}

/* --- both ----------------------------------------------------------------- */

static void purge_at_times(struct store *st)
{
	unsigned char byte;

	crypto_random(&byte, 1);
	if (byte % PURGES == 0)
		(void)repeat_purge(st);
}

static enum err handle_once(struct call *call, const struct route *route,
    struct response *rs, struct repeat *repeat)
{
	bool is_replayed;
	enum err err;

	call->st->repeat = repeat;
	err = operation_carry_out(call, route, rs);
	call->st->repeat = NULL;
	if (err == ERR_NONE)
		purge_at_times(call->st);
	if (err == ERR_REPEATED) {
		err = replay(call, route, repeat, rs, &is_replayed);
		if (err == ERR_NONE && !is_replayed)
			err = ERR_KEY_IN_USE;
	}
	if (err != ERR_KEY_IN_USE)
		return err;
	(void)fault_set(&call->rq->fault, err,
	    "a request with this Idempotency-Key is still under way");
	call->rq->fault.retry_after = 1;
	return err;
}

enum err write_perform(
    struct call *call, const struct route *route, struct response *rs)
{
	const char *key = key_of(call);
	struct repeat *repeat = NULL;
	bool is_replayed = false;
	enum err err;

	if (key != NULL && !is_key(key))
		return fault_set(&call->rq->fault, ERR_BAD_REQUEST,
		    "Idempotency-Key must be 1 to %d visible ASCII characters",
		    KEY_MAX);
	if (key != NULL && !query_is_true(&call->query, "dryRun")) {
		repeat = make_repeat(call, route);
		err = replay(call, route, repeat, rs, &is_replayed);
		if (err || is_replayed)
			return err;
	}
	if (route->does == NULL && (err = expect_version(call, route)))
		return err;
	return repeat ? handle_once(call, route, rs, repeat)
		      : operation_carry_out(call, route, rs);
}
