#include "model/resource.h"

#define METADATA(struct_) \
	{ "id", NULL, "id", FIELD_TEXT, PART_METADATA, 0, \
		FIELD_AT(struct_, id) }, \
	    { "name", NULL, "name", FIELD_TEXT, PART_METADATA, 0, \
		    FIELD_AT(struct_, name) }, \
	    { "displayName", NULL, "display_name", FIELD_TEXT, PART_METADATA, \
		    0, FIELD_AT(struct_, display_name) }, \
	    { "labels", NULL, NULL, FIELD_EMPTY_OBJECT, PART_METADATA, 0, 0, \
		    0 }, \
	    { "version", NULL, "version", FIELD_INTEGER, PART_METADATA, 0, \
		    FIELD_AT(struct_, version) }, \
	{ \
		"dateModified", NULL, "modified_at", FIELD_TIME, \
		    PART_METADATA, 0, FIELD_AT(struct_, modified_at) \
	}

static const struct field organization_fields[] = {
	METADATA(struct organization),
	{ "parameters", NULL, NULL, FIELD_EMPTY_LIST, PART_SPEC, 0, 0, 0 },
};

static const struct field project_fields[] = {
	METADATA(struct project),
	{ "secretKey", NULL, "secret_key", FIELD_TEXT, PART_SPEC, FIELD_SECRET,
	    FIELD_AT(struct project, secret_key) },
	{ "alternateSecretKeys", NULL, NULL, FIELD_EMPTY_LIST, PART_SPEC,
	    FIELD_SECRET, 0, 0 },
	{ NULL, NULL, "is_admin", FIELD_BOOL, PART_NONE, 0,
	    FIELD_AT(struct project, is_admin) },
};

static const struct field user_fields[] = {
	METADATA(struct user),
	{ "email", NULL, "email", FIELD_TEXT, PART_SPEC, 0,
	    FIELD_AT(struct user, email) },
	{ "activeAccount", NULL, "active_project_id", FIELD_TEXT, PART_SPEC, 0,
	    FIELD_AT(struct user, active_project_id) },
	{ "nextLoginAccount", NULL, "next_login_project_id", FIELD_TEXT,
	    PART_SPEC, 0, FIELD_AT(struct user, next_login_project_id) },
	{ "requestedMFA", NULL, NULL, FIELD_BOOL, PART_SPEC, 0,
	    FIELD_AT(struct user, requested_mfa) },
	{ "role", NULL, "role", FIELD_TEXT, PART_SPEC, FIELD_OMIT_EMPTY,
	    FIELD_AT(struct user, role) },
};

static bool project_shows_secrets(const void *row)
{
	const struct project *project = row;

	return project->is_admin;
}

const struct resource organization_resource = { RESOURCE_BEGIN("Organization"),
	FIELD_TABLE(organization_fields), NULL };
const struct resource project_resource = { RESOURCE_BEGIN("Account"),
	FIELD_TABLE(project_fields), project_shows_secrets };
const struct resource user_resource = { RESOURCE_BEGIN("User"),
	FIELD_TABLE(user_fields), NULL };
