/*
 * The handlers, and the bodies they are given decoded.
 */
#ifndef TENANTRY_API_HANDLERS_H
#define TENANTRY_API_HANDLERS_H

#include "api/call.h"
#include "model/label.h"
#include "model/name.h"

struct project_body {
	struct name name;
	char labels[LABELS_SIZE]; /* empty: none */
};

enum err projects_create(struct call *call, struct response *rs);

#endif
