/*
 * What an answer shows of the model: resources, lists of them, findings.  Knows
 * the fields' tables, not how an answer is sent.
 */
#ifndef TENANTRY_HTTP_REPRESENT_H
#define TENANTRY_HTTP_REPRESENT_H

#include "base/rows.h"
#include "http/response.h"
#include "model/finding.h"
#include "model/resource.h"

/* {"state":…,"checks":[{"check":…,"state":…,"detail":…,"remedy":…}, …]} */
enum err respond_findings(struct response *rs, const struct findings *findings);

/* One resource as a value of the JSON that is being written. */
void represent_resource(
    struct response *rs, const struct resource *resource, const void *row);

/* {"<member>": resource} with a strong ETag; 304 where If-None-Match has it. */
enum err respond_resource(struct response *rs, const char *member,
    const struct resource *resource, const void *row, int64_t version);

/* One or two new resources, with status and Location (below the prefix). */
struct response_part {
	const char *member;
	const struct resource *resource;
	const void *row;
};
enum err respond_created(struct response *rs, int status, const char *location,
    const struct response_part *parts, size_t count);

/* {"organizations":[{"organization":…,"accounts":[…]}, …]} */
enum err respond_tree(
    struct response *rs, const struct tree_row *row, struct rows *rows);

#endif
