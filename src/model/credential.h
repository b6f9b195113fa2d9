/*
 * The kinds of credentials, and which columns the database answers with for
 * the caller of each.
 */
#ifndef TENANTRY_MODEL_CREDENTIAL_H
#define TENANTRY_MODEL_CREDENTIAL_H

#include "model/caller.h"

/* What the caller has shown; each kind has its own text of a statement. */
enum credential_kind {
	CREDENTIAL_KEY,
	CREDENTIAL_LOGIN,
	CREDENTIAL_SERVICE, /* a key that belongs to an organization */
	CREDENTIAL_SESSION,
	CREDENTIAL_TOOL, /* none: the command line may do all, as nobody */
	CREDENTIAL_KINDS
};

/* What the database says of a caller, by scope: the rest stays empty. */
extern const struct field_table caller_tables[SCOPE_COUNT]; /* of a user */
const struct field_table *caller_table(
    enum scope scope, enum credential_kind kind);

/* The caller's role in the organization, as an answer says it. */
const char *caller_role_word(const struct caller *caller);

/*
 * Names in the fault of a 403 what was needed and what the caller has, each in
 * one word; what a route has said of it already stays.
 */
void caller_name_rights(const struct caller *caller,
    const struct caller_ask *ask, struct fault *fault);

/* Whether what is of that scope has an organization. */
bool scope_has_organization(enum scope scope);

#endif
