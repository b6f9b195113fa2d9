/*
 * Who calls, from where and with which rights, and the one rule that decides
 * whether that is enough.  Pure: no database, no request.
 */
#ifndef TENANTRY_MODEL_CALLER_H
#define TENANTRY_MODEL_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/field.h"
#include "base/ulid.h"

enum { ROLE_SIZE = 9 };

/* Which organization a route is about. */
enum scope {
	SCOPE_PUBLIC,  /* none, and no credential */
	SCOPE_SELF,    /* none: the caller himself */
	SCOPE_NAMED,   /* the one whose id or slug the path has */
	SCOPE_CONTEXT, /* the one of the context (five rules) */
	SCOPE_COUNT
};

/* What a caller must be there. */
enum need {
	NEED_NOTHING,
	NEED_UNCONFINED, /* no key that is bound or has a role below admin */
	NEED_MEMBER,
	NEED_ADMIN,
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
};

/* One row of the database's word on the caller. */
struct caller {
	char user_id[ULID_SIZE];
	bool is_system_admin;
	char active_project_id[ULID_SIZE];
	char key_id[ULID_SIZE];              /* empty: a password */
	char key_organization_id[ULID_SIZE]; /* empty: not confined */
	char key_project_id[ULID_SIZE];
	char key_role[ROLE_SIZE];
	/* of the scope, where it is the caller's; empty: none */
	char organization_id[ULID_SIZE];
	char organization_role[ROLE_SIZE]; /* empty: no member */
	int64_t organization_version;      /* 0: none */
	char header_project_id[ULID_SIZE]; /* the header's, where it exists */
	char header_project_organization_id[ULID_SIZE];
	char header_project_role[ROLE_SIZE];
};

/* What the database says of a caller, by scope: the rest stays empty. */
extern const struct field_table caller_tables[SCOPE_COUNT];

/*
 * Rights are the least of what the user has there and of what the key allows,
 * on every route and in every list (store/rights.h says the same in SQL).
 *
 * A system administrator whose key does not take that away.
 */
bool caller_is_system_admin(const struct caller *caller);

/* Admin of the organization of the scope, within what the key allows. */
bool caller_is_admin(const struct caller *caller);

/* Member of the organization of the scope, or allowed everything. */
bool caller_is_member(const struct caller *caller);

/*
 * ERR_NONE where the caller may; else ERR_FORBIDDEN, ask->unknown,
 * ERR_BAD_REQUEST (contradicting headers) or ERR_NO_CONTEXT, with the fault.
 */
enum err caller_permit(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault);

#endif
