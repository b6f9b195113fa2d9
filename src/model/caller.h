/*
 * Who calls, from where and with which rights, and the one rule that decides
 * whether that is enough.  Pure: no database, no request.
 */
#ifndef TENANTRY_MODEL_CALLER_H
#define TENANTRY_MODEL_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/field.h"
#include "base/ulid.h"

enum { ROLE_SIZE = 9 };

/* Which organization a route is about. */
enum scope {
	SCOPE_PUBLIC,  /* none, and no credential */
	SCOPE_SELF,    /* none: the caller himself */
	SCOPE_NAMED,   /* the one whose id or slug the path has */
	SCOPE_TRAIL,   /* the same, also deleted, for who was its admin then */
	SCOPE_CONTEXT, /* the one of the context (five rules) */
	SCOPE_CURRENT, /* the same, and the project of the context */
	SCOPE_PROJECT, /* that of the project whose id the path has */
	SCOPE_KEY,     /* that of the API key whose id the path has, or none */
	SCOPE_INVITATION, /* that of the invitation whose id the path has */
	SCOPE_COUNT
};

/* Roles in an organization are admin and user, in a project viewer too. */
bool role_is_of_organization(const char *text);
bool role_is_of_project(const char *text);

/* What a caller must be there. */
enum need {
	NEED_NOTHING,
	NEED_PERSON,     /* no API key */
	NEED_USER,       /* no service key, which has no user */
	NEED_UNCONFINED, /* no key that is bound or has a role below admin */
	NEED_MEMBER,
	NEED_ASKING, /* an admin, or a service key whatever its role */
	NEED_ADMIN,
	NEED_AUDITOR,       /* the same, also by a key of a project */
	NEED_PROJECT_ADMIN, /* of the scope's project */
	NEED_SYSTEM_ADMIN
};

/* What the request says of its organization; texts may be empty. */
struct caller_ask {
	enum scope scope;
	enum need need;
	enum err unknown;    /* for an organization not known to the caller */
	const char *target;  /* from the path, or NULL */
	const char *project; /* header X-Bindplane-Account-ID, or NULL */
	const char *organization; /* header X-Organization-ID, or NULL */
	bool manages;  /* a service key must be one that may manage */
	bool steps_up; /* a session must have given its password lately */
};

/* One row of the database's word on the caller: a person or a service key. */
struct caller {
	char session_id[ULID_SIZE];         /* empty: another credential */
	bool is_session_seen, is_confirmed; /* of a minute, of ten ago */
	bool can_manage; /* of a service key: members, keys and the licence */
	char user_id[ULID_SIZE]; /* empty: a service key */
	bool is_system_admin;
	char active_project_id[ULID_SIZE];
	char key_id[ULID_SIZE];              /* empty: a password */
	char key_organization_id[ULID_SIZE]; /* empty: not confined */
	char key_project_id[ULID_SIZE], key_role[ROLE_SIZE];
	bool is_key_used_today; /* it says so already */
	/* of the scope, where it is the caller's; empty: none */
	char organization_id[ULID_SIZE];
	char organization_role[ROLE_SIZE]; /* empty: no member */
	int64_t organization_version;      /* 0: none */
	/* the header's, the context's or the path's, where it exists */
	char project_id[ULID_SIZE];
	char project_organization_id[ULID_SIZE];
	char project_role[ROLE_SIZE];
};
/* The id of a service key, else ""; of the user or service key. */
bool caller_is_service(const struct caller *caller);
const char *caller_service_id(const struct caller *caller);
const char *caller_id(const struct caller *caller);

/*
 * Rights are the least of what the user has there and of what the key allows,
 * on every route and in every list (store/rights.h says the same in SQL).  A
 * service key has its own role in its organization, and in each project there
 * or the one that it is bound to.
 * A system administrator whose key does not take that away.
 */
bool caller_is_system_admin(const struct caller *caller);
/* Admin of the organization of the scope, or of its project, alike. */
bool caller_is_admin(const struct caller *caller);
bool caller_is_project_admin(const struct caller *caller);
/* Member of the organization of the scope, or allowed everything. */
bool caller_is_member(const struct caller *caller);

/*
 * A role that the caller may give to what acts for the caller: "" means all
 * that the caller may.  Within the project of the scope where there is one.
 */
bool caller_may_give(const struct caller *caller, const char *role);

/*
 * ERR_FORBIDDEN and the fault for a service key that may not manage;
 * ERR_STEP_UP for a session whose password was given over ten minutes ago.
 */
enum err caller_may_manage(const struct caller *caller, struct fault *fault);
enum err caller_step_up(const struct caller *caller, struct fault *fault);
/*
 * ERR_NONE where the caller may; else ERR_FORBIDDEN, ask->unknown,
 * ERR_BAD_REQUEST (contradicting headers) or ERR_NO_CONTEXT, with the fault.
 */
enum err caller_permit(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault);

#endif
