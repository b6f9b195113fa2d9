#include "model/resource.h"

static const struct field organization_fields[] = {
	RESOURCE_METADATA(struct organization, LABELS(struct organization)),
	{ .member = "parameters", .type = FIELD_EMPTY_LIST, .part = PART_SPEC },
};

#define DELETED(member_, column_, type_, at_, domain_, says_) \
	RESOURCE_FIELD(struct organization, member_, column_, type_, \
	    PART_STATUS, 0, at_, domain_, says_)

static const struct field deleted_fields[] = {
	RESOURCE_METADATA(struct organization, LABELS(struct organization)),
	{ .member = "parameters", .type = FIELD_EMPTY_LIST, .part = PART_SPEC },
	DELETED("deletedAt", "deleted_at", FIELD_TIME, deleted_at, NULL,
	    "Of a deleted organization: when it was deleted."),
	DELETED("purgeAfter", "purge_after", FIELD_TIME, purge_after, NULL,
	    "Of a deleted organization: from then on it cannot be restored."),
	DELETED("deletedBy", "deleted_by", FIELD_TEXT, deleted_by,
	    &domain_id_or_none,
	    "Of a deleted organization: the id of the user who deleted it,"
	    " empty when it was the administrator's tool."),
};

static const struct field project_fields[] = {
	RESOURCE_METADATA(struct project, LABELS(struct project)),
	RESOURCE_FIELD(struct project, "secretKey", "secret_key", FIELD_TEXT,
	    PART_SPEC, FIELD_SECRET, secret_key, &domain_id,
	    "A ULID. The secret that agents of the project present."),
	RESOURCE_FIELD(struct project, "alternateSecretKeys",
	    "alternate_secret_keys", FIELD_JSON, PART_SPEC, FIELD_SECRET,
	    alternate_keys, &domain_ids,
	    "Other secrets that its agents may present."),
	{ .column = "is_admin",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct project, is_admin) },
};

static const struct field user_fields[] = {
	RESOURCE_METADATA(struct user, NO_LABELS),
	USER_SPEC(struct user),
	RESOURCE_FIELD(struct user, "role", "role", FIELD_TEXT, PART_SPEC,
	    FIELD_OMIT_EMPTY, role, &domain_project_role,
	    "The role in the organization; in the users of a project, the role"
	    " in the project."),
};

static bool project_shows_secrets(const void *row)
{
	const struct project *project = row;

	return project->is_admin;
}

const struct resource organization_resource = {
	.begin = RESOURCE_BEGIN("Organization"),
	.table = FIELD_TABLE(organization_fields),
	.says = "An organization.",
};
const struct resource deleted_organization_resource = {
	.begin = RESOURCE_BEGIN("Organization"),
	.table = FIELD_TABLE(deleted_fields),
	.has_status = true,
};
const struct resource project_resource = {
	.begin = RESOURCE_BEGIN("Account"),
	.table = FIELD_TABLE(project_fields),
	.shows_secrets = project_shows_secrets,
	.says = "A project (an account, in older words). Only its admins see"
		" the two members of the spec.",
};
const struct resource user_resource = {
	.begin = RESOURCE_BEGIN("User"),
	.table = FIELD_TABLE(user_fields),
	.says = "A user, as a member of an organization or of a project.",
};
