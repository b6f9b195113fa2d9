/*
 * API keys as the command-line tool makes and revokes them.  Every write leaves
 * an audit row in its transaction.
 */
#ifndef TENANTRY_STORE_API_KEY_H
#define TENANTRY_STORE_API_KEY_H

#include "model/key_text.h"
#include "store/audit.h"
#include "store/handover.h"
#include "store/lock.h"
#include "store/usable_admin.h"

enum { API_KEY_SIZE = KEY_TEXT_SIZE };

/* An API key and what it is bound to; texts may be NULL. */
struct api_key {
	char text[API_KEY_SIZE]; /* of api_key_make() */
	char id[ULID_SIZE];      /* of the function that inserts it */
	const char *user_id;     /* NULL: a service key */
	bool is_system_admin; /* the user is: may do all in any organization */
	const char *organization_id; /* set wherever project_id is */
	const char *project_id;
	const char *role; /* at most: admin, user or viewer */
	bool can_manage;  /* of a service key */
	const char *description;
	int64_t expires_at; /* ms, 0 = never */
	struct handover *handover;
};

/* Whose a key is. */
struct api_key_owner {
	char id[ULID_SIZE];              /* of the key */
	char user_id[ULID_SIZE];         /* empty: a service key */
	char organization_id[ULID_SIZE]; /* empty: not bound */
	bool is_system_admin;            /* the user is */
};

/* Fills `text` from 192 random bits; `kind` as in model/key_text.h. */
void api_key_make(struct api_key *key, char kind);

/*
 * Inserts and hands over.  ERR_FORBIDDEN and the fault if the user has no
 * rights in the key's organization or project, so that it could not work;
 * ERR_KEY_LIMIT and the fault if its owner has too many there; ERR_NO_RESOURCE
 * if user, organization or project are not there.
 */
enum err api_key_insert(
    struct store *st, struct api_key *key, struct fault *fault);

/* The same, but for rights and limit, in the transaction of the caller. */
enum err api_key_put(struct store *st, struct api_key *key);

/* By its id, or by the key itself. */
enum err api_key_find(struct store *st, const char *text,
    struct api_key_owner *owner, bool *found);

/*
 * The key is refused from now on.  ERR_LAST_ADMIN as usable_admin.h says;
 * ERR_NO_RESOURCE if it is gone.
 */
enum err api_key_revoke(struct store *st, const struct api_key_owner *owner,
    struct admin_guard *guard);

/*
 * The same in the transaction of the caller, who has the locks; `entry` says
 * who does it and why, and gets what goes with the key.
 */
enum err api_key_end(struct store *st, const struct api_key_owner *owner,
    struct audit_entry *entry);

/* Enters that it was used today; waits a second for a lock at most. */
enum err api_key_use(struct store *st, const char *id);

extern const struct statement *const api_key_statements[];

#endif
