/*
 * A user of an organization as a row, and the bodies that change it.
 */
#ifndef TENANTRY_RESOURCE_MEMBER_H
#define TENANTRY_RESOURCE_MEMBER_H

#include "resource/module.h"

struct member {
	struct user user;
	int64_t version; /* of the binding */
	int64_t since;
	/* of the one who is to be an admin in place of a person who leaves */
	char successor_role[ROLE_SIZE];
	char detail[60]; /* of the audit trail */
};

struct member_project {
	char id[ULID_SIZE];
	char role[ROLE_SIZE];
	char effective_role[ROLE_SIZE];
};

struct member_change {
	const char *role;
};

struct leave_body {
	const char *successor; /* NULL: none */
};

extern const struct resource member_resource;
extern const struct field_table member_project_table, member_change_table,
    member_leave_table;
/* The projects of a member, beside a row that begins with one. */
extern const struct nested member_projects;
/* As it is changed; as it is read, with the projects. */
extern const struct shape member_shape, member_shape_of_get;

/* What is written: another role, out by an admin, out by oneself. */
extern const struct plan member_role_plan, member_remove_plan,
    member_leave_plan;
/* What goes with a member. */
extern const struct statement member_count_roles, member_lost_keys;

#endif
