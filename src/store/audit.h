/*
 * The audit trail: one row for every write, in the transaction of the write.
 */
#ifndef TENANTRY_STORE_AUDIT_H
#define TENANTRY_STORE_AUDIT_H

#include "store/statement.h"

struct audit_entry {
	const char *user_id; /* who; NULL: a service key or the command line */
	const char *organization_id; /* NULL = none */
	const char *action;          /* e.g. "organization.create" */
	const char *resource_kind;
	const char *resource_id;
	const char *detail; /* for people, never a secret; cut at 500 bytes */
	const char *key_id; /* the service key that has done it; NULL: none */
};

/*
 * Appends; call it inside the transaction of the write.  The first row of a
 * transaction has the id of the write.
 */
enum err audit_insert(struct store *st, const struct audit_entry *entry);

/* The id of the write under way, made where there is none yet. */
const char *audit_id(struct store *st);

/* Whether a row of that id is there, committed. */
enum err audit_find(struct store *st, const char *id, bool *found);

/* What is entered as the request: its id, or that of the command line. */
const char *audit_request(const struct store *st);

extern const struct statement *const audit_statements[];

#endif
