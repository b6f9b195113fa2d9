/*
 * What a monitoring system asks: the counters of this host.
 */
#include "resource/metrics.h"

#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/metric.h"
#include "base/version.h"
#include "edge/crypto.h"
#include "http/credential.h"
#include "resource/module.h"
#include "store/outbox.h"

enum { LAYOUT_SIZE = 17, REFRESH_EVERY = 60000 };

/* --- the counters --------------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash_on(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(1099511628211);
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = hash_on(hash, ((const unsigned char *)bytes)[i]);
	return hash;
}

/*
 * What the counters are, and which program counts.  A build outside of git has
 * no commit, so that version and sizes are here too.
 */
static uint64_t hash_layout(uint64_t hash)
{
	static const size_t sizes[] = { sizeof(struct metrics),
		sizeof(struct metric_route), METRIC_ERRORS, METRIC_STATES };

	hash = hash_bytes(hash, version_commit, strlen(version_commit));
	hash = hash_bytes(hash, TENANTRY_VERSION, sizeof(TENANTRY_VERSION) - 1);
	hash = hash_bytes(hash, sizes, sizeof(sizes));
	hash = hash_bytes(hash, metric_statuses, sizeof(metric_statuses));
	return hash_bytes(hash, metric_buckets, sizeof(metric_buckets));
}

/*
 * Of the routes the lengths alone: all of their texts would cost a CGI process
 * a quarter of its own start.
 */
static uint64_t hash_routes(uint64_t hash, const struct route_table *routes)
{
	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = routes->rows[i];

		hash = hash_on(hash, (unsigned char)route->method);
		hash = hash_on(hash, (unsigned char)strlen(route->pattern));
	}
	return hash;
}

void metrics_open(
    const char *run_dir, const struct route_table *routes, bool is_reader)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	char layout[LAYOUT_SIZE];

	hash = hash_routes(hash_layout(hash), routes);
	(void)snprintf(
	    layout, sizeof(layout), "%016llx", (unsigned long long)hash);
	metric_open(run_dir, layout, routes->count, is_reader);
}

/* --- licenses ------------------------------------------------------------- */

struct licence_counts {
	int64_t states[METRIC_STATES];
};

#define COUNT(name_, i_) \
	{ \
		.column = name_, .type = FIELD_INTEGER, \
		FIELD_AT(struct licence_counts, states[i_]) \
	}
static const struct field count_fields[] = {
	COUNT("active", 0),
	COUNT("expiring", 1),
	COUNT("grace", 2),
	COUNT("expired", 3),
	COUNT("revoked", 4),
	COUNT("over_limit", 5),
};
static const struct field_table count_table = FIELD_TABLE(count_fields);

/* As licence_state() of model/licence.h says it. */
#define IS_OVER_LIMIT \
	"((l.limit_projects > 0 AND o.project_count > l.limit_projects)" \
	" OR (l.limit_users > 0 AND o.member_count > l.limit_users))"
#define STATE \
	"CASE WHEN r.jti IS NOT NULL THEN 'revoked'" \
	" WHEN l.expires_at <= UTC_TIMESTAMP(3) - INTERVAL ? DAY" \
	" THEN 'expired'" \
	" WHEN l.expires_at <= UTC_TIMESTAMP(3) THEN 'grace'" \
	" WHEN " IS_OVER_LIMIT " THEN 'over_limit'" \
	" WHEN l.expires_at <= UTC_TIMESTAMP(3) + INTERVAL ? DAY" \
	" THEN 'expiring' ELSE 'active' END AS state"

static const struct statement count_licences = {
	.bounded = "all licenses, at most once a minute and host",
	.text = "SELECT COUNT(IF(x.state = 'active', 1, NULL)) AS active,"
		" COUNT(IF(x.state = 'expiring', 1, NULL)) AS expiring,"
		" COUNT(IF(x.state = 'grace', 1, NULL)) AS grace,"
		" COUNT(IF(x.state = 'expired', 1, NULL)) AS expired,"
		" COUNT(IF(x.state = 'revoked', 1, NULL)) AS revoked,"
		" COUNT(IF(x.state = 'over_limit', 1, NULL)) AS over_limit"
		" FROM (SELECT " STATE " FROM licences l"
		" JOIN organizations o ON o.id = l.organization_id"
		" AND o.deleted_at IS NULL"
		" LEFT JOIN licence_claims r ON r.jti = l.jti"
		" AND r.revoked_at IS NOT NULL) x",
	.values = 2,
	.tables = { &count_table },
};

static const struct statement *const statements[] = { &count_licences, NULL };

void metrics_refresh(struct store *st)
{
	const struct db_value days[] = { db_integer(st->licence_days.grace),
		db_integer(st->licence_days.expiring) };
	struct metrics *all = metric_all();
	struct licence_counts counts;
	struct outbox_look mails;
	bool found = false;

	if (all == NULL ||
	    metric_read(&all->licences_at) + REFRESH_EVERY >
		(uint64_t)st->now ||
	    store_find(st, &count_licences, days, &counts, &found) || !found ||
	    outbox_look(st, &mails))
		return;
	metric_set(&all->mails, (uint64_t)mails.queued);
	metric_set(&all->mail_age, (uint64_t)mails.waiting);
	for (size_t i = 0; i < METRIC_STATES; i++)
		metric_set(&all->licences[i], (uint64_t)counts.states[i]);
	metric_set(&all->licences_at, (uint64_t)st->now);
}

/* --- the route ------------------------------------------------------------ */

static bool is_right(const char *token, const char *presented)
{
	unsigned char a[CRYPTO_SHA256_SIZE], b[CRYPTO_SHA256_SIZE];

	crypto_sha256(token, strlen(token), a);
	crypto_sha256(presented, strlen(presented), b);
	return crypto_equal(a, b, sizeof(a));
}

/* By the token of the settings, or from this machine. */
static enum err permit(struct call *call)
{
	const char *token = call->config->metrics_token;
	struct presented presented = credential_of(call->rq);

	if (request_is_loopback(call->rq) ||
	    (token != NULL && presented.scheme == SCHEME_KEY &&
		is_right(token, presented.text)))
		return ERR_NONE;
	return fault_refuse(&call->rq->fault, ERR_FORBIDDEN,
	    presented.scheme == SCHEME_NONE ? CAUSE_MISSING : CAUSE_KEY,
	    "metrics are for requests from this machine, and for those with"
	    " the setting metrics_token as Authorization: Bearer");
}

static enum err show(struct call *call, struct response *rs)
{
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	if (metric_all() == NULL)
		return fault_set(&call->rq->fault, ERR_UNAVAILABLE,
		    "nothing is counted: the run folder (run_dir) cannot be"
		    " written to");
	metrics_refresh(call->st);
	response_type(rs, 200, "text/plain; version=0.0.4; charset=utf-8");
	(void)metrics_write(&rs->json, call->rq->mem, false);
	return rs->json.failed;
}

static enum err show_monitor(struct call *call, struct response *rs)
{
	enum err err = permit(call);

	return err ? err : show(call, rs);
}

static const struct describe_answer text = {
	.status = 200,
	.schema = "Metrics",
	.plain = "The text format of Prometheus, 0.0.4.",
};
static const struct describe words = {
	.tag = "Service",
	.summary = "Counters for a monitoring system",
	.says = "For requests from this machine, and for those with the setting"
		" `metrics_token` as `Authorization: Bearer`. Requests by"
		" route and status, how long they took, errors of the"
		" database, and licenses by state. All workers of the host"
		" count together; a deploy begins at 0.",
	.answer = "The counters.",
	PROBLEMS(ERR_FORBIDDEN),
	.function = &text,
};

static const struct describe system_words = {
	.tag = "System",
	.summary = "Read the counters of this host",
	.says = "What `/metrics` gives a monitoring system. For system"
		" administrators; a session gives its password again.",
	.answer = "The counters.",
	.function = &text,
};

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/metrics",
	    .scope = SCOPE_PUBLIC,
	    .need = NEED_NOTHING,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_ANY_QUERY | ROUTE_ANY_ACCEPT,
	    .handle = show_monitor,
	    .operation_id = "getMetrics",
	    .describe = &words },
	{ .method = METHOD_GET,
	    .pattern = "/v1/system/metrics",
	    .scope = SCOPE_SELF,
	    .need = NEED_SYSTEM_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_ANY_ACCEPT,
	    .handle = show,
	    .operation_id = "getSystemMetrics",
	    .describe = &system_words },
};

extern const struct module metrics_module;
const struct module metrics_module = { ROUTES(routes),
	.statements = statements };
