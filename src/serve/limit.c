#include "serve/limit.h"

#include <string.h>

#include "base/address.h"
#include "store/rate.h"

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
    struct response *rs, const char *name, int most, const struct rate *rate)
{
	int64_t left = rate->is_over ? 0 : most - rate->requests;

	rs->rate_policy = arena_print(
	    rs->rq->mem, "\"%s\";q=%d;w=%d", name, most, (int)RATE_WINDOW);
	rs->rate_limit = arena_print(rs->rq->mem, "\"%s\";r=%lld;t=%lld", name,
	    (long long)(left > 0 ? left : 0), (long long)rate->seconds);
}

static enum err refuse(struct fault *fault, const struct rate *rate)
{
	(void)fault_refuse(fault, ERR_THROTTLED, CAUSE_RATE,
	    "too many requests of this kind came from your network address in"
	    " a minute: try again in %lld s",
	    (long long)rate->seconds);
	fault->retry_after = (int)rate->seconds;
	return ERR_THROTTLED;
}

enum err limit_check(
    struct call *call, const struct route *route, struct response *rs)
{
	int most = call->config->invitation_rate;
	char address[ADDRESS_SIZE];
	struct rate rate;
	enum err err;

	if (!(route->flags & ROUTE_LIMITED) || most == 0 || is_shared(call->rq))
		return ERR_NONE;
	address_group(call->rq->address, address);
	err = rate_count(call->st, name_of(route), address, most, &rate);
	/* whatever it is: nobody may try tokens without being counted */
	if (err)
		return err_info(err)->status == 503 ? err : ERR_UNAVAILABLE;
	put_headers(rs, name_of(route), most, &rate);
	return rate.is_over ? refuse(&call->rq->fault, &rate) : ERR_NONE;
}
