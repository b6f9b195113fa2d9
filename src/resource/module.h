/*
 * How a resource is declared: what its rows are made of, the operations on it,
 * its routes and statements.  serve/operation.c carries the operations out; a
 * resource has functions of its own only for what no table can say.
 */
#ifndef TENANTRY_RESOURCE_MODULE_H
#define TENANTRY_RESOURCE_MODULE_H

#include "edge/json.h"
#include "http/describe.h"
#include "http/query.h"
#include "http/route.h"
#include "resource/shape.h"
#include "store/plan.h"
#include "store/values.h"

struct admin_guard;

/* What goes with a row that is removed: counted for a dry run. */
struct loss {
	const char *member;            /* of wouldRemove */
	const struct statement *count; /* AS value; NULL: the row itself, 1 */
	bool is_for_system_admins;     /* it tells of other tenants */
};
#define LOSSES(...) \
	.losses = (const struct loss[]){ __VA_ARGS__ }, \
	.loss_count = sizeof((const struct loss[]){ __VA_ARGS__ }) / \
	    sizeof(struct loss)
/* The API keys that go with it: id, hint and description in this order. */
extern const struct field_table lost_key_table;

enum operation_kind {
	OPERATION_LIST,   /* 200 with all rows, or with a page of them */
	OPERATION_GET,    /* 200 with one row and its ETag */
	OPERATION_CREATE, /* 201 with the row */
	OPERATION_CHANGE, /* 200 with the row and its ETag */
	OPERATION_PUT,    /* 200 as a change, or 201 where there was no row */
	OPERATION_REMOVE  /* 204, also where it is gone already */
};

/*
 * What an operation reads, what it writes, and what no table can say.  A write
 * reads the row, judges it and makes another row of it; its plan writes that.
 */
struct operation {
	enum operation_kind kind;
	const struct shape *shape;
	const struct statement *read; /* a caller's; first table: the shape's */
	const struct statement *time_of; /* a list by time: by its row's id */
	/* a list: another statement for this request, or NULL: `read` */
	const struct statement *(*choose)(const struct call *call);
	/* what of a body its table cannot say; `body`: as it is decoded */
	enum err (*complete)(struct arena *mem, struct json_source source,
	    void *body, struct fault *fault);
	/* another operation for this caller and body, or NULL: this one */
	const struct operation *(*instead)(struct call *call);
	const struct plan *write; /* of a row that is there */
	/* or one that depends on the row as it is to be; NULL: `write` */
	const struct plan *(*choose_plan)(const void *row);
	const struct plan *insert; /* of one that is not */
	/* Adds to a row that was read what C computes, for this caller. */
	void (*finish)(const struct call *call, void *row);
	/* of what is created; {name}: of the path, {}: id */
	const char *location;
	int status; /* of what is created, 0: 201; of a change also 204 */
	/* Why this caller may not; of a list by its first row, if empty too. */
	enum err (*judge)(struct call *call, const void *row);
	/* The row as the body wants it; it comes as it was read. */
	enum err (*make)(struct call *call, void *row);
	/* Says more of what a plan has refused, in its transaction; or NULL. */
	enum err (*explain)(struct call *call, const void *row, enum err err);
	/* Whether the write may take away the last usable admin of these. */
	bool (*guards)(const struct call *call, const void *old,
	    const void *row, struct admin_guard *guard);
	size_t modified_at; /* offset of int64_t; 0: none */
	/* whether the trail tells that the caller could have removed it */
	const struct statement *removed;
	const struct loss *losses; /* a removal: what goes with the row */
	size_t loss_count;
	const struct statement *lost_keys; /* of lost_key_table, or NULL */
	/* a write that shows the row: how a replay reads it */
	const struct operation *seen;
	/* that GET: the parameter of the path that is the row's id; NULL: id */
	const char *named;
	enum need need; /* what the caller must be to be shown it so */
};

struct module {
	const struct route *routes;
	size_t route_count;
	const struct statement *const *statements; /* ends with NULL */
};

#define ROUTES(array_) \
	.routes = (array_), .route_count = sizeof(array_) / sizeof((array_)[0])

/* limit, after, q; and state; dryRun, of removals and licence changes. */
extern const struct query_table page_query, organization_query, dry_run_query;

/* What the description says of a `q` that asks for addresses. */
#define QUERY_ADDRESS \
	.component = "AddressBegin", .example = "ada@", \
	.says = "Only those whose e-mail address begins so. Upper and lower" \
		" case are the same."

/* All; ends with NULL (resource/all.c). */
extern const struct module *const modules[];

/*
 * In the arena, lists end with NULL: the routes; the paths of these and of some
 * to come, of which no segment is a slug; the statements, also of the store.
 */
struct route_table modules_routes(struct arena *mem);
const char *const *modules_reserved(
    struct arena *mem, const struct route_table *routes);
const struct statement *const *modules_statements(struct arena *mem);

#endif
