/*
 * A user of a project as a row: what is read of one.
 */
#ifndef TENANTRY_RESOURCE_PROJECT_MEMBER_H
#define TENANTRY_RESOURCE_PROJECT_MEMBER_H

#include "resource/module.h"
#include "store/columns.h"

struct project_member {
	struct user user;
	char effective_role[ROLE_SIZE];
	char organization_role[ROLE_SIZE];
	char bound_id[ULID_SIZE]; /* the user's; empty: not in the project */
	int64_t version;          /* of the binding */
	char detail[60];          /* of the audit trail */
};

/* Of `mb`, the binding to the organization, and `pb`, that to the project. */
#define PROJECT_MEMBER_COLUMNS \
	USER_COLUMNS \
	", pb.role, IF(mb.role = 'admin', 'admin', pb.role)" \
	" AS effective_role, mb.role AS member_role," \
	" pb.user_id AS bound_id, pb.version AS binding_version"

extern const struct resource project_member_resource;

#endif
