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
#include "model/label.h"
#include "model/metadata.h"
#include "model/name.h"

struct resource {
	const char *begin; /* RESOURCE_BEGIN of its kind; NULL: it is flat */
	struct field_table table;
	/* Whether FIELD_SECRET and FIELD_ADMIN are for this caller's eyes. */
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
	char name_key[NAME_KEY_SIZE]; /* of a write, where the name changes */
	/* of one that is deleted */
	int64_t deleted_at, purge_after;
	char deleted_by[ULID_SIZE]; /* empty: the command line */
	char labels[LABELS_SIZE];
};

enum { SECRET_KEYS_SIZE = 300 }; /* of 9 alternate ones as JSON */

struct project {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
	int64_t version;
	int64_t modified_at;
	char secret_key[ULID_SIZE];
	char alternate_keys[SECRET_KEYS_SIZE]; /* JSON */
	bool is_admin;              /* the caller is an admin of this project */
	char maker_role[ROLE_SIZE]; /* of who creates it; of the audit trail */
	char name_key[NAME_KEY_SIZE]; /* as above */
	char labels[LABELS_SIZE];
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
extern const struct resource deleted_organization_resource;
extern const struct resource project_resource;
extern const struct resource user_resource;

#endif
