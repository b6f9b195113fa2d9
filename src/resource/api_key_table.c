#include "resource/api_key.h"

/* --- what it is ----------------------------------------------------------- */

#define ROW_FIELD(member_, column_, type_, part_, at_, ...) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		.part = part_, FIELD_AT(struct api_key_row, at_), __VA_ARGS__ \
	}
#define METADATA(member_, column_, type_, at_, ...) \
	ROW_FIELD(member_, column_, type_, PART_METADATA, at_, __VA_ARGS__)
#define SPEC(member_, column_, type_, at_, ...) \
	ROW_FIELD(member_, column_, type_, PART_SPEC, at_, __VA_ARGS__)
#define STATUS(member_, column_, type_, at_, ...) \
	ROW_FIELD(member_, column_, type_, PART_STATUS, at_, __VA_ARGS__)
#define FACT(column_, type_, at_) \
	ROW_FIELD(NULL, column_, type_, PART_NONE, at_, .flags = 0)

static const struct domain text = { .most = NAME_POINTS };
static const struct domain hint = { .most = 4 };
static const struct domain role = { .words = "|admin|user|viewer" };
static const struct domain state = {
	.words = "active|expiring|expired|rotated"
};

static const struct domain owner = {
	.pattern = "^([0-9A-HJKMNP-TV-Z]{26}|organization)$"
};
static const struct domain day = { .format = "date" };

static const struct field fields[] = {
	METADATA("id", "id", FIELD_TEXT, id, .domain = &domain_id),
	METADATA("name", "name", FIELD_TEXT, name, .domain = &domain_name,
	    .says = "The id in lower case."),
	METADATA("displayName", NULL, FIELD_TEXT, description, .domain = &text,
	    .says = "The description of the key; empty for a key without one,"
		    " which the administrator's tool made."),
	{ .member = "labels",
	    .type = FIELD_EMPTY_OBJECT,
	    .part = PART_METADATA },
	METADATA("version", "version", FIELD_INTEGER, version,
	    .domain = &domain_version),
	METADATA("dateModified", "modified_at", FIELD_TIME, modified_at,
	    .says = NULL),
	METADATA("dateCreated", NULL, FIELD_CREATED, id, .says = NULL),
	SPEC("description", "description", FIELD_TEXT, description,
	    .domain = &text,
	    .says = "What the key is for; empty for a key that the"
		    " administrator's tool made."),
	SPEC("hint", "hint", FIELD_TEXT, hint, .domain = &hint,
	    .says = "The last 4 characters of the key; empty for a key that"
		    " was made before there were hints."),
	SPEC("owner", "owner", FIELD_TEXT, owner, .domain = &owner,
	    .says = "The id of its user; `organization`: it is a service key"
		    " and has no user."),
	SPEC("role", "role", FIELD_TEXT, role, .domain = &role,
	    .says = "The most that the key may do; empty: as much as its"
		    " user. A service key has this role; a `viewer` counts as"
		    " `user` of the organization."),
	SPEC("organizationId", "organization_id", FIELD_TEXT, organization_id,
	    .domain = &domain_id_or_none,
	    .says = "The organization that the key is bound to, empty for"
		    " none."),
	SPEC("projectId", "project_id", FIELD_TEXT, project_id,
	    .domain = &domain_id_or_none,
	    .says = "The project that the key is bound to, empty for none."),
	SPEC("manage", "manage", FIELD_BOOL, can_manage,
	    .says = "Whether a service key may change members, invitations,"
		    " API keys and the license, rename or delete the"
		    " organization, and delete projects; false for a personal"
		    " key."),
	SPEC("expiresAt", "expires_at", FIELD_TIME, expires_at,
	    .flags = FIELD_MAY_BE_NULL,
	    .says = "The end of the key; null: it has none."),
	STATUS("createdBy", "created_by", FIELD_TEXT, created_by,
	    .domain = &domain_id_or_none,
	    .says = "The id of the user who made it, empty when it was made by"
		    " the administrator's tool."),
	STATUS("madeBy", "made_by", FIELD_TEXT, made_by,
	    .flags = FIELD_OMIT_EMPTY, .domain = &domain_id,
	    .says = "The id of the key that was the credential when it was"
		    " made, left out if there was none."),
	STATUS("createdAt", "created_at", FIELD_TIME, created_at, .says = NULL),
	STATUS("lastUsedOn", "last_used_on", FIELD_TEXT, last_used_on,
	    .flags = FIELD_MAY_BE_NULL, .domain = &day,
	    .says = "The day in UTC on which it was last used; null: it was"
		    " not used yet."),
	STATUS("state", "state", FIELD_TEXT, state, .domain = &state,
	    .says = "`expiring`: it ends within 7 days. `rotated`: a new key"
		    " took its place, and it works until its end. `expired`: it"
		    " does not work any longer."),
	FACT("now", FIELD_TIME, now),
	FACT("generation", FIELD_INTEGER, generation),
	FACT("shortened_at", FIELD_TIME, shortened_at),
	FACT("maker_ends_at", FIELD_TIME, maker_ends_at),
	FACT("owner_is_system_admin", FIELD_BOOL, owner_is_system_admin),
};
const struct resource api_key_resource = {
	.begin = RESOURCE_BEGIN("APIKey"),
	.table = FIELD_TABLE(fields),
	.has_status = true,
	.says = "An API key; the key itself is shown only when it is made.",
};

static const struct field place_fields[] = {
	FACT("now", FIELD_TIME, now),
	FACT("project_id", FIELD_TEXT, project_id),
	FACT("project_role", FIELD_TEXT, project_role),
	FACT("generation", FIELD_INTEGER, generation),
	FACT("maker_ends_at", FIELD_TIME, maker_ends_at),
};
const struct field_table api_key_place = FIELD_TABLE(place_fields);

static const struct domain key_text = { .pattern = "^tny_[A-Za-z0-9_-]+$" };
static const struct field beside_fields[] = {
	ROW_FIELD("key", NULL, FIELD_TEXT, PART_NONE, key,
	    .flags = FIELD_SECRET, .domain = &key_text,
	    .says = "The key itself, shown this once."),
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

#define OWNER "01JD7PZV52N8Y6KXM0HTCR9B4E"
#define DEPLOYMENT \
	{ \
		.id = "01JD9F3X7PB6T2WQ8KNV5MZ4RC", \
		.name = "01jd9f3x7pb6t2wq8knv5mz4rc", \
		.description = "Deployment", .version = 1, \
		.modified_at = INT64_C(1763720431404), .hint = "D37R", \
		.owner = OWNER, .role = "user", \
		.organization_id = "01JD7Q4M8K3ZT5W9XBVN2RC6HY", \
		.project_id = "01JD8C2W6HZ0B5QK9MTXV3RN4F", \
		.expires_at = INT64_C(1771496431404), .created_by = OWNER, \
		.created_at = INT64_C(1763720431404), .state = "active", \
		.key = "tny_u3vJc0hZkq9X2sLb7RtYw5mNd8GfUp4XwDhD37R" \
	}
#define LAPTOP \
	{ \
		.id = "01JD7R2B5WXN0M8T6KYQ3HVZ9C", \
		.name = "01jd7r2b5wxn0m8t6kyq3hvz9c", .description = "Laptop", \
		.version = 1, .modified_at = INT64_C(1763631115018), \
		.hint = "mQ7e", .owner = OWNER, \
		.organization_id = "01JD7Q4M8K3ZT5W9XBVN2RC6HY", \
		.created_by = OWNER, .created_at = INT64_C(1763631115018), \
		.last_used_on = "2025-11-21", .state = "active" \
	}
#define SHAPE \
	.resource = &api_key_resource, .one = "apiKey", .many = "apiKeys", \
	SHAPE_OF(struct api_key_row), .kind = 'k', \
	EXAMPLES(struct api_key_row, DEPLOYMENT, LAPTOP)

const struct shape api_key_shape = { SHAPE, .schema = "OneApiKey" };
const struct shape api_key_shape_made = {
	SHAPE,
	.beside = &beside,
	.schema = "IssuedKey",
};

/* --- its bodies ----------------------------------------------------------- */

#define BODY_FIELD(member_, type_, flags_, struct_, at_, ...) \
	{ \
		.member = member_, .type = type_, .flags = flags_, \
		FIELD_AT(struct struct_, at_), __VA_ARGS__ \
	}

static const struct domain owners = { .words = "me|organization" };
static const struct domain life = { .least = 1, .most = API_KEY_LIFE_MAX };
static const struct domain overlap = { .most = API_KEY_OVERLAP_MAX };

static const struct field create_fields[] = {
	BODY_FIELD("description", FIELD_NAME, FIELD_REQUIRED | FIELD_STRICT,
	    api_key_create, description, .says = "What the key is for.",
	    .example = "Deployment"),
	BODY_FIELD("owner", FIELD_STRING, FIELD_STRICT, api_key_create, owner,
	    .domain = &owners,
	    .says = "Whose key it is: `me`, the caller, also when it is left"
		    " out; `organization`: nobody's, a service key.",
	    .example = "organization"),
	BODY_FIELD("role", FIELD_STRING, FIELD_STRICT, api_key_create, role,
	    .domain = &domain_project_role,
	    .says = "The most that the key may do; left out: as much as its"
		    " user, and `user` for a service key.",
	    .example = "user"),
	BODY_FIELD("projectId", FIELD_STRING, FIELD_STRICT, api_key_create,
	    project_id, .domain = &domain_id,
	    .says = "Bind the key to this project of the organization; left"
		    " out: to the organization alone.",
	    .example = "01JD8C2W6HZ0B5QK9MTXV3RN4F"),
	BODY_FIELD("expiresIn", FIELD_INTEGER, FIELD_STRICT, api_key_create,
	    expires_in, .domain = &life,
	    .says = "Seconds until the key ends; left out: it has no end.",
	    .example = "7776000"),
	BODY_FIELD("manage", FIELD_BOOL, FIELD_STRICT, api_key_create, manage,
	    .says = "Whether a service key may manage; a personal key has no"
		    " such thing, and `true` is 400.",
	    .example = "false"),
};
const struct field_table api_key_create_table = FIELD_TABLE(create_fields);
const struct api_key_create api_key_create_default = {
	.expires_in = API_KEY_NOT_SAID
};

static const struct field rotate_fields[] = {
	BODY_FIELD("overlap", FIELD_INTEGER, FIELD_STRICT, api_key_rotate,
	    overlap, .domain = &overlap,
	    .says = "Seconds for which the old key still works; left out:"
		    " 86400, a day.",
	    .example = "86400"),
};
const struct field_table api_key_rotate_table = FIELD_TABLE(rotate_fields);
const struct api_key_rotate api_key_rotate_default = { .overlap = 86400 };

static const struct field change_fields[] = {
	BODY_FIELD("description", FIELD_NAME, FIELD_STRICT, api_key_change,
	    description, .says = "What the key is for.",
	    .example = "Nightly deployment"),
	BODY_FIELD("expiresIn", FIELD_INTEGER, FIELD_STRICT, api_key_change,
	    expires_in, .domain = &life,
	    .says = "Seconds until the key ends, sooner than it would.",
	    .example = "2592000"),
};
const struct field_table api_key_change_table = FIELD_TABLE(change_fields);
const struct api_key_change api_key_change_default = {
	.expires_in = API_KEY_NOT_SAID
};
