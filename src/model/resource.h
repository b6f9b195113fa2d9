/*
 * The resources as clients see them: a struct and one field table for each,
 * whose rows name the JSON members and receive the SQL columns.
 */
#ifndef TENANTRY_MODEL_RESOURCE_H
#define TENANTRY_MODEL_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"
#include "base/ulid.h"
#include "model/caller.h"
#include "model/domain.h"
#include "model/name.h"

#define RESOURCE_VERSION "bindplane.observiq.com/v1"

/* How each resource begins in JSON, up to the value of its metadata. */
#define RESOURCE_BEGIN(kind_) \
	"{\"apiVersion\":\"" RESOURCE_VERSION "\",\"kind\":\"" kind_ \
	"\",\"metadata\":"

/* A member of a struct that is a column too. */
#define RESOURCE_FIELD( \
    struct_, member_, column_, type_, part_, flags_, at_, domain_, says_) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		.part = part_, .flags = flags_, FIELD_AT(struct_, at_), \
		.domain = domain_, .says = says_ \
	}

/* The metadata of a resource, from the members of its struct. */
#define RESOURCE_METADATA(struct_) \
	RESOURCE_FIELD(struct_, "id", "id", FIELD_TEXT, PART_METADATA, 0, id, \
	    &domain_id, NULL), \
	    RESOURCE_FIELD(struct_, "name", "name", FIELD_TEXT, PART_METADATA, \
		0, name, &domain_name, NULL), \
	    RESOURCE_FIELD(struct_, "displayName", "display_name", FIELD_TEXT, \
		PART_METADATA, 0, display_name, &domain_display_name, NULL), \
	    { .member = "labels", \
		    .type = FIELD_EMPTY_OBJECT, \
		    .part = PART_METADATA }, \
	    RESOURCE_FIELD(struct_, "version", "version", FIELD_INTEGER, \
		PART_METADATA, 0, version, &domain_version, NULL), \
	    RESOURCE_FIELD(struct_, "dateModified", "modified_at", FIELD_TIME, \
		PART_METADATA, 0, modified_at, NULL, NULL)

/* What the spec of a user begins with. */
#define USER_PROJECT_SAYS \
	"The id of a project, empty where there is none in this organization."
#define USER_SPEC(struct_) \
	RESOURCE_FIELD(struct_, "email", "email", FIELD_TEXT, PART_SPEC, 0, \
	    email, &domain_address, \
	    "As the user was made with; the part after the @ may be without a" \
	    " dot."), \
	    RESOURCE_FIELD(struct_, "activeAccount", "active_project_id", \
		FIELD_TEXT, PART_SPEC, 0, active_project_id, \
		&domain_id_or_none, USER_PROJECT_SAYS), \
	    RESOURCE_FIELD(struct_, "nextLoginAccount", \
		"next_login_project_id", FIELD_TEXT, PART_SPEC, 0, \
		next_login_project_id, &domain_id_or_none, USER_PROJECT_SAYS), \
	    RESOURCE_FIELD(struct_, "requestedMFA", NULL, FIELD_BOOL, \
		PART_SPEC, 0, requested_mfa, NULL, NULL)

struct resource {
	const char *begin; /* RESOURCE_BEGIN of its kind */
	struct field_table table;
	/* Whether the row's FIELD_SECRET members are for this caller's eyes. */
	bool (*shows_secrets)(const void *row);
	bool has_status; /* some fields are of PART_STATUS */
	/* for the description: what it is, and its schema; NULL: the kind */
	const char *says, *schema;
};

struct organization {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version;
	int64_t modified_at;
};

struct project {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version;
	int64_t modified_at;
	char secret_key[ULID_SIZE];
	bool is_admin; /* the caller is an admin of this project */
};

struct user {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version;
	int64_t modified_at;
	char email[1017]; /* 254 characters of up to 4 bytes */
	char active_project_id[ULID_SIZE];
	char next_login_project_id[ULID_SIZE];
	bool requested_mfa;
	char role[ROLE_SIZE];
};

/* A row of the tree: a project in its organization. */
struct tree_row {
	struct organization organization;
	struct project project; /* empty id: the organization has none */
};

extern const struct resource organization_resource;
extern const struct resource project_resource;
extern const struct resource user_resource;

#endif
