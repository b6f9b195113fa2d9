#include "serve/decode.h"

#include <string.h>

#include "base/text.h"
#include "edge/json.h"
#include "resource/module.h"

/* As it is where nothing is said: a statement may take values from it. */
static void begin_body(struct call *call, const struct route *route)
{
	void *body;

	if (route->body == NULL)
		return;
	body = arena_alloc(call->rq->mem, route->body_size);
	if (route->body_default != NULL)
		memcpy(body, route->body_default, route->body_size);
	call->body = body;
}

/*
 * Decodes the body to a struct, by the row's table; `fault` says what is wrong.
 */
static enum err decode_body(
    struct call *call, const struct route *route, struct fault *fault)
{
	struct json_source source = { call->rq->body, call->rq->body_length };
	const char *first;
	void *body;
	enum err err;

	if (route->body == NULL)
		return ERR_NONE;
	if ((err = request_check_body(call->rq, fault)))
		return err;
	if (source.length == 0 && (route->flags & ROUTE_MAY_BE_BARE))
		return ERR_NONE;
	first = text_skip_mark(source.text, source.length);
	source.length -= (size_t)(first - source.text);
	source.text = first;
	memcpy(&body, &call->body, sizeof(body));
	err = json_decode(call->rq->mem, source, route->body, body, fault);
	if (!err && route->does != NULL && route->does->complete != NULL)
		err = route->does->complete(call->rq->mem, source, body, fault);
	return err;
}

enum err decode_request(
    struct call *call, const struct route *route, struct fault *fault)
{
	enum err err;

	begin_body(call, route);
	err = query_read(call->rq, route->query,
	    (route->flags & ROUTE_ANY_QUERY) != 0, &call->query, fault);
	return err ? err : decode_body(call, route, fault);
}

/* Only whether the credential is good. */
static enum err find_self(struct call *call)
{
	struct caller_ask *ask = &call->asker.ask;
	const struct caller_ask own = *ask;
	enum err err;

	ask->scope = SCOPE_SELF;
	ask->need = NEED_NOTHING;
	ask->manages = false;
	ask->steps_up = false;
	err = caller_find(call->st, &call->asker);
	*ask = own;
	return err;
}

enum err decode_target(struct call *call, const struct route *route)
{
	struct fault fault = { .code = ERR_NONE };
	bool is_early = call->rq->body_length <= DECODE_EARLY;
	const char *id = NULL;
	enum err err;

	if (!is_early && (err = find_self(call)))
		return err;
	/* its first member is decoded first: what is wrong with others waits */
	begin_body(call, route);
	err = decode_body(call, route, &fault);
	memcpy(&id, (const char *)call->body + route->body->rows[0].offset,
	    sizeof(id));
	if (err && id != NULL)
		err = ERR_NONE;
	if (!err && id == NULL)
		err = fault_set(&fault, ERR_BAD_FIELD, "%s is missing",
		    route->body->rows[0].member);
	call->asker.ask.target = id;
	if (err) {
		enum err refusal = is_early ? find_self(call) : ERR_NONE;

		if (!refusal)
			call->rq->fault = fault;
		return refusal ? refusal : err;
	}
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	return ERR_NONE;
}
