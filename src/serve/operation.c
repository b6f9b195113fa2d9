#include "serve/operation.h"

#include <string.h>

#include "http/list.h"
#include "resource/module.h"
#include "serve/page.h"
#include "store/read.h"
#include "store/values.h"

static const char *id_of(const struct shape *shape, const void *row)
{
	return (const char *)row + shape->id;
}

static int64_t version_of(const struct shape *shape, const void *row)
{
	int64_t version;

	memcpy(&version, (const char *)row + shape->version, sizeof(version));
	return version;
}

/* What the request says, for the values of a statement. */
static void give(const struct call *call, struct given *given)
{
	const struct route_match *match = call->match;
	const struct query_table *table = call->query.table;

	for (size_t i = 0; i < match->parameter_count; i++)
		given->texts[given->text_count++] = (struct given_text){
			FROM_PATH, match->parameters[i].name,
			match->parameters[i].value
		};
	for (size_t i = 0; i < table->count; i++)
		given->texts[given->text_count++] = (struct given_text){
			FROM_QUERY, table->rows[i].name, call->query.values[i]
		};
}

/* --- get ------------------------------------------------------------------ */

static enum err get(
    struct call *call, const struct operation *does, struct response *rs)
{
	const struct shape *shape = does->shape;
	void *row = arena_alloc(call->rq->mem, shape->size);
	void *const into[STATEMENT_TABLES_MAX] = { row, NULL };
	struct db_value values[CALLER_VALUES_MAX];
	struct given given = { .after = NO_ID };
	enum err err;

	give(call, &given);
	values_fill(does->read, &given, values);
	err = caller_select(call->st, &call->asker, does->read, values, into);
	db_finish(call->st->db);
	if (err)
		return err;
	if (id_of(shape, row)[0] == '\0')
		return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE,
		    CAUSE_MEMBERSHIP,
		    "there is nothing of that id for this credential");
	return respond_resource(
	    rs, shape->one, shape->resource, row, version_of(shape, row));
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

/* One row more than the page has tells whether there is a next page. */
static enum err read(struct listing *l)
{
	const struct operation *does = l->route->does;
	struct db_value values[CALLER_VALUES_MAX];
	struct given given = {
		.after = l->page.after[0] ? l->page.after : NO_ID,
		.limit = l->page.limit > 0 ? l->page.limit + 1 : INT64_MAX,
	};
	struct read read = { { l->row, NULL }, id_of(l->shape, l->row),
		values };

	give(l->call, &given);
	values_fill(does->read, &given, values);
	return read_rows(
	    l->call->st, &l->call->asker, does->read, &read, &l->rows);
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

/* Is read whole, since the link to the next one goes before its rows. */
static enum err send_page(struct listing *l)
{
	size_t size = l->shape->size, most = (size_t)l->page.limit, count = 0;
	char *rows = arena_alloc(l->call->rq->mem, most * size);
	bool more = true;
	enum err err = ERR_NONE;

	while (!(err = l->rows.next(&l->rows, &more)) && more && count < most)
		memcpy(rows + count++ * size, l->row, size);
	db_finish(l->call->st->db);
	if (err)
		return err;
	if (more)
		page_link(l->call, l->route, l->list.rs,
		    id_of(l->shape, rows + (count - 1) * size));
	list_open(&l->list);
	for (size_t i = 0; i < count; i++)
		list_put(&l->list, rows + i * size);
	return list_close(&l->list);
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
	l->list = (struct list){ rs, shape->resource, shape->many,
		accept_best(call->rq, LIST_KINDS) };
	page_begin(call, &l->page);
	if ((err = read(l)) || (err = page_check(call, route, &l->page)) ||
	    (err = response_precondition(rs, NULL)) || rs->status == 304)
		return err;
	return l->page.limit > 0 ? send_page(l) : send_all(l);
}

enum err operation_run(
    struct call *call, const struct route *route, struct response *rs)
{
	switch (route->does->kind) {
	case OPERATION_LIST:
		return list(call, route, rs);
	case OPERATION_GET:
		break;
	}
	return get(call, route->does, rs);
}
