/*
 * The secret keys of a project as a row: what is read of them, and how answers
 * show them.  Knows no statement and no route.
 */
#ifndef TENANTRY_RESOURCE_SECRET_KEY_H
#define TENANTRY_RESOURCE_SECRET_KEY_H

#include "resource/module.h"

/* How many a project has, with the default one. */
#define SECRET_KEYS_MOST 10

#define SECRET_KEY_EXAMPLE "01JD9K0Z3FQ7M2XW5T8CVB4NRH"

/* The keys of a project, and the one that a request is about. */
struct secret_keys {
	char project_id[ULID_SIZE]; /* empty: it has no such key */
	int64_t version;            /* of the project */
	char default_key[ULID_SIZE];
	char alternates[SECRET_KEYS_SIZE]; /* JSON */
	char key_id[ULID_SIZE];
	char key[ULID_SIZE];
	char name[NAME_DISPLAY_SIZE];
	/* of the audit trail, which has no secret */
	char detail[40], digest[17], state[10];
};

struct secret_key_name_body {
	struct name name;
};

extern const struct field_table secret_key_columns, secret_key_name_columns,
    secret_key_name_table;
/* All, with their names; one, that no answer shows; one that was made. */
extern const struct shape secret_key_shape, secret_key_shape_of_one,
    secret_key_shape_of_made;

#endif
