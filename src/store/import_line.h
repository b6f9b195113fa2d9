/*
 * What an import reads of a line of an export.
 */
#ifndef TENANTRY_STORE_IMPORT_LINE_H
#define TENANTRY_STORE_IMPORT_LINE_H

#include "model/caller.h"
#include "model/label.h"
#include "model/name.h"

enum { IMPORT_LOGIN_SIZE = 1017 /* 254 characters of 4 bytes, and the NUL */ };

struct kind_line {
	char kind[20];
};
struct named_line {
	char id[ULID_SIZE], slug[NAME_SLUG_SIZE], labels[LABELS_SIZE];
	struct name name;
	int64_t version, created_at, modified_at;
};
struct member_line {
	char id[ULID_SIZE], email[IMPORT_LOGIN_SIZE], role[ROLE_SIZE];
	int64_t since;
};
struct role_line {
	char user_id[ULID_SIZE], project_id[ULID_SIZE], role[ROLE_SIZE];
	int64_t since;
};

extern const struct field_table import_kind_table, import_named_table,
    import_member_table, import_invited_table, import_role_table;

#endif
