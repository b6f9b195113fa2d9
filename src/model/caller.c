#include "model/caller.h"

#include <string.h>

#define ROW(type_, member_) \
	{ \
		NULL, NULL, #member_, type_, PART_NONE, 0, \
		    FIELD_AT(struct caller, member_) \
	}

/* Those of the user and his key, of the organization, of the headers. */
static const struct field caller_fields[] = {
	ROW(FIELD_TEXT, user_id),
	ROW(FIELD_BOOL, is_system_admin),
	ROW(FIELD_TEXT, active_project_id),
	ROW(FIELD_TEXT, key_id),
	ROW(FIELD_TEXT, key_organization_id),
	ROW(FIELD_TEXT, key_project_id),
	ROW(FIELD_TEXT, key_role),
	ROW(FIELD_TEXT, organization_id),
	ROW(FIELD_TEXT, organization_role),
	ROW(FIELD_INTEGER, organization_version),
	ROW(FIELD_TEXT, header_project_id),
	ROW(FIELD_TEXT, header_organization_id),
	ROW(FIELD_TEXT, header_project_organization_id),
	ROW(FIELD_TEXT, header_project_role),
};

enum {
	ALL_FIELDS = sizeof(caller_fields) / sizeof(caller_fields[0]),
	HEADER_FIELDS = 4,
	ORGANIZATION_FIELDS = 3
};

const struct field_table caller_tables[SCOPE_COUNT] = {
	[SCOPE_SELF] = { caller_fields,
	    ALL_FIELDS - HEADER_FIELDS - ORGANIZATION_FIELDS },
	[SCOPE_TARGET] = { caller_fields, ALL_FIELDS - HEADER_FIELDS },
	[SCOPE_NAMED] = { caller_fields, ALL_FIELDS - HEADER_FIELDS },
	[SCOPE_CONTEXT] = { caller_fields, ALL_FIELDS },
};

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* A key that is bound somewhere has no rights in another organization. */
static bool key_is_elsewhere(const struct caller *caller)
{
	return caller->key_organization_id[0] != '\0' &&
	    !same(caller->key_organization_id, caller->organization_id);
}

bool caller_is_system_admin(const struct caller *caller)
{
	return caller->is_system_admin &&
	    caller->key_organization_id[0] == '\0' &&
	    (caller->key_role[0] == '\0' || same(caller->key_role, "admin"));
}

bool caller_is_admin(const struct caller *caller)
{
	if (caller->organization_id[0] == '\0' || key_is_elsewhere(caller) ||
	    caller->key_project_id[0] != '\0')
		return false;
	if (caller->key_role[0] != '\0' && !same(caller->key_role, "admin"))
		return false;
	return caller->is_system_admin ||
	    same(caller->organization_role, "admin");
}

bool caller_is_member(const struct caller *caller)
{
	if (caller->organization_id[0] == '\0' || key_is_elsewhere(caller))
		return false;
	return caller->is_system_admin || caller->organization_role[0] != '\0';
}

/* A header beside a bound key may only repeat where the key belongs. */
static enum err permit_headers_of_key(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	const char *key = caller->key_organization_id;

	if ((ask->project != NULL &&
		!same(caller->header_project_organization_id, key)) ||
	    (ask->organization != NULL &&
		!same(caller->header_organization_id, key)))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_RESTRICTED,
		    "the API key does not belong to the project or"
		    " organization of the header");
	if (ask->project != NULL && caller->key_project_id[0] != '\0' &&
	    !same(caller->key_project_id, caller->header_project_id))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_RESTRICTED,
		    "the API key belongs to another project");
	return ERR_NONE;
}

static bool has_header_project(const struct caller *caller)
{
	return caller_is_admin(caller) || caller_is_system_admin(caller) ||
	    caller->header_project_role[0] != '\0';
}

/*
 * Rule 2 of the context: what the headers name must be the caller's.  The
 * answer must not tell what is another's from what is not there, so that
 * nobody can probe ids: headers contradict each other only behind that.
 */
static enum err permit_headers(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	const char *by_project = caller->header_project_organization_id;
	const char *by_organization = caller->header_organization_id;
	const char *named = ask->project ? by_project : by_organization;
	enum err err;

	if (ask->project == NULL && ask->organization == NULL)
		return ERR_NONE;
	if (caller->key_organization_id[0] != '\0') {
		err = permit_headers_of_key(caller, ask, fault);
		if (err)
			return err;
	}
	if (named[0] == '\0' || !caller_is_member(caller) ||
	    (ask->project != NULL && !has_header_project(caller)))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_MEMBERSHIP,
		    "the project or organization of the header is not yours");
	if (ask->project != NULL && ask->organization != NULL &&
	    !same(by_project, by_organization))
		return fault_set(fault, ERR_BAD_REQUEST,
		    "the headers name two different organizations");
	return ERR_NONE;
}

static bool is_in_path(enum scope scope)
{
	return scope == SCOPE_TARGET || scope == SCOPE_NAMED;
}

static enum err permit_place(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	enum err err;

	if (ask->scope == SCOPE_CONTEXT) {
		if ((err = permit_headers(caller, ask, fault)))
			return err;
		if (caller->organization_id[0] == '\0')
			return fault_refuse(fault, ask->unknown, CAUSE_CONTEXT,
			    "the organization could not be determined from the"
			    " context");
		if (!caller_is_member(caller))
			return fault_refuse(fault, ERR_FORBIDDEN,
			    CAUSE_MEMBERSHIP,
			    "you are no member of this organization");
	}
	if (is_in_path(ask->scope) && !caller_is_member(caller))
		return fault_refuse(fault, ask->unknown, CAUSE_MEMBERSHIP,
		    ask->unknown == ERR_FORBIDDEN
			? "you have no permission for this organization"
			: "there is no organization of that id");
	return ERR_NONE;
}

enum err caller_permit(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	enum err err;

	if ((err = permit_place(caller, ask, fault)))
		return err;
	switch (ask->need) {
	case NEED_UNCONFINED:
		if (caller->key_organization_id[0] == '\0')
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_RESTRICTED,
		    "this API key is bound"
		    " to an organization or project");
	case NEED_ADMIN:
		if (caller_is_admin(caller))
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this needs an admin of"
		    " the organization");
	case NEED_SYSTEM_ADMIN:
		if (caller_is_system_admin(caller))
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this needs a system administrator");
	case NEED_NOTHING:
	case NEED_MEMBER:
		break;
	}
	return ERR_NONE;
}
