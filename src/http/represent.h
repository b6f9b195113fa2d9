/*
 * What an answer shows of the model: resources, lists of them, findings.  Knows
 * the fields' tables, not how an answer is sent.
 */
#ifndef TENANTRY_HTTP_REPRESENT_H
#define TENANTRY_HTTP_REPRESENT_H

#include "http/response.h"
#include "model/finding.h"
#include "model/resource.h"

/* {"state":…,"checks":[{"check":…,"state":…,"detail":…,"remedy":…}, …]} */
enum err respond_findings(struct response *rs, const struct findings *findings);

/* One resource as a value of the JSON that is being written. */
void represent_resource(
    struct response *rs, const struct resource *resource, const void *row);

/* What of such a row is a list within it: rows of one id are one. */
struct represent_inner {
	const char *member;
	const struct field_table *table;
	size_t outer_id, id; /* offsets; an empty id: it has none */
};

/* Rows that belong to a resource, as a list beside it. */
struct represent_nested {
	const char *member;
	const struct field_table *table;
	const char *rows; /* one behind the other */
	size_t size, count;
	struct represent_inner inner; /* without a member: none */
};

/* {"<member>": resource, and what stands beside it} */
struct representation {
	const char *member; /* NULL: only what stands beside it */
	const char *within; /* the member with a list of this alone, or NULL */
	const struct resource *resource;
	const void *row; /* NULL: it is not shown, nor what stands beside it */
	const struct field_table *beside;      /* members of the row, or NULL */
	const struct represent_nested *nested; /* or NULL */
	char kind;       /* the letter of its entity tag, or 0 */
	int64_t version; /* 0: the answer has no entity tag */
};

/* All of it as a value of the JSON that is being written. */
void represent_all(struct response *rs, const struct representation *of);

/*
 * The resource with this status and a strong ETag, and `location` (below the
 * prefix) where it is not NULL.  A GET is 304 where If-None-Match has the tag.
 */
enum err respond_resource(struct response *rs, int status, const char *location,
    const struct representation *representation);

/* One or two resources, with status, and Location where it is not NULL. */
struct response_part {
	const char *member;
	const struct resource *resource;
	const void *row; /* NULL: it is not shown */
};
enum err respond_created(struct response *rs, int status, const char *location,
    const struct response_part *parts, size_t count);

#endif
