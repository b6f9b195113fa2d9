#include "model/credential.h"

#include <string.h>

#define ROW(type_, member_) \
	{ \
		NULL, NULL, #member_, type_, PART_NONE, 0, \
		    FIELD_AT(struct caller, member_) \
	}

/*
 * Of a session; of a service key; of user and key, of the organization, of the
 * project.
 */
static const struct field caller_fields[] = {
	ROW(FIELD_TEXT, session_id),
	ROW(FIELD_BOOL, is_session_seen),
	ROW(FIELD_BOOL, is_confirmed),
	ROW(FIELD_BOOL, can_manage),
	ROW(FIELD_TEXT, user_id),
	ROW(FIELD_BOOL, is_system_admin),
	ROW(FIELD_TEXT, active_project_id),
	ROW(FIELD_TEXT, key_id),
	ROW(FIELD_TEXT, key_organization_id),
	ROW(FIELD_TEXT, key_project_id),
	ROW(FIELD_TEXT, key_role),
	ROW(FIELD_BOOL, is_key_used_today),
	ROW(FIELD_TEXT, organization_id),
	ROW(FIELD_TEXT, organization_role),
	ROW(FIELD_INTEGER, organization_version),
	ROW(FIELD_TEXT, project_id),
	ROW(FIELD_TEXT, project_organization_id),
	ROW(FIELD_TEXT, project_role),
};

enum {
	SESSION_FIELDS = 3,
	SERVICE_FIELDS = 1,
	USER_AT = SESSION_FIELDS + SERVICE_FIELDS,
	ALL_FIELDS = sizeof(caller_fields) / sizeof(caller_fields[0]),
	PROJECT_FIELDS = 3,
	ORGANIZATION_FIELDS = 3
};

#define TABLES(first_) \
	{ \
		[SCOPE_SELF] = { caller_fields + (first_), \
			ALL_FIELDS - PROJECT_FIELDS - ORGANIZATION_FIELDS - \
			    (first_) }, \
		[SCOPE_NAMED] = { caller_fields + (first_), \
			ALL_FIELDS - PROJECT_FIELDS - (first_) }, \
		[SCOPE_TRAIL] = { caller_fields + (first_), \
			ALL_FIELDS - PROJECT_FIELDS - (first_) }, \
		[SCOPE_CONTEXT] = { caller_fields + (first_), \
			ALL_FIELDS - (first_) }, \
		[SCOPE_CURRENT] = { caller_fields + (first_), \
			ALL_FIELDS - (first_) }, \
		[SCOPE_PROJECT] = { caller_fields + (first_), \
			ALL_FIELDS - (first_) }, \
		[SCOPE_KEY] = { caller_fields + (first_), \
			ALL_FIELDS - PROJECT_FIELDS - (first_) }, \
		[SCOPE_INVITATION] = { caller_fields + (first_), \
			ALL_FIELDS - PROJECT_FIELDS - (first_) }, \
	}

const struct field_table caller_tables[SCOPE_COUNT] = TABLES(USER_AT);

const struct field_table *caller_table(
    enum scope scope, enum credential_kind kind)
{
	static const struct field_table of_services[SCOPE_COUNT] = TABLES(
	    SESSION_FIELDS);
	static const struct field_table of_sessions[SCOPE_COUNT] = TABLES(0);

	if (kind == CREDENTIAL_SESSION)
		return &of_sessions[scope];
	return kind == CREDENTIAL_SERVICE ? &of_services[scope]
					  : &caller_tables[scope];
}

bool scope_has_organization(enum scope scope)
{
	return scope != SCOPE_PUBLIC && scope != SCOPE_SELF;
}

bool caller_is_service(const struct caller *caller)
{
	return caller->user_id[0] == '\0' && caller->key_id[0] != '\0';
}

const char *caller_service_id(const struct caller *caller)
{
	return caller_is_service(caller) ? caller->key_id : "";
}

const char *caller_id(const struct caller *caller)
{
	return caller_is_service(caller) ? caller->key_id : caller->user_id;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_USER, ROLE_ADMIN };

static enum role role_of(const char *text)
{
	static const char *const names[] = {
		[ROLE_VIEWER] = "viewer",
		[ROLE_USER] = "user",
		[ROLE_ADMIN] = "admin",
	};

	for (enum role role = ROLE_VIEWER; role <= ROLE_ADMIN; role++) {
		if (same(text, names[role]))
			return role;
	}
	return ROLE_NONE;
}

bool role_is_of_organization(const char *text)
{
	return role_of(text) >= ROLE_USER;
}

bool role_is_of_project(const char *text)
{
	return role_of(text) != ROLE_NONE;
}

static enum role lesser(enum role a, enum role b)
{
	return a < b ? a : b;
}

/* A password, and a key without a role, allow all that the user may. */
static enum role role_of_key(const struct caller *caller)
{
	return caller->key_role[0] == '\0' ? ROLE_ADMIN
					   : role_of(caller->key_role);
}

/*
 * The role in the organization of the scope: of the user, whatever the API key
 * has, or of the service key.
 */
static enum role role_of_user(const struct caller *caller)
{
	if (caller->organization_id[0] == '\0')
		return ROLE_NONE;
	return caller->is_system_admin ? ROLE_ADMIN
				       : role_of(caller->organization_role);
}

static bool is_bound_key(const struct caller *caller)
{
	return caller->key_organization_id[0] != '\0';
}

/*
 * In the organization of the scope: a key that is bound has no rights in
 * another one, and one that is bound to a project is none of an admin.
 */
static enum role organization_role(const struct caller *caller)
{
	enum role role = lesser(role_of_user(caller), role_of_key(caller));

	if (is_bound_key(caller) &&
	    !same(caller->key_organization_id, caller->organization_id))
		return ROLE_NONE;
	return caller->key_project_id[0] != '\0' ? lesser(role, ROLE_USER)
						 : role;
}

/* Bound to a project of the organization, and an admin's but for that. */
static bool is_key_of_admin(const struct caller *caller)
{
	return caller->key_project_id[0] != '\0' &&
	    same(caller->key_organization_id, caller->organization_id) &&
	    lesser(role_of_user(caller), role_of_key(caller)) == ROLE_ADMIN;
}

/* In the scope's project: an admin of the organization is one of it. */
static enum role project_role(const struct caller *caller)
{
	enum role role = role_of(caller->project_role);
	bool is_of_key = same(caller->key_project_id, caller->project_id);

	if (caller->project_id[0] == '\0' ||
	    !same(caller->project_organization_id, caller->organization_id) ||
	    (caller->key_project_id[0] != '\0' && !is_of_key) ||
	    organization_role(caller) == ROLE_NONE)
		return ROLE_NONE;
	if (organization_role(caller) == ROLE_ADMIN || is_of_key)
		role = role_of_user(caller) == ROLE_ADMIN ? ROLE_ADMIN : role;
	return lesser(role, role_of_key(caller));
}

bool caller_is_system_admin(const struct caller *caller)
{
	return caller->is_system_admin && !is_bound_key(caller) &&
	    role_of_key(caller) == ROLE_ADMIN;
}

bool caller_is_admin(const struct caller *caller)
{
	return organization_role(caller) == ROLE_ADMIN;
}

bool caller_is_member(const struct caller *caller)
{
	return organization_role(caller) != ROLE_NONE;
}

bool caller_is_project_admin(const struct caller *caller)
{
	return project_role(caller) == ROLE_ADMIN;
}

bool caller_may_give(const struct caller *caller, const char *role)
{
	enum role own = caller->project_id[0] != '\0'
	    ? project_role(caller)
	    : organization_role(caller);

	if (role[0] == '\0')
		return own != ROLE_NONE;
	return role_of(role) != ROLE_NONE && role_of(role) <= own;
}

/*
 * Rule 2 of the context: what the headers name must be the caller's.  The
 * answer must not tell what is another's from what is not there, so that
 * nobody can probe ids: headers contradict each other only behind that.
 */
static enum err permit_headers(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	if (ask->project != NULL && project_role(caller) == ROLE_NONE)
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_MEMBERSHIP,
		    "X-Bindplane-Account-ID names no project that this"
		    " credential may use:"
		    " GET /v1/organizations/accounts/all lists those");
	if (ask->organization == NULL ||
	    (caller_is_member(caller) &&
		same(ask->organization, caller->organization_id)))
		return ERR_NONE;
	if (ask->project != NULL && !is_bound_key(caller))
		return fault_set(fault, ERR_BAD_REQUEST,
		    "X-Bindplane-Account-ID and X-Organization-ID name two"
		    " different organizations: send one of them");
	return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_MEMBERSHIP,
	    "X-Organization-ID names no organization that this credential"
	    " may use: GET /v1/organizations lists those");
}

static enum err permit_context(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	enum err err = permit_headers(caller, ask, fault);

	if (err || caller_is_member(caller))
		return err;
	if (is_bound_key(caller))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_MEMBERSHIP,
		    "the user of this API key is no member of the organization"
		    " that the key is bound to");
	return fault_refuse(fault, ask->unknown, CAUSE_CONTEXT,
	    "the organization could not be determined from the context: send"
	    " X-Organization-ID or X-Bindplane-Account-ID");
}

/* The headers have been looked at: what is missing follows from none. */
static enum err permit_current(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	enum err err = permit_context(caller, ask, fault);

	if (err || project_role(caller) != ROLE_NONE)
		return err;
	return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_CONTEXT,
	    "project not in context: send X-Bindplane-Account-ID with the id"
	    " of a project; GET /v1/projects lists those that you may use");
}

static enum err permit_place(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	if (ask->scope == SCOPE_CONTEXT)
		return permit_context(caller, ask, fault);
	if (ask->scope == SCOPE_CURRENT)
		return permit_current(caller, ask, fault);
	if (ask->scope == SCOPE_PROJECT && project_role(caller) == ROLE_NONE)
		return fault_refuse(fault, ask->unknown, CAUSE_MEMBERSHIP,
		    "there is no project of that id for this credential:"
		    " GET /v1/organizations/projects/all lists those it may"
		    " use");
	if ((ask->scope == SCOPE_NAMED || ask->scope == SCOPE_TRAIL) &&
	    !caller_is_member(caller))
		return fault_refuse(fault, ask->unknown, CAUSE_MEMBERSHIP,
		    ask->unknown == ERR_FORBIDDEN
			? "there is no organization of that id or name, or"
			  " you have no permission for it"
			: "there is no organization of that id or name for"
			  " this credential: GET /v1/organizations lists"
			  " those it may use");
	return ERR_NONE;
}

static enum err permit_unconfined(
    const struct caller *caller, struct fault *fault)
{
	if (is_bound_key(caller))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_RESTRICTED,
		    "this API key is bound to an organization or project: use"
		    " one that is not, or login and password");
	if (role_of_key(caller) != ROLE_ADMIN)
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this API key has a role below admin: use one without, or"
		    " login and password");
	return ERR_NONE;
}

enum err caller_may_manage(const struct caller *caller, struct fault *fault)
{
	enum err err;

	if (!caller_is_service(caller) || caller->can_manage)
		return ERR_NONE;
	err = fault_refuse(fault, ERR_FORBIDDEN, CAUSE_RESTRICTED,
	    "this service key may not manage: use one that was made with"
	    " \"manage\": true, or the credential of an admin");
	if (fault != NULL)
		fault_rights(fault, "manage", "service-key");
	return err;
}

enum err caller_step_up(const struct caller *caller, struct fault *fault)
{
	if (caller->session_id[0] == '\0' || caller->is_confirmed)
		return ERR_NONE;
	return fault_refuse(
	    fault, ERR_STEP_UP, CAUSE_STEP_UP, "%s", err_detail(ERR_STEP_UP));
}

static enum err permit_need(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	switch (ask->need) {
	case NEED_PERSON:
		if (caller->key_id[0] == '\0')
			return ERR_NONE;
		return fault_refuse(fault, ERR_NOT_FOR_KEYS, CAUSE_RESTRICTED,
		    "this is for a person: sign in, or send login and password,"
		    " in place of the API key");
	case NEED_USER:
		if (!caller_is_service(caller))
			return ERR_NONE;
		return fault_refuse(fault, ERR_NOT_FOR_KEYS, CAUSE_RESTRICTED,
		    "this is about a user, and a service key has none: send the"
		    " credential of one");
	case NEED_UNCONFINED:
		return permit_unconfined(caller, fault);
	case NEED_ASKING:
		if (caller_is_service(caller) || caller_is_admin(caller))
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this needs a service key, or an admin of the organization"
		    " with a key without a lower role");
	case NEED_ADMIN:
	case NEED_AUDITOR:
		if (caller_is_admin(caller) ||
		    (ask->need == NEED_AUDITOR && is_key_of_admin(caller)))
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this needs an admin of the organization, and a key"
		    " without a lower role");
	case NEED_PROJECT_ADMIN:
		if (caller_is_project_admin(caller))
			return ERR_NONE;
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "this needs an admin of the project or of its"
		    " organization, and a key without a lower role");
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

enum err caller_permit(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	enum err err;

	if ((err = permit_place(caller, ask, fault)) ||
	    (err = permit_need(caller, ask, fault)) ||
	    (ask->manages && (err = caller_may_manage(caller, fault))))
		return err;
	return ask->steps_up || ask->need == NEED_SYSTEM_ADMIN
	    ? caller_step_up(caller, fault)
	    : ERR_NONE;
}

static const char *role_word(enum role role)
{
	static const char *const words[] = {
		[ROLE_NONE] = "none",
		[ROLE_VIEWER] = "viewer",
		[ROLE_USER] = "user",
		[ROLE_ADMIN] = "admin",
	};

	return words[role];
}

const char *caller_role_word(const struct caller *caller)
{
	return role_word(organization_role(caller));
}

static const char *have_word(const struct caller *caller, enum need need)
{
	if (need == NEED_PERSON)
		return "api-key";
	if (need == NEED_USER)
		return "service-key";
	if (need == NEED_UNCONFINED && is_bound_key(caller))
		return "bound-key";
	if (need == NEED_UNCONFINED)
		return role_word(role_of_key(caller));
	return role_word(need == NEED_PROJECT_ADMIN
		? project_role(caller)
		: organization_role(caller));
}

void caller_name_rights(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault)
{
	static const char *const words[] = {
		[NEED_NOTHING] = "member",
		[NEED_PERSON] = "person",
		[NEED_USER] = "user-credential",
		[NEED_UNCONFINED] = "unbound-admin-key",
		[NEED_MEMBER] = "member",
		[NEED_ASKING] = "admin-or-service-key",
		[NEED_ADMIN] = "admin",
		[NEED_AUDITOR] = "admin",
		[NEED_PROJECT_ADMIN] = "project-admin",
		[NEED_SYSTEM_ADMIN] = "system-admin",
	};
	bool is_nobody = fault->cause == CAUSE_MEMBERSHIP ||
	    fault->cause == CAUSE_CONTEXT;
	bool is_less = permit_place(caller, ask, NULL) != ERR_NONE ||
	    permit_need(caller, ask, NULL) != ERR_NONE;

	if (is_nobody)
		fault_rights(fault, words[ask->need], role_word(ROLE_NONE));
	else if (fault->needed == NULL && is_less)
		fault_rights(
		    fault, words[ask->need], have_word(caller, ask->need));
}
