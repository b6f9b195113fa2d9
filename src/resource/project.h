/*
 * What the files of projects share, and of organizations with them.
 */
#ifndef TENANTRY_RESOURCE_PROJECT_H
#define TENANTRY_RESOURCE_PROJECT_H

#include "resource/module.h"

/* How a project looks; what follows is the members of a struct shape. */
#define PROJECT_SHAPE \
	.resource = &project_resource, .one = "account", .many = "accounts", \
	SHAPE_OF(struct project), .text = offsetof(struct project, labels), \
	.kind = 'p', \
	EXAMPLES(struct project, EXAMPLE_PRODUCTION, EXAMPLE_STAGING)

/* Reads that of the path, for its members. */
extern const struct operation project_get;

#endif
