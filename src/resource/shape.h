/*
 * A row as a struct, what answers call it, and what the description of the API
 * shows of it.  Knows no statement and no route.
 */
#ifndef TENANTRY_RESOURCE_SHAPE_H
#define TENANTRY_RESOURCE_SHAPE_H

#include "model/example.h"
#include "model/resource.h"

/* Rows beside it, of the second table of its read. */
struct nested {
	const char *member;
	const struct field_table *table;
	size_t size;
	size_t id; /* offset of char[ULID_SIZE]; empty: there is none */
	const char *schema, *says; /* in the description */
	const void *example;       /* one row */
	/*
	 * A list within each, of columns of the same rows: rows of one id are
	 * one, and lie side by side.  NULL: none.
	 */
	const struct nested *inner;
};

/* A row as a struct, and what answers call it. */
struct shape {
	const struct resource *resource; /* its JSON and its columns */
	/* {"one": {}}, {"many": [{}]}; no `one`: `beside` and `nested` alone */
	const char *one, *many;
	const char *within; /* {"within": [{"one": {}}]}; NULL: alone */
	size_t size;
	size_t id;      /* offset of char[ULID_SIZE]; empty: there is no row */
	size_t version; /* offset of int64_t */
	size_t text;    /* offset of a long text that ends the row; 0: none */
	char kind;      /* letter of the entity tags; 0: an organization */
	const struct field_table *beside; /* members beside `one`, or NULL */
	const struct nested *nested;      /* or NULL */
	/* for the description */
	const void *examples; /* rows */
	size_t example_count;
	/* of {"one": {}}: its name (NULL: `One` and the kind), what it is */
	const char *schema, *says;
	const struct domain *one_is; /* if `one` is not always of its kind */
};

#define EXAMPLES(struct_, ...) \
	.examples = (const struct_[]){ __VA_ARGS__ }, \
	.example_count = sizeof((const struct_[]){ __VA_ARGS__ }) / \
	    sizeof(struct_)

#define SHAPE_OF(struct_) \
	.size = sizeof(struct_), .id = offsetof(struct_, id), \
	.version = offsetof(struct_, version)

#endif
