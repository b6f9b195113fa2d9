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
#include "model/name.h"

/* How each resource begins in JSON, up to the value of its metadata. */
#define RESOURCE_BEGIN(kind_) \
	"{\"apiVersion\":\"bindplane.observiq.com/v1\",\"kind\":\"" kind_ \
	"\",\"metadata\":"

/* The metadata of a resource, from the members of its struct. */
#define RESOURCE_METADATA(struct_) \
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

/* What the spec of a user begins with. */
#define USER_SPEC(struct_) \
	{ "email", NULL, "email", FIELD_TEXT, PART_SPEC, 0, \
		FIELD_AT(struct_, email) }, \
	    { "activeAccount", NULL, "active_project_id", FIELD_TEXT, \
		    PART_SPEC, 0, FIELD_AT(struct_, active_project_id) }, \
	    { "nextLoginAccount", NULL, "next_login_project_id", FIELD_TEXT, \
		    PART_SPEC, 0, FIELD_AT(struct_, next_login_project_id) }, \
	{ \
		"requestedMFA", NULL, NULL, FIELD_BOOL, PART_SPEC, 0, \
		    FIELD_AT(struct_, requested_mfa) \
	}

struct resource {
	const char *begin; /* RESOURCE_BEGIN of its kind */
	struct field_table table;
	/* Whether the row's FIELD_SECRET members are for this caller's eyes. */
	bool (*shows_secrets)(const void *row);
	bool has_status; /* some fields are of PART_STATUS */
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
