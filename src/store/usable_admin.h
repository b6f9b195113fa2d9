/*
 * The last usable administrator.  An organization keeps at least one admin who
 * is not disabled and has a password, or an API key without an end that is
 * admin there; and the installation a system administrator, alike.
 */
#ifndef TENANTRY_STORE_USABLE_ADMIN_H
#define TENANTRY_STORE_USABLE_ADMIN_H

#include "model/name.h"
#include "store/statement.h"

struct admin_guard {
	const char *user_id;
	/* that the change is about; NULL: every one of the user's */
	const char *organization_id;
	bool is_system_admin; /* the user is: then those are counted too */
	bool is_locked;       /* the organizations are, by the caller */
	bool is_forced;       /* whatever is counted is allowed */
	struct fault *fault;
	int64_t lacking, system; /* of usable_admin_before() */
};

/*
 * Locks the organizations and counts; the first step of the transaction.
 * ERR_NO_RESOURCE if the organization is not there.
 */
enum err usable_admin_before(struct store *st, struct admin_guard *guard);

/*
 * Counts again after the change: ERR_LAST_ADMIN and the fault if an
 * organization, or the installation, has lost its last usable administrator.
 */
enum err usable_admin_after(struct store *st, struct admin_guard *guard);

/* Locks one organization; ERR_NO_RESOURCE if it is not there. */
enum err usable_admin_lock(struct store *st, const char *organization_id);

enum { ADMIN_ALONE_MAX = 50 }; /* that are named */

/* An organization whose only usable admin a user is. */
struct admin_alone {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char display_name[NAME_DISPLAY_SIZE];
};
extern const struct field_table admin_alone_table;

/* Reads the first of them in the order of their ids; `*count`: how many. */
enum err usable_admin_alone(struct store *st, const char *user_id,
    struct admin_alone rows[ADMIN_ALONE_MAX], size_t *count);

/*
 * Locks the system administrators: ERR_LAST_ADMIN and the fault if the user is
 * the last usable one.
 */
enum err usable_admin_other_system(
    struct store *st, const char *user_id, struct fault *fault);

extern const struct statement *const usable_admin_statements[];

#endif
