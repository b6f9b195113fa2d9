/*
 * The members and columns of a user of an organization.
 */
#include "resource/member.h"

static const struct field member_fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	RESOURCE_FIELD(struct user, "role", "role", FIELD_TEXT, PART_SPEC,
	    FIELD_OMIT_EMPTY, role, &domain_project_role, NULL),
	{ .column = "binding_version",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct member, version) },
	{ .column = "since",
	    .type = FIELD_TIME,
	    FIELD_AT(struct member, since) },
	{ .column = "successor_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member, successor_role) },
};
const struct resource member_resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(member_fields),
};

static const struct field beside_fields[] = {
	{ .member = "role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member, user.role),
	    .domain = &domain_organization_role,
	    .says = "The role in the organization." },
	{ .member = "since",
	    .type = FIELD_TIME,
	    FIELD_AT(struct member, since),
	    .says = "When the user became a member." },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

static const struct field project_fields[] = {
	{ .member = "id",
	    .column = "project_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, id),
	    .domain = &domain_id },
	{ .member = "role",
	    .column = "project_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, role),
	    .domain = &domain_project_role,
	    .says = "The role in the project." },
	{ .member = "effectiveRole",
	    .column = "effective_role",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct member_project, effective_role),
	    .domain = &domain_project_role,
	    .says = "The role that counts: `admin` for an admin of the"
		    " organization." },
};
const struct field_table member_project_table = FIELD_TABLE(project_fields);
const struct nested member_projects = {
	.member = "projects",
	.table = &member_project_table,
	.size = sizeof(struct member_project),
	.id = offsetof(struct member_project, id),
	.schema = "ProjectRole",
	.says = "The projects of the organization that the member is bound to.",
	.example = &(const struct member_project){ "01JD8C2W6HZ0B5QK9MTXV3RN4F",
	    "viewer", "viewer" },
};

#define SHAPE \
	.resource = &member_resource, .one = "user", \
	.size = sizeof(struct member), .id = offsetof(struct member, user.id), \
	.version = offsetof(struct member, version), .kind = 'm', \
	EXAMPLES(struct member, \
	    { .user = EXAMPLE_BOB("user"), .since = EXAMPLE_TIME })

const struct shape member_shape = { SHAPE };
const struct shape member_shape_of_get = {
	SHAPE,
	.beside = &beside,
	.nested = &member_projects,
	.schema = "Member",
	.says = "A member of an organization.",
};

static const struct field change_fields[] = {
	{ .member = "role",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct member_change, role),
	    .domain = &domain_organization_role,
	    .says = "The role in the organization." },
};
const struct field_table member_change_table = FIELD_TABLE(change_fields);

static const struct field leave_fields[] = {
	{ .member = "successor",
	    .type = FIELD_STRING,
	    FIELD_AT(struct leave_body, successor),
	    .domain = &domain_id,
	    .says = "The id of another member.",
	    .example = "01JD8A6TQ4C0XK9V3MZ7HBW5RN" },
};
const struct field_table member_leave_table = FIELD_TABLE(leave_fields);
