#include "serve/operation.h"

#include <string.h>

#include "http/list.h"
#include "serve/change.h"
#include "serve/page.h"
#include "store/read.h"
#include "store/values.h"

static const char *id_of(const struct shape *shape, const void *row)
{
	return (const char *)row + shape->id;
}

/* What the request says, for the values of a statement. */
void operation_give(const struct call *call, struct given *given)
{
	const struct route_match *match = call->match;
	const struct query_table *table = call->query.table;
	size_t count = match->parameter_count + (table ? table->count : 0);
	struct given_text *texts = arena_alloc(
	    call->rq->mem, (count + 1) * sizeof(*texts));

	given->texts = texts;
	given->after = NO_ID;
	given->body = call->body;
	given->caller = &call->asker.caller;
	given->now = call->st->now;
	given->over_until = licence_over_until(
	    &call->st->licence_days, call->st->now);
	for (size_t i = 0; i < match->parameter_count; i++)
		texts[given->text_count++] = (struct given_text){ FROM_PATH,
			match->parameters[i].name, match->parameters[i].value };
	for (size_t i = 0; table != NULL && i < table->count; i++)
		texts[given->text_count++] = (struct given_text){ FROM_QUERY,
			table->rows[i].name, call->query.values[i] };
}

/* --- one row -------------------------------------------------------------- */

struct represent_inner operation_inner(const struct nested *nested)
{
	const struct nested *inner = nested->inner;

	if (inner == NULL)
		return (struct represent_inner){ .member = NULL };
	return (struct represent_inner){ inner->member, inner->table,
		nested->id, inner->id };
}

/* The rows beside it, as long as there are any. */
static enum err read_nested(
    struct call *call, const struct nested *nested, void *row, struct one *one)
{
	size_t room = 0;
	char *rows = NULL;
	bool more = true;
	enum err err = ERR_NONE;

	one->nested = (struct represent_nested){ .member = nested->member,
		.table = nested->table,
		.size = nested->size,
		.inner = operation_inner(nested) };
	while (more && ((const char *)row)[nested->id] != '\0') {
		if (one->nested.count == room) {
			char *wider = arena_alloc(
			    call->rq->mem, (room + 8) * 2 * nested->size);

			if (room > 0)
				memcpy(wider, rows, room * nested->size);
			room = (room + 8) * 2;
			rows = wider;
		}
		memcpy(rows + one->nested.count++ * nested->size, row,
		    nested->size);
		memset(row, 0, nested->size);
		if ((err = db_next(call->st->db, &more)))
			return err;
	}
	one->nested.rows = rows;
	return err;
}

static enum err read_one(
    struct call *call, const struct operation *does, struct one *one)
{
	const struct shape *shape = does->shape;
	const struct nested *nested = shape->nested;
	void *beside = nested ? arena_alloc(call->rq->mem, nested->size) : NULL;
	void *const into[STATEMENT_TABLES_MAX] = { one->row, beside };
	struct db_value values[CALLER_VALUES_MAX];
	struct given given = { .limit = 0 };
	enum err err;

	memset(one->row, 0, shape->size);
	operation_give(call, &given);
	values_fill(does->read, &given, values);
	err = caller_select(call->st, &call->asker, does->read, values, into);
	if (!err && does->finish != NULL)
		does->finish(call, one->row);
	if (!err && nested != NULL)
		err = read_nested(call, nested, beside, one);
	db_finish(call->st->db);
	return err;
}

static enum err absent(struct call *call)
{
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_MEMBERSHIP,
	    "there is nothing of that id for this credential");
}

enum err operation_find(
    struct call *call, const struct operation *does, struct one *one)
{
	enum err err = read_one(call, does, one);

	if (!err && does->judge != NULL)
		err = does->judge(call, one->row);
	if (!err && does->insert == NULL &&
	    id_of(does->shape, one->row)[0] == '\0')
		err = absent(call);
	return err;
}

const char *operation_id_name(const struct operation *does)
{
	return does->named != NULL ? does->named : "id";
}

/* The path with this id as the parameter `name`. */
static const struct route_match *match_of_id(
    struct call *call, const char *name, const char *id)
{
	struct route_match *match = arena_alloc(call->rq->mem, sizeof(*match));
	size_t at = 0, length = strlen(name);

	*match = *call->match;
	while (at < match->parameter_count &&
	    (strncmp(match->parameters[at].name, name, length) != 0 ||
		match->parameters[at].name[length] != '}'))
		at++;
	match->parameters[at] = (struct route_parameter){
		arena_print(call->rq->mem, "%s}", name), id
	};
	if (at == match->parameter_count)
		match->parameter_count++;
	return match;
}

enum err operation_find_again(struct call *call, const struct operation *seen,
    const char *id, struct one *one, bool *is_shown)
{
	struct caller_ask *ask = &call->asker.ask;
	struct fault *fault = &call->rq->fault, before = *fault;
	enum err err;

	if (id != NULL)
		call->match = match_of_id(call, operation_id_name(seen), id);
	ask->scope = seen->read->scope;
	ask->need = seen->need;
	ask->manages = false; /* it is only read */
	ask->steps_up = false;
	ask->unknown = ERR_NO_RESOURCE;
	ask->target = route_value(call->match, "id");
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	one->row = arena_alloc(call->rq->mem, seen->shape->size);
	err = operation_find(call, seen, one);
	*is_shown = err == ERR_NONE;
	if (err == ERR_NONE || err == ERR_UNAUTHENTICATED ||
	    err_info(err)->status >= 500)
		return err;
	*fault = before;
	return ERR_NONE;
}

enum err operation_refusal(struct call *call, const struct route *route)
{
	const struct operation *does = route->does;
	struct one one;

	/* a list has no row, and what is created none yet */
	if (does == NULL || does->kind == OPERATION_LIST ||
	    (does->judge == NULL && does->insert != NULL))
		return ERR_NONE;
	one.row = arena_alloc(call->rq->mem, does->shape->size);
	return operation_find(call, does, &one);
}

const char *operation_location(
    struct call *call, const struct operation *does, const char *id)
{
	struct arena *mem = call->rq->mem;
	const char *from = does->location, *path = "";

	if (from == NULL)
		return NULL;
	while (*from != '\0') {
		size_t bare = strcspn(from, "{");
		size_t name = strcspn(from + bare, "}");
		const char *value = "";

		if (name == 1)
			value = id;
		else if (name > 1)
			value = route_value(call->match,
			    arena_copy(mem, from + bare + 1, name - 1));
		path = arena_print(
		    mem, "%s%.*s%s", path, (int)bare, from, value);
		from += bare + name;
		from += *from == '}';
	}
	return path;
}

struct representation operation_represent(
    const struct shape *shape, const struct one *one)
{
	struct representation of = {
		.member = shape->one,
		.within = shape->within,
		.resource = shape->resource,
		.row = one->row,
		.beside = shape->beside,
		.nested = shape->nested ? &one->nested : NULL,
		.kind = shape->kind,
	};

	memcpy(&of.version, (const char *)one->row + shape->version,
	    sizeof(of.version));
	return of;
}

static enum err get(
    struct call *call, const struct operation *does, struct response *rs)
{
	const struct shape *shape = does->shape;
	struct one one = { .row = arena_alloc(call->rq->mem, shape->size) };
	struct representation of;
	enum err err;

	if ((err = operation_find(call, does, &one)))
		return err;
	of = operation_represent(shape, &one);
	return respond_resource(rs, 200, NULL, &of);
}

/* --- list ----------------------------------------------------------------- */

struct listing {
	struct call *call;
	const struct route *route;
	const struct shape *shape;
	void *row; /* that is read next */
	struct rows rows;
	struct page page;
	struct list list; /* the answer */
};

/* A list by time begins at that of the cursor's row, if that is still there. */
static enum err find_time(struct listing *l, struct given *given)
{
	struct store *st = l->call->st;
	const struct statement *time_of = l->route->does->time_of;
	const struct db_value values[] = { db_text(l->page.after),
		db_text(l->call->asker.caller.organization_id) };
	struct statement_word *at;
	bool found = false;
	enum err err;

	if (time_of == NULL || l->page.after[0] == '\0')
		return ERR_NONE;
	at = arena_alloc(st->mem, sizeof(*at));
	err = store_find(st, time_of, values, at, &found);
	given->after_at = found ? at->value : NULL;
	return err;
}

/* One row more than the page has tells whether there is a next page. */
static enum err read(struct listing *l)
{
	const struct operation *does = l->route->does;
	const struct statement *statement = NULL;
	struct db_value values[CALLER_VALUES_MAX];
	struct given given = { .limit = INT64_MAX };
	struct read read = { { l->row, NULL }, id_of(l->shape, l->row),
		values };
	enum err err = find_time(l, &given);

	if (err)
		return err;
	operation_give(l->call, &given);
	if (l->page.after[0] != '\0')
		given.after = l->page.after;
	if (l->page.of[0] != '\0')
		given.after_of = l->page.of;
	given.after_in = l->page.in;
	if (l->page.limit > 0)
		given.limit = l->page.limit + 1;
	if (does->choose != NULL)
		statement = does->choose(l->call);
	if (statement == NULL)
		statement = does->read;
	if (given.after_of != NULL && statement->next_page != NULL)
		statement = statement->next_page;
	values_fill(statement, &given, values);
	if (statement->scope == SCOPE_PUBLIC)
		return read_known(l->call->st, statement, &read, &l->rows);
	return read_rows(
	    l->call->st, &l->call->asker, statement, &read, &l->rows);
}

/*
 * Goes out while it is read.  It stops when its client has gone; HEAD needs no
 * more of it than the status, which is out when the buffer was full.
 */
static enum err send_all(struct listing *l)
{
	struct response *rs = l->list.rs;
	bool more = true;
	enum err err = ERR_NONE;

	list_open(&l->list);
	while (rs->json.failed == ERR_NONE &&
	    !(rs->rq->is_head && rs->is_started) &&
	    !(err = l->rows.next(&l->rows, &more)) && more)
		list_put(&l->list, l->row);
	return err ? err : list_close(&l->list);
}

/* As long as it is: most rows are far shorter than one may be. */
static void *copy_row(struct arena *mem, const struct listing *l)
{
	size_t size = l->shape->size, text = l->shape->text;
	void *copy;

	if (text != 0)
		size = text + strlen((const char *)l->row + text) + 1;
	copy = arena_alloc(mem, size);
	memcpy(copy, l->row, size);
	return copy;
}

/* Is read whole, since the link to the next one goes before its rows. */
static enum err send_page(struct listing *l)
{
	struct arena *mem = l->call->rq->mem;
	size_t most = (size_t)l->page.limit, count = 0;
	void **rows = arena_alloc(mem, most * sizeof(*rows));
	bool more = true;
	enum err err = ERR_NONE;

	while (!(err = l->rows.next(&l->rows, &more)) && more && count < most)
		rows[count++] = copy_row(mem, l);
	db_finish(l->call->st->db);
	if (err)
		return err;
	if (more)
		page_link(l->call, l->route, l->list.rs,
		    id_of(l->shape, rows[count - 1]));
	list_open(&l->list);
	for (size_t i = 0; i < count; i++)
		list_put(&l->list, rows[i]);
	return list_close(&l->list);
}

static enum err may_list(struct listing *l)
{
	const struct operation *does = l->route->does;

	return does->judge != NULL ? does->judge(l->call, l->row) : ERR_NONE;
}

static enum err list(
    struct call *call, const struct route *route, struct response *rs)
{
	const struct shape *shape = route->does->shape;
	struct listing *l = arena_alloc(call->rq->mem, sizeof(*l));
	enum err err;

	l->call = call;
	l->route = route;
	l->shape = shape;
	l->row = arena_alloc(call->rq->mem, shape->size);
	l->list = (struct list){
		.rs = rs,
		.resource = shape->resource,
		.member = shape->many,
		.kind = accept_best(call->rq, LIST_KINDS),
	};
	page_begin(call, &l->page);
	if ((err = read(l)) || (err = may_list(l)) ||
	    (err = page_check(call, route, &l->page)) ||
	    (err = response_precondition(rs, NULL)) || rs->status == 304)
		return err;
	return l->page.limit > 0 ? send_page(l) : send_all(l);
}

/* The same route with another operation, if the resource chooses one. */
static const struct route *route_for(
    struct call *call, const struct route *route)
{
	const struct operation *other = NULL;
	struct route *row;

	if (route->does->instead != NULL)
		other = route->does->instead(call);
	if (other == NULL)
		return route;
	row = arena_alloc(call->rq->mem, sizeof(*row));
	*row = *route;
	row->does = other;
	return row;
}

enum err operation_carry_out(
    struct call *call, const struct route *route, struct response *rs)
{
	if (route->does == NULL)
		return route->handle(call, rs);
	route = route_for(call, route);
	switch (route->does->kind) {
	case OPERATION_LIST:
		return list(call, route, rs);
	case OPERATION_GET:
		return get(call, route->does, rs);
	case OPERATION_CREATE:
	case OPERATION_CHANGE:
	case OPERATION_PUT:
	case OPERATION_REMOVE:
		break;
	}
	return change_run(call, route, rs);
}
