#include "serve/serve.h"

#include <string.h>

#include "api/limit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "edge/db_guard.h"
#include "http/accept.h"
#include "http/credential.h"
#include "http/list.h"
#include "http/origin.h"
#include "resource/metrics.h"
#include "resource/module.h"
#include "resource/session.h"
#include "serve/change.h"
#include "serve/console.h"
#include "serve/context.h"
#include "serve/declared.h"
#include "serve/decode.h"
#include "serve/foreign.h"
#include "serve/operation.h"
#include "serve/sign_in.h"
#include "serve/write.h"
#include "store/purge.h"

enum err service_check_of(const struct route_table *table,
    const struct statement *const *statements, struct fault *fault)
{
	enum err err;

	if ((err = route_check(table, fault)) ||
	    (err = declared_check(table, fault)))
		return err;
	return schema_fits_callers(statements, fault);
}

enum err service_check(struct fault *fault)
{
	struct arena mem;
	struct route_table table;
	enum err err;

	arena_init(&mem);
	table = modules_routes(&mem);
	err = service_check_of(&table, modules_statements(&mem), fault);
	arena_release(&mem);
	return err;
}

void service_init(struct service *service, const struct config *config,
    struct gateway *gateway)
{
	memset(service, 0, sizeof(*service));
	service->config = config;
	service->gateway = gateway;
	gateway_limit(gateway, config->deadline);
	arena_init(&service->mem);
	service->db = db_open(&config->db);
	store_init(&service->store, service->db, &service->mem);
	service->store.licence_days = config->licence_days;
	service->routes = modules_routes(&service->store.lasting);
	service->store.reserved = modules_reserved(
	    &service->store.lasting, &service->routes);
	service->watch.store = &service->store;
	db_set_guard(service->db, schema_guard, &service->watch);
	service->key_use.session_idle = config->session_idle;
	identify_init(&service->identify, config->run_dir, config->workers);
	metrics_open(config->run_dir, &service->routes, false);
}

void service_release(struct service *service)
{
	metric_close();
	identify_release(&service->identify);
	openapi_forget(&service->openapi);
	store_release(&service->store);
	db_close(service->db);
	arena_release(&service->mem);
}

/* Whatever a route's function does: no data go out before that. */
static void withhold_until_known(
    struct response *rs, const struct call *call, const struct route *route)
{
	if (route->scope != SCOPE_PUBLIC)
		rs->knows_caller = &call->asker.is_known;
}

static bool is_removal(const struct route *route)
{
	return route->does != NULL && route->does->kind == OPERATION_REMOVE;
}

/*
 * Permit, decode, handle.  A bad body is only told to a caller who may send
 * one, so that the caller is found first.  Where the handler's own statement
 * finds the caller, a small body is decoded before: a large one would let
 * everybody without a credential make work.
 */
static enum err perform_found(
    struct call *call, const struct route *route, struct response *rs)
{
	struct fault body_fault = { .code = ERR_NONE };
	bool is_write = (route->flags & ROUTE_WRITES) != 0;
	bool is_early = (route->flags & ROUTE_FUSED) &&
	    call->rq->body_length <= DECODE_EARLY;
	enum err err = ERR_NONE;
	enum err body_err = is_early ? decode_request(call, route, &body_fault)
				     : ERR_NONE;
	bool is_found_later = is_early && !body_err &&
	    !(is_write && write_has_headers(call));

	if (call->asker.ask.scope != SCOPE_PUBLIC && !is_found_later)
		err = caller_find(call->st, &call->asker);
	if (err)
		return is_write ? write_refused(call, route, rs, err) : err;
	if (!is_early)
		body_err = decode_request(call, route, &body_fault);
	if (body_err && (err = operation_refusal(call, route)))
		return err;
	if (body_err) {
		call->rq->fault = body_fault;
		return body_err;
	}
	return is_write ? write_perform(call, route, rs)
			: operation_carry_out(call, route, rs);
}

static enum err perform(
    struct call *call, const struct route *route, struct response *rs)
{
	bool is_write = (route->flags & ROUTE_WRITES) != 0;
	struct context_objection objection = { false, false };
	enum err err = ERR_NONE;

	if ((route->flags & ROUTE_NAMED_BY_BODY) &&
	    (err = decode_target(call, route)))
		return err;
	err = context_check(call, route, &objection);
	if (objection.is_contradiction)
		return err;
	if (err && is_write)
		err = write_refused(call, route, rs, err);
	else if (!err)
		err = perform_found(call, route, rs);
	if (is_removal(route) && !objection.is_header &&
	    (err == ERR_NO_RESOURCE || err == route->unknown))
		return change_is_done(call, route, rs, err);
	return err;
}

/* A public row looks at a credential only where it says so. */
static bool takes_credential(struct call *call, const struct route *route)
{
	if (route->scope != SCOPE_PUBLIC)
		return true;
	call->has_credential = (route->flags & ROUTE_MAY_SIGN_IN) != 0 &&
	    credential_of(call->rq).scheme != SCHEME_NONE;
	if (call->has_credential)
		call->asker.ask.scope = SCOPE_SELF;
	return call->has_credential;
}

/*
 * A remembered password is refused by the statement where its hash changed:
 * then it is verified once more against the hash of now.
 */
static enum err perform_as_caller(struct service *service, struct call *call,
    const struct route_match *match, struct response *rs)
{
	struct identify *identify = &service->identify;
	const struct route *route = match->route;
	bool was_remembered;
	enum err err;

	if (!takes_credential(call, route))
		return (err = limit_check(call, route, rs))
		    ? err
		    : perform(call, route, rs);
	if ((err = request_check_headers(call->rq)) ||
	    (err = credential_check(call->rq)) ||
	    (err = identify_caller(identify, call, true, &was_remembered)))
		return err;
	err = perform(call, route, rs);
	if (err != ERR_UNAUTHENTICATED || !was_remembered)
		return err;
	/* what the first try has set is of no use to the second */
	context_ask(call, match);
	(void)takes_credential(call, route);
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	if ((err = identify_caller(identify, call, false, &was_remembered)))
		return err;
	return perform(call, route, rs);
}

/* What the route answers with besides JSON. */
static unsigned offered_by(
    const struct route *route, const struct config *config)
{
	unsigned kinds = 0;

	if (route->flags & ROUTE_PAGE)
		kinds |= ACCEPT_BIT(ACCEPT_HTML);
	if (route->flags & ROUTE_LIST)
		kinds |= LIST_KINDS;
	if ((route->flags & ROUTE_TOKEN) && config->check_signer.is_there)
		kinds |= ACCEPT_BIT(ACCEPT_JWT);
	return kinds;
}

static bool is_sign_in(const struct route *route)
{
	return route->method == METHOD_POST &&
	    (route->flags & ROUTE_SIGNS_IN) != 0;
}

/* The request that signs in is asked whatever credential it has. */
static enum err check_origin(
    struct service *service, const struct route *route, struct response *rs)
{
	if (route->flags & ROUTE_SIGNS_IN)
		rs->features = session_features(rs->rq, service->config);
	return is_sign_in(route) ? origin_check_sign_in(rs, service->config)
				 : origin_check(rs, service->config);
}

static enum err answer(struct service *service, struct call *call,
    struct route_match *match, struct response *rs)
{
	const struct config *config = service->config;
	struct request *rq = call->rq;
	char made_id[ULID_SIZE];
	enum err err;

	ulid_make(&service->store.ids, (uint64_t)service->store.now, made_id);
	origin_begin(rs, config);
	if ((err = request_begin(rq, made_id, config)))
		return err;
	service->store.request_id = rq->id;
	if (console_is_asked(rq, match))
		return console_answer(rs, match, config);
	if (sign_in_is_asked(rq, match))
		return sign_in_answer(call, rs, match);
	err = route_find(&service->routes, rq, match);
	if (err == ERR_METHOD || rq->method == METHOD_OPTIONS)
		rs->allow = match->allow;
	if (err)
		return err;
	if (match->route == NULL)
		return respond_options(rs);
	if ((err = check_origin(service, match->route, rs)) ||
	    (err = request_read_body(rq, config->max_body)) ||
	    (is_sign_in(match->route) && (err = request_check_json(rq))) ||
	    (!(match->route->flags & ROUTE_ANY_ACCEPT) &&
		(err = accept_check(rq, offered_by(match->route, config)))))
		return err;
	/* reading the body had a deadline of its own: the request's begins */
	db_begin_request(service->db);
	context_ask(call, match);
	withhold_until_known(rs, call, match->route);
	return perform_as_caller(service, call, match, rs);
}

static void put_field(struct text *line, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	text_put(line, name);
	text_put(line, value);
}

/* Who called, by ids, and from where: as far as that is known. */
static void put_caller(struct text *line, const struct call *call)
{
	const struct caller *caller = &call->asker.caller;
	const char *key = caller->key_id[0] != '\0' ? caller->key_id
	    : caller->session_id[0] != '\0'         ? "session"
						    : "password";

	if (caller_id(caller)[0] != '\0') {
		put_field(line, " user=", caller->user_id);
		put_field(line, " key=", key);
		put_field(line, " org=", caller->organization_id);
	}
	if (call->config->log_addresses)
		put_field(line, " from=", call->rq->address);
}

static bool is_refusal(int status)
{
	return status == 401 || status == 403 || status == 429;
}

static void put_outcome(
    struct text *line, const struct fault *fault, int status)
{
	text_put(line, " status=");
	text_put_number(line, status);
	text_put(line, " code=");
	text_put(line, fault->code ? err_info(fault->code)->code : "ok");
	if (is_refusal(status) || fault->cause != CAUSE_NONE) {
		text_put(line, " cause=");
		text_put(line, cause_name(fault->cause));
	}
}

void serve_log(const struct request *rq, const struct route_match *match,
    const struct response *rs, const struct call *call, unsigned queries)
{
	const struct fault *fault = &rq->fault;
	char buffer[LOG_LINE_SIZE];
	struct text line = text_in(buffer, sizeof(buffer));

	text_put(&line, "id=");
	text_put(&line, rq->id);
	text_put(&line, " method=");
	text_put_part(&line, rq->method_name, 10);
	text_put(&line, rq->is_overridden ? " override=1 route=" : " route=");
	text_put(&line, match->route ? match->route->pattern : "-");
	put_outcome(&line, fault, rs->status);
	if (call != NULL)
		put_caller(&line, call);
	text_put(&line, " us=");
	text_put_number(&line, clock_tick() - rq->started);
	text_put(&line, " queries=");
	text_put_number(&line, queries);
	if (rs->is_broken)
		text_put(&line, " cut=1");
	log_fields(
	    fault->code ? err_info(fault->code)->level : LEVEL_INFO, buffer);
}

static void count_request(const struct service *service,
    const struct route_match *match, const struct response *rs)
{
	const struct route_table *table = &service->routes;
	size_t i = 0;

	while (i < table->count && table->rows[i] != match->route)
		i++;
	metric_request(i, rs->status, clock_tick() - rs->rq->started);
}

/* To an admin, whatever became of the write: the licence as it was read. */
static void tell_licence(struct response *rs, const struct call *call)
{
	const struct asker *asker = &call->asker;

	if (asker->has_licence && caller_is_admin(&asker->caller))
		response_header(rs, "X-License-State",
		    licence_state(&call->st->licence_days, &asker->licence,
			call->st->now));
}

/* By the row: what was asked of the caller may be another question by now. */
static void name_rights(struct call *call, const struct route *route)
{
	struct fault *fault = &call->rq->fault;
	struct caller_ask ask = call->asker.ask;
	bool is_of_rights = fault->cause == CAUSE_ROLE ||
	    fault->cause == CAUSE_MEMBERSHIP ||
	    fault->cause == CAUSE_RESTRICTED || fault->cause == CAUSE_CONTEXT;

	if (route == NULL || !call->asker.is_known || !is_of_rights ||
	    err_info(fault->code)->status != 403)
		return;
	ask.scope = route->scope;
	ask.need = route->need;
	caller_name_rights(&call->asker.caller, &ask, fault);
}

void serve(struct service *service)
{
	struct request *rq = arena_alloc(&service->mem, sizeof(*rq));
	struct response *rs = arena_alloc(&service->mem, sizeof(*rs));
	struct call *call = arena_alloc(&service->mem, sizeof(*call));
	struct route_match match = { .route = NULL };
	enum err err;

	rq->gateway = service->gateway;
	rq->mem = &service->mem;
	rq->started = clock_tick();
	store_begin(&service->store, clock_now());
	service->watch.fault = &rq->fault;
	db_begin_request(service->db);
	response_begin(rs, rq, service->buffer);
	call->rq = rq;
	call->st = &service->store;
	call->config = service->config;
	call->slots = &service->identify.slots;
	call->openapi = &service->openapi;
	if ((err = answer(service, call, &match, rs))) {
		name_rights(call, match.route);
		respond_problem(rs, err);
	} else /* what an attempt met that was repeated since */
		rq->fault.code = ERR_NONE;
	if (!rs->is_started)
		tell_licence(rs, call);
	response_end(rs);
	db_end_request(service->db);
	if (rs->is_broken)
		gateway_abort(service->gateway);
	else
		gateway_finish(service->gateway);
	serve_log(rq, &match, rs, call, db_query_count(service->db));
	count_request(service, &match, rs);
	if (match.route != NULL && (match.route->flags & ROUTE_WRITES) &&
	    rs->status < 300) {
		purge_after_write(&service->store);
		head_log_write(&service->head_log, &service->store,
		    service->config, &call->asker.caller);
	}
	if (rs->status < 500)
		key_use_write(
		    &service->key_use, &service->store, &call->asker.caller);
	if (rs->status < 400 && rq->method == METHOD_GET)
		foreign_read_write(&service->store, &call->asker.caller);
	arena_reset(&service->mem);
}

void serve_failure(struct gateway *gateway)
{
	static const struct config no_settings;
	struct arena mem;
	struct request *rq;
	struct response *rs;
	struct ulid_clock ids = { .ms = 0 };
	struct route_match match = { .route = NULL };
	char made_id[ULID_SIZE];

	arena_init(&mem);
	(void)gateway_accept(gateway, &mem); /* the only one */
	rq = arena_alloc(&mem, sizeof(*rq));
	rs = arena_alloc(&mem, sizeof(*rs));
	rq->gateway = gateway;
	rq->mem = &mem;
	rq->started = clock_tick();
	ulid_make(&ids, (uint64_t)clock_now(), made_id);
	response_begin(rs, rq, arena_alloc(&mem, RESPONSE_BUFFER_SIZE));
	(void)request_begin(rq, made_id, &no_settings);
	respond_problem(rs,
	    fault_set(&rq->fault, ERR_INTERNAL,
		"the service's configuration cannot be read: see the web"
		" server's error log, or run tenantryctl doctor"));
	response_end(rs);
	serve_log(rq, &match, rs, NULL, 0);
	arena_release(&mem);
}

/*
 * A deploy is noticed before a request is taken: this process, new, answers
 * it.  The connection is closed properly first, and when no request comes.
 */
void service_run(struct service *service, struct renew *renew)
{
	int patience = 0; /* there is no connection yet */
	enum gateway_event event = GATEWAY_REQUEST;

	while (event != GATEWAY_END) {
		if (renew_is_due(renew, clock_now())) {
			db_rest(service->db);
			renew_run(renew);
		}
		if (gateway_accept(service->gateway, &service->mem)) {
			serve(service);
			patience = service->config->db_idle;
			continue;
		}
		event = gateway_wait(service->gateway, patience);
		if (event == GATEWAY_QUIET) {
			db_rest(service->db);
			patience = 0;
		}
	}
}
