#include "api/limit.h"

#include <string.h>

#include "base/address.h"
#include "store/rate.h"

enum { MINUTE = 60, HOUR = 3600 };

/* The last segment of the path. */
static const char *name_of(const struct route *route)
{
	return strrchr(route->pattern, '/') + 1;
}

/* A proxy that hides its clients: they are not to count as one. */
static bool is_shared(struct request *rq)
{
	return address_is_loopback(rq->address) && request_is_forwarded(rq);
}

/* As draft-ietf-httpapi-ratelimit-headers-10 has them. */
static void put_headers(
    struct response *rs, const struct rate_ask *ask, const struct rate *rate)
{
	int64_t left = rate->is_over ? 0 : ask->most - rate->requests;

	rs->rate_policy = arena_print(rs->rq->mem, "\"%s\";q=%lld;w=%d",
	    ask->route, (long long)ask->most, ask->window);
	rs->rate_limit = arena_print(rs->rq->mem, "\"%s\";r=%lld;t=%lld",
	    ask->route, (long long)(left > 0 ? left : 0),
	    (long long)rate->seconds);
}

static enum err refuse(
    struct fault *fault, const struct rate *rate, const char *whose)
{
	(void)fault_refuse(fault, ERR_THROTTLED, CAUSE_RATE,
	    "too many requests of this kind came from %s lately: try again in"
	    " %lld s",
	    whose, (long long)rate->seconds);
	fault->retry_after = (int)rate->seconds;
	return ERR_THROTTLED;
}

static enum err count(struct call *call, const struct rate_ask *ask,
    const char *whose, struct response *rs)
{
	struct rate rate;
	enum err err = rate_count(call->st, ask, &rate);

	/* whatever it is: nobody may try without being counted */
	if (err)
		return err_info(err)->status == 503 ? err : ERR_UNAVAILABLE;
	put_headers(rs, ask, &rate);
	return rate.is_over ? refuse(&call->rq->fault, &rate, whose) : ERR_NONE;
}

static struct rate_ask ask_of(
    const struct config *config, const struct route *route)
{
	struct rate_ask ask = { .route = name_of(route),
		.most = config->invitation_rate,
		.window = MINUTE };

	if (strcmp(ask.route, RATE_RESETS) == 0) {
		ask.most = config->reset_rate;
		ask.window = HOUR;
	}
	return ask;
}

enum err limit_check(
    struct call *call, const struct route *route, struct response *rs)
{
	struct rate_ask ask = ask_of(call->config, route);
	char address[ADDRESS_SIZE];

	if (!(route->flags & ROUTE_LIMITED) || ask.most == 0 ||
	    is_shared(call->rq))
		return ERR_NONE;
	address_group(call->rq->address, address);
	ask.address = address;
	return count(call, &ask, "your network address", rs);
}

enum err limit_create(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	const struct rate_ask ask = { .route = RATE_ORGANIZATIONS,
		.address = caller->user_id,
		.most = call->config->create_rate,
		.window = HOUR };

	if (ask.most == 0 || caller_is_system_admin(caller))
		return ERR_NONE;
	return count(call, &ask, "this user", rs);
}
