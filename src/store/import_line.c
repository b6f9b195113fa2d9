#include "store/import_line.h"

#define IN_LINE(struct_, member_, type_, at_) \
	{ \
		.member = member_, .type = type_, .flags = FIELD_REQUIRED, \
		FIELD_AT(struct struct_, at_) \
	}
static const struct field kind_fields[] = {
	IN_LINE(kind_line, "kind", FIELD_TEXT, kind),
};
const struct field_table import_kind_table = FIELD_TABLE(kind_fields);

static const struct field named_fields[] = {
	IN_LINE(named_line, "id", FIELD_TEXT, id),
	IN_LINE(named_line, "name", FIELD_TEXT, slug),
	IN_LINE(named_line, "displayName", FIELD_NAME, name),
	IN_LINE(named_line, "labels", FIELD_LABELS, labels),
	IN_LINE(named_line, "version", FIELD_INTEGER, version),
	IN_LINE(named_line, "createdAt", FIELD_TIME, created_at),
	IN_LINE(named_line, "modifiedAt", FIELD_TIME, modified_at),
};
const struct field_table import_named_table = FIELD_TABLE(named_fields);

static const struct field member_fields[] = {
	IN_LINE(member_line, "userId", FIELD_TEXT, id),
	IN_LINE(member_line, "email", FIELD_TEXT, email),
	IN_LINE(member_line, "role", FIELD_TEXT, role),
	IN_LINE(member_line, "since", FIELD_TIME, since),
};
const struct field_table import_member_table = FIELD_TABLE(member_fields);

static const struct field invited_fields[] = {
	IN_LINE(member_line, "email", FIELD_TEXT, email),
	IN_LINE(member_line, "role", FIELD_TEXT, role),
};
const struct field_table import_invited_table = FIELD_TABLE(invited_fields);

static const struct field role_fields[] = {
	IN_LINE(role_line, "userId", FIELD_TEXT, user_id),
	IN_LINE(role_line, "projectId", FIELD_TEXT, project_id),
	IN_LINE(role_line, "role", FIELD_TEXT, role),
	IN_LINE(role_line, "since", FIELD_TIME, since),
};
const struct field_table import_role_table = FIELD_TABLE(role_fields);
