/*
 * The members and columns of the secret keys of a project.
 */
#include "resource/secret_key.h"

#include "model/example.h"

struct secret_key_name {
	char id[ULID_SIZE];
	char key[ULID_SIZE];
	char name[NAME_DISPLAY_SIZE];
};

/* A column that no answer shows as it is. */
#define COLUMN(column_, type_, member_, flags_) \
	{ \
		.column = column_, .type = type_, .flags = flags_, \
		FIELD_AT(struct secret_keys, member_) \
	}
static const struct field fields[] = {
	COLUMN("project_id", FIELD_TEXT, project_id, 0),
	COLUMN("version", FIELD_INTEGER, version, 0),
	COLUMN("default_key", FIELD_TEXT, default_key, FIELD_SECRET),
	COLUMN("alternates", FIELD_JSON, alternates, FIELD_SECRET),
	COLUMN("key_id", FIELD_TEXT, key_id, 0),
	COLUMN("key_text", FIELD_TEXT, key, FIELD_SECRET),
	COLUMN("key_name", FIELD_TEXT, name, 0),
};

/* Whoever is shown one is an admin of the project. */
static bool shows_secrets(const void *row)
{
	(void)row;
	return true;
}

const struct field_table secret_key_columns = FIELD_TABLE(fields);

static const struct resource resource = {
	.table = FIELD_TABLE(fields),
	.shows_secrets = shows_secrets,
	.schema = "SecretKeyRow",
};

static const struct field all_fields[] = {
	{ .member = "defaultSecretKey",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct secret_keys, default_key),
	    .domain = &domain_id,
	    .says = "The one that the project shows as its `secretKey`." },
	{ .member = "alternateSecretKeys",
	    .type = FIELD_JSON,
	    FIELD_AT(struct secret_keys, alternates),
	    .domain = &domain_ids,
	    .says = "The others, ordered by creation." },
};
static const struct field_table all = FIELD_TABLE(all_fields);

static const struct field made_fields[] = {
	{ .member = "secretKey",
	    .type = FIELD_TEXT,
	    .flags = FIELD_MAY_BE_NULL,
	    FIELD_AT(struct secret_keys, key),
	    .domain = &domain_id,
	    .says = "The new key. Null in a replay when the key is deleted, or"
		    " the caller may not see it any longer." },
};
static const struct field_table made = FIELD_TABLE(made_fields);

#define NAME_FIELD(member_, column_, at_, domain_, says_) \
	{ \
		.member = member_, .column = column_, .type = FIELD_TEXT, \
		FIELD_AT(struct secret_key_name, at_), .domain = domain_, \
		.says = says_ \
	}
static const struct field name_fields[] = {
	NAME_FIELD(NULL, "named_id", id, NULL, NULL),
	NAME_FIELD("secretKey", "named_key", key, &domain_id, NULL),
	NAME_FIELD("name", "name", name, &domain_display_name, NULL),
};
const struct field_table secret_key_name_columns = FIELD_TABLE(name_fields);

#define DEFAULT "01JD7Q4M8KFD3RZ8V5N1TQXG7W"
#define OTHER SECRET_KEY_EXAMPLE
static const struct nested names = {
	.member = "names",
	.table = &secret_key_name_columns,
	.size = sizeof(struct secret_key_name),
	.id = offsetof(struct secret_key_name, id),
	.schema = "SecretKeyName",
	.says = "The names of those that have one.",
	.example = &(const struct secret_key_name){ OTHER, OTHER, "Edge" },
};

#define SHAPE(id_) \
	.resource = &resource, .size = sizeof(struct secret_keys), \
	.id = offsetof(struct secret_keys, id_), \
	.version = offsetof(struct secret_keys, version), .kind = 's'

const struct shape secret_key_shape = {
	SHAPE(project_id),
	.beside = &all,
	.nested = &names,
	EXAMPLES(struct secret_keys,
	    { .default_key = DEFAULT, .alternates = "[\"" OTHER "\"]" }),
	.schema = "SecretKeys",
	.says = "The secret keys of a project.",
};
const struct shape secret_key_shape_of_one = {
	SHAPE(project_id),
	.beside = &made,
};
/* The id of the new one is kept for a replay. */
const struct shape secret_key_shape_of_made = {
	SHAPE(key_id),
	.beside = &made,
	EXAMPLES(struct secret_keys, { .key = OTHER }),
	.schema = "NewSecretKey",
	.says = "The secret key that was made.",
};

static const struct field body_fields[] = {
	{ .member = "name",
	    .type = FIELD_NAME,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct secret_key_name_body, name),
	    .says = "The name of the key.",
	    .example = "Edge" },
};
const struct field_table secret_key_name_table = FIELD_TABLE(body_fields);
