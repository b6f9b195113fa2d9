/*
 * A person is erased: in steps, each a transaction of its own, so that none is
 * long.  The row of the user stays, with its id and nothing personal; whatever
 * shows it shows ERASED_NAME.  What was stopped in the middle goes on when it
 * is begun again.
 */
#ifndef TENANTRY_STORE_ERASE_H
#define TENANTRY_STORE_ERASE_H

#include "store/caller.h"

/* The address and the name of a user who is erased. */
#define ERASED_NAME "erased user"

/* How much goes; in the order of erase_count_table. */
struct erase_counts {
	int64_t memberships, project_roles, keys, sessions, invitations;
};
extern const struct field_table erase_count_table;

/* `*found` false: there is no such user, or the user is erased. */
enum err erase_count(struct store *st, const char *user_id,
    struct erase_counts *counts, bool *found);

struct erase {
	const char *user_id;
	const struct caller *by; /* NULL: the tool */
	bool is_system_admin;    /* the user is */
	bool is_forced;          /* past the last usable admin */
	struct fault *fault;
};

/*
 * Before the first step: ERR_LAST_ADMIN and the fault if the installation would
 * lose its last usable administrator.  The last step asks again.
 */
enum err erase_check(struct store *st, const struct erase *erase);

/*
 * One step: some rows of one organization, or of the user alone, or at last the
 * user's own row, which sets `*is_done`.  ERR_LAST_ADMIN and the fault if an
 * organization, or the installation, would lose its last usable administrator.
 */
enum err erase_step(struct store *st, const struct erase *erase, bool *is_done);

extern const struct statement *const erase_statements[];

#endif
