/*
 * A list of resources as an answer: JSON, a JSON value a line, or CSV.  Holds
 * one row at a time.
 */
#ifndef TENANTRY_HTTP_LIST_H
#define TENANTRY_HTTP_LIST_H

#include "http/accept.h"
#include "http/represent.h"

/* What a list is offered as, besides JSON. */
#define LIST_KINDS (ACCEPT_BIT(ACCEPT_NDJSON) | ACCEPT_BIT(ACCEPT_CSV))

struct list {
	struct response *rs;
	const struct resource *resource; /* of each row */
	const char *member;              /* in JSON: {"member": [ … ]} */
	enum accept_kind kind;           /* of LIST_KINDS, or ACCEPT_JSON */
	/* of rows that have two resources; else NULL */
	const struct resource *beside;
	const char *as, *beside_as; /* where each stands in the JSON of a row */
};

/* 200, the content type, and what stands before the first row. */
void list_open(struct list *list);
void list_put(struct list *list, const void *row);
/* A line of CSV with both resources; `beside` NULL: its cells are empty. */
void list_line(struct list *list, const void *row, const void *beside);
/* What stands behind the last row; the first error of writing. */
enum err list_close(struct list *list);

#endif
