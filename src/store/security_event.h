/*
 * Sign-ins, passwords and sessions, as events beside the audit trail: kept for
 * 90 days, and 100,000 at most.  What was typed is never kept.
 */
#ifndef TENANTRY_STORE_SECURITY_EVENT_H
#define TENANTRY_STORE_SECURITY_EVENT_H

#include "store/statement.h"

struct security_event {
	const char *user_id;
	const char *action;     /* e.g. "session.create" */
	const char *session_id; /* NULL: none */
};

/* Appends, in the caller's transaction if there is one. */
enum err security_event_insert(
    struct store *st, const struct security_event *event);

/* The same of whom a mail of the outbox goes to; nothing if that is nobody. */
enum err security_event_asked(
    struct store *st, const char *action, const char *mail_id);

/*
 * A wrong password: the first of this login (folded) from this address
 * (address_group()) in 15 minutes.  `user_id` empty: the login is nobody's.
 */
enum err security_event_failure(struct store *st, const char *user_id,
    const char *login_key, const char *address);

/*
 * A system administrator has read an organization without being a member of
 * it: the first time in 15 minutes.
 */
enum err security_event_foreign_read(struct store *st, const char *user_id,
    const char *session_id, const char *organization_id);

/*
 * Removes some of the events that are too old or too many, and some of the
 * sessions that ended a week ago.  `*removed` grows by how many.
 */
enum err security_event_slice(struct store *st, uint64_t *removed);

/* The same at times, after a sign-in; what fails is tried again later. */
void security_event_purge(struct store *st);

extern const struct statement *const security_event_statements[];

#endif
