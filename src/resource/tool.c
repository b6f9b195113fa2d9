#include "resource/tool.h"

#include <string.h>

#include "api/call.h"
#include "resource/licence_install.h"
#include "store/licence.h"
#include "store/lock.h"
#include "store/usable_admin.h"

struct run {
	struct tool_order *order;
	const struct route *route;
	const struct operation *does;
	struct call *call;
	void *old, *row, *given; /* as read, as it is to be, as handed over */
};

static char *at(void *row, size_t offset)
{
	return (char *)row + offset;
}

/* --- the call ------------------------------------------------------------- */

/* One without a request: what a route's functions ask of it is there. */
static struct call *call_of(struct store *st, const struct config *config)
{
	struct call *call = arena_alloc(st->mem, sizeof(*call));
	struct request *rq = arena_alloc(st->mem, sizeof(*rq));

	memset(call, 0, sizeof(*call));
	memset(rq, 0, sizeof(*rq));
	rq->mem = st->mem;
	rq->prefix = "";
	call->rq = rq;
	call->st = st;
	call->config = config;
	call->asker.credential.kind = CREDENTIAL_TOOL;
	call->asker.ask.unknown = ERR_NO_RESOURCE;
	call->asker.fault = &rq->fault;
	return call;
}

/*
 * The fault of the call, or what there is to say of such an error; that of a
 * secret that could not be handed over stays.
 */
static enum err settle(struct call *call, enum err err, struct fault *fault)
{
	const struct fault *own = &call->rq->fault;

	if (err == ERR_UNCHANGED)
		return ERR_NONE;
	if (own->code == err)
		*fault = *own;
	else if (err && fault->code != err && err_info(err)->status < 500)
		(void)fault_set(fault, err, "%s", err_detail(err));
	return err;
}

static const struct route *find_route(const char *operation_id)
{
	for (size_t m = 0; modules[m] != NULL; m++) {
		const struct route *routes = modules[m]->routes;

		for (size_t i = 0; i < modules[m]->route_count; i++)
			if (routes[i].does != NULL &&
			    strcmp(routes[i].operation_id, operation_id) == 0)
				return &routes[i];
	}
	return NULL;
}

static enum err decode(struct run *run)
{
	const struct route *route = run->route;
	struct call *call = run->call;
	const char *text = run->order->body;
	struct json_source source = { text, text != NULL ? strlen(text) : 0 };
	struct fault *fault = &call->rq->fault;
	void *body;
	enum err err;

	if (text == NULL)
		return ERR_NONE;
	body = arena_alloc(call->rq->mem, route->body_size);
	memset(body, 0, route->body_size);
	if (route->body_default != NULL)
		memcpy(body, route->body_default, route->body_size);
	err = json_decode(call->rq->mem, source, route->body, body, fault);
	if (!err && run->does->complete != NULL)
		err = run->does->complete(call->rq->mem, source, body, fault);
	call->body = body;
	return err;
}

/* --- one attempt ---------------------------------------------------------- */

/* Of the path, which has one parameter at most. */
static void give(const struct run *run, struct given *given)
{
	const struct call *call = run->call;
	struct given_text *texts = arena_alloc(call->rq->mem, sizeof(*texts));
	const char *name = strchr(run->route->pattern, '{');

	*given = (struct given){ .texts = texts,
		.text_count = name != NULL,
		.after = NO_ID,
		.row = run->row,
		.old = run->old,
		.body = call->body,
		.caller = &call->asker.caller,
		.now = call->st->now,
		.over_until = licence_over_until(
		    &call->st->licence_days, call->st->now) };
	if (name != NULL)
		*texts = (struct given_text){ FROM_PATH, name + 1,
			run->order->named };
}

static enum err read(struct run *run)
{
	const struct operation *does = run->does;
	struct call *call = run->call;
	void *const into[STATEMENT_TABLES_MAX] = { run->old, NULL };
	struct db_value values[CALLER_VALUES_MAX];
	struct given given;
	enum err err;

	memset(run->old, 0, does->shape->size);
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	give(run, &given);
	values_fill(does->read, &given, values);
	err = caller_select(call->st, &call->asker, does->read, values, into);
	db_finish(call->st->db);
	if (!err && does->finish != NULL)
		does->finish(call, run->old);
	if (!err && does->insert == NULL &&
	    *at(run->old, does->shape->id) == '\0')
		err = fault_set(&call->rq->fault, ERR_NO_RESOURCE,
		    "there is nothing of that name any more");
	return err;
}

/* Who asks is not judged; what was shown counts, if all is done again. */
static enum err make(struct run *run)
{
	const struct operation *does = run->does;
	const struct shape *shape = does->shape;
	struct handover *handover = run->order->handover;
	int64_t version = 0;
	enum err err = ERR_NONE;

	if (handover != NULL && handover->is_done) {
		memcpy(run->row, run->given, shape->size);
		return ERR_NONE;
	}
	memcpy(run->row, run->old, shape->size);
	if (does->make != NULL)
		err = does->make(run->call, run->row);
	if (err || does->kind == OPERATION_REMOVE)
		return err;
	if (does->kind != OPERATION_CREATE) {
		if (memcmp(run->row, run->old, shape->size) == 0)
			return ERR_UNCHANGED;
		memcpy(&version, at(run->old, shape->version), sizeof(version));
	}
	version++;
	memcpy(at(run->row, shape->version), &version, sizeof(version));
	if (does->modified_at != 0)
		memcpy(at(run->row, does->modified_at), &run->call->st->now,
		    sizeof(int64_t));
	return ERR_NONE;
}

static const struct plan *plan_of(const struct run *run)
{
	const struct operation *does = run->does;

	if (does->choose_plan != NULL)
		return does->choose_plan(run->row);
	return does->write != NULL ? does->write : does->insert;
}

static enum err write_row(struct run *run)
{
	const struct operation *does = run->does;
	struct call *call = run->call;
	struct admin_guard guard = { .fault = &call->rq->fault,
		.is_forced = run->order->is_forced };
	bool is_guarded = does->guards != NULL &&
	    does->guards(call, run->old, run->row, &guard);
	struct given given;
	enum err err;

	give(run, &given);
	if (is_guarded && (err = usable_admin_before(call->st, &guard)))
		return err;
	err = plan_run(call->st, plan_of(run), &given);
	if (err && does->explain != NULL)
		err = does->explain(call, run->row, err);
	if (!err && is_guarded)
		err = usable_admin_after(call->st, &guard);
	return err;
}

static enum err body(struct store *st, void *context)
{
	struct run *run = context;
	bool is_current;
	enum err err;

	if ((err = lock_take(st, &run->call->asker, &is_current)) ||
	    (err = read(run)) || (err = make(run)))
		return err;
	run->order->row = run->row;
	err = write_row(run);
	if (err == ERR_STALE)
		return ERR_CONFLICT; /* it is done again */
	if (err || (err = handover_do(run->order->handover)))
		return err;
	memcpy(run->given, run->row, run->does->shape->size);
	return ERR_NONE;
}

/* --- run ------------------------------------------------------------------ */

static struct run *begin(struct store *st, struct tool_order *order)
{
	struct run *run = arena_alloc(st->mem, sizeof(*run));
	const struct route *route = find_route(order->operation_id);
	struct caller_ask *ask;
	size_t size;

	if (route == NULL)
		return NULL;
	size = route->does->shape->size;
	*run = (struct run){ order, route, route->does, call_of(st, NULL),
		arena_alloc(st->mem, size), arena_alloc(st->mem, size),
		arena_alloc(st->mem, size) };
	ask = &run->call->asker.ask;
	ask->scope = route->scope;
	ask->need = route->need;
	ask->target = order->named;
	ask->organization = order->organization;
	ask->project = order->project;
	return run;
}

enum err tool_run(
    struct store *st, struct tool_order *order, struct fault *fault)
{
	struct run *run = begin(st, order);
	enum err err;

	order->row = NULL;
	if (run == NULL)
		return fault_set(fault, ERR_INTERNAL, "%s is no operation",
		    order->operation_id);
	/* the first read says which organization is to be locked */
	if (!(err = decode(run)) && !(err = read(run)))
		err = store_transact(st, body, run);
	if (!err && order->row == NULL)
		order->row = run->old; /* it was so already */
	return settle(run->call, err, fault);
}

const char *tool_id(const struct tool_order *order)
{
	const struct route *route = find_route(order->operation_id);

	return (const char *)order->row + route->does->shape->id;
}

const char *tool_text(const struct tool_order *order, const char *member)
{
	const struct route *route = find_route(order->operation_id);
	const struct field_table *beside = route->does->shape->beside;

	for (size_t i = 0; beside != NULL && i < beside->count; i++)
		if (strcmp(beside->rows[i].member, member) == 0)
			return (const char *)order->row +
			    beside->rows[i].offset;
	return NULL;
}

/* --- what is a function of its own ---------------------------------------- */

enum err tool_create_organization(struct store *st, const struct config *config,
    const struct tool_creation *creation, struct fault *fault)
{
	struct call *call = call_of(st, config);
	struct organization_create *in = creation->in;
	struct licence licence = { .id = "" };
	enum err err;

	call->asker.ask.scope = SCOPE_SELF;
	in->licence = &licence;
	err = organization_plan(st, &call->asker, in);
	if (!err)
		err = licence_issued(call, creation->licence_type,
		    in->organization.id, &licence);
	memcpy(call->asker.caller.user_id, creation->user_id, ULID_SIZE);
	if (!err)
		err = organization_create(st, &call->asker, in);
	in->licence = NULL; /* it ends here */
	return settle(call, err, fault);
}

enum err tool_install_licence(struct store *st, const struct config *config,
    const char *organization_id, const char *key, struct fault *fault)
{
	struct call *call = call_of(st, config);
	struct caller_ask *ask = &call->asker.ask;
	struct licence licence = { .id = "" };
	struct licence_use use = { 0 };
	enum err err;

	ask->scope = SCOPE_NAMED;
	ask->need = NEED_ADMIN;
	ask->target = organization_id;
	if (!(err = licence_given(call, key, organization_id, &licence)) &&
	    !(err = caller_find(st, &call->asker)))
		err = licence_install(st, &call->asker, &licence, &use, false);
	return settle(call, err, fault);
}
