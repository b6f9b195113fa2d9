/*
 * How a resource is declared: what its rows are made of, the operations on it,
 * its routes and statements.  serve/operation.c carries the operations out; a
 * resource has functions of its own only for what no table can say.
 */
#ifndef TENANTRY_RESOURCE_MODULE_H
#define TENANTRY_RESOURCE_MODULE_H

#include "http/query.h"
#include "http/route.h"
#include "model/resource.h"
#include "store/values.h"

/* A row as a struct, and what answers call it. */
struct shape {
	const struct resource *resource; /* its JSON and its columns */
	const char *one, *many;          /* {"one": {}}, {"many": [{}]} */
	size_t size;
	size_t id;      /* offset of char[ULID_SIZE]; empty: there is no row */
	size_t version; /* offset of int64_t */
};

#define SHAPE_OF(struct_) \
	.size = sizeof(struct_), .id = offsetof(struct_, id), \
	.version = offsetof(struct_, version)

enum operation_kind {
	OPERATION_LIST, /* 200 with all rows, or with a page of them */
	OPERATION_GET   /* 200 with one row and its ETag */
};

struct operation {
	enum operation_kind kind;
	const struct shape *shape;
	const struct statement *read; /* a caller's, one table: the shape's */
};

struct module {
	const struct route *routes;
	size_t route_count;
	/* ends with NULL */
	const struct statement *const *statements;
};

#define ROUTES(array_) \
	.routes = (array_), .route_count = sizeof(array_) / sizeof((array_)[0])

/* The query of a list that has names: limit, after, q. */
extern const struct query_table page_query;

/* All of them; ends with NULL (resource/all.c). */
extern const struct module *const modules[];

/* The rows of all modules, in the arena. */
struct route_table modules_routes(struct arena *mem);

/* The statements of all modules and of the store, in the arena; ends with NULL.
 */
const struct statement *const *modules_statements(struct arena *mem);

#endif
