#include "model/resource.h"

static const struct field organization_fields[] = {
	RESOURCE_METADATA(struct organization),
	{ "parameters", NULL, NULL, FIELD_EMPTY_LIST, PART_SPEC, 0, 0, 0 },
};

static const struct field project_fields[] = {
	RESOURCE_METADATA(struct project),
	{ "secretKey", NULL, "secret_key", FIELD_TEXT, PART_SPEC, FIELD_SECRET,
	    FIELD_AT(struct project, secret_key) },
	{ "alternateSecretKeys", NULL, NULL, FIELD_EMPTY_LIST, PART_SPEC,
	    FIELD_SECRET, 0, 0 },
	{ NULL, NULL, "is_admin", FIELD_BOOL, PART_NONE, 0,
	    FIELD_AT(struct project, is_admin) },
};

static const struct field user_fields[] = {
	RESOURCE_METADATA(struct user),
	USER_SPEC(struct user),
	{ "role", NULL, "role", FIELD_TEXT, PART_SPEC, FIELD_OMIT_EMPTY,
	    FIELD_AT(struct user, role) },
};

static bool project_shows_secrets(const void *row)
{
	const struct project *project = row;

	return project->is_admin;
}

const struct resource organization_resource = { RESOURCE_BEGIN("Organization"),
	FIELD_TABLE(organization_fields), NULL, false };
const struct resource project_resource = { RESOURCE_BEGIN("Account"),
	FIELD_TABLE(project_fields), project_shows_secrets, false };
const struct resource user_resource = { RESOURCE_BEGIN("User"),
	FIELD_TABLE(user_fields), NULL, false };
