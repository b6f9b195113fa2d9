#include "store/lock.h"

#include <string.h>

#include "store/session.h"

/*
 * A value as something that is known when the organization's row is read, and
 * locked, and not before: else the tables of the subquery would be read before
 * the wait for the lock, and what was committed meanwhile would be missed.
 */
#define THEN "COALESCE(NULLIF(organizations.id, organizations.id), ?)"

/*
 * It is not deleted, and the caller is as read: not disabled, of the same
 * roles, and with a credential that is still good.  A key's role and bounds
 * never change.
 */
#define IF_AS_READ \
	" WHERE id = ? AND deleted_at IS NULL" \
	" AND EXISTS (SELECT 1 FROM users u" \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = organizations.id" \
	" LEFT JOIN project_bindings p ON p.user_id = u.id" \
	" AND p.project_id = " THEN " LEFT JOIN api_keys k ON k.id = " THEN \
	" AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(3))" \
	" WHERE u.id = " THEN " AND u.disabled_at IS NULL" \
	" AND u.is_system_admin = ? AND k.id <=> ? AND b.role <=> ?" \
	" AND p.role <=> ?)"

/* The same by a session, which belongs to the user. */
#define IF_SESSION_AS_READ \
	" WHERE id = ? AND deleted_at IS NULL" \
	" AND EXISTS (SELECT 1 FROM users u" \
	" JOIN sessions ss ON ss.user_id = u.id AND ss.id = " THEN \
	    SESSIONS_LIVE " AND ss.epoch = u.session_epoch" \
	" LEFT JOIN organization_bindings b ON b.user_id = u.id" \
	" AND b.organization_id = organizations.id" \
	" LEFT JOIN project_bindings p ON p.user_id = u.id" \
	" AND p.project_id = " THEN " WHERE u.id = " THEN \
	" AND u.disabled_at IS NULL" \
	" AND u.is_system_admin = ? AND b.role <=> ? AND p.role <=> ?)"

/* A service key as read: its role and bounds never change, so it is there. */
#define IF_SERVICE_AS_READ \
	" WHERE id = ? AND EXISTS (SELECT 1 FROM api_keys k" \
	" WHERE k.id = " THEN " AND k.user_id IS NULL" \
	" AND k.organization_id = organizations.id" \
	" AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(3)))"

/* How many values there are. */
enum { AS_READ = 8, SERVICE_AS_READ = 2, SESSION_AS_READ = 7 };

static const struct statement lock_as_read = {
	.text = LOCK_ORGANIZATION IF_AS_READ " AND ? IN (0, version)",
	.values = AS_READ + 1,
};

static const struct statement lock_service_as_read = {
	.text = LOCK_ORGANIZATION IF_SERVICE_AS_READ " AND ? IN (0, version)",
	.values = SERVICE_AS_READ + 1,
};

static const struct statement lock_session_as_read = {
	.text = LOCK_ORGANIZATION IF_SESSION_AS_READ " AND ? IN (0, version)",
	.values = SESSION_AS_READ + 1,
};

static const struct statement is_session_as_read = {
	.text = "SELECT 1 AS found FROM organizations" IF_SESSION_AS_READ,
	.values = SESSION_AS_READ,
	.tables = { &statement_found_table },
};

static const struct statement is_service_as_read = {
	.text = "SELECT 1 AS found FROM organizations" IF_SERVICE_AS_READ,
	.values = SERVICE_AS_READ,
	.tables = { &statement_found_table },
};

static const struct statement is_as_read = {
	.text = "SELECT 1 AS found FROM organizations" IF_AS_READ,
	.values = AS_READ,
	.tables = { &statement_found_table },
};

static const struct statement lock = {
	.text = LOCK_ORGANIZATION " WHERE id = ? AND deleted_at IS NULL",
	.values = 1,
};

/* A locking read sees what is committed when it has the lock. */
static const struct statement lock_user = {
	.text = "SELECT 1 AS found FROM users u LEFT JOIN api_keys k"
		" ON k.id = ? AND (k.expires_at IS NULL"
		" OR k.expires_at > UTC_TIMESTAMP(3))"
		" WHERE u.id = ? AND u.disabled_at IS NULL"
		" AND u.is_system_admin = ? AND k.id <=> ? FOR UPDATE",
	.values = 4,
	.tables = { &statement_found_table },
};

static const struct statement lock_user_of_session = {
	.text = "SELECT 1 AS found FROM users u JOIN sessions ss"
		" ON ss.user_id = u.id AND ss.id = ? AND " SESSION_IS_LIVE(
		    "ss") " AND ss.epoch = u.session_epoch"
			  " WHERE u.id = ? AND u.disabled_at IS NULL"
			  " AND u.is_system_admin = ? FOR UPDATE",
	.values = 3,
	.tables = { &statement_found_table },
};

const struct statement *const lock_statements[] = { &lock_as_read, &is_as_read,
	&lock_service_as_read, &is_service_as_read, &lock_session_as_read,
	&is_session_as_read, &lock, &lock_user, &lock_user_of_session, NULL };

/* What is asked of the caller, and with which values. */
struct question {
	const struct statement *lock, *is_as_read;
	struct db_value values[AS_READ + 1];
};

static void ask_service(const struct asker *asker, struct question *question)
{
	question->lock = &lock_service_as_read;
	question->is_as_read = &is_service_as_read;
	question->values[0] = db_text(asker->caller.organization_id);
	question->values[1] = db_text(asker->caller.key_id);
	question->values[2] = db_integer(asker->expected_version);
}

static void ask_session(const struct asker *asker, struct question *question)
{
	const struct caller *caller = &asker->caller;
	const struct db_value all[] = {
		db_text(caller->organization_id),
		db_text(caller->session_id),
		db_text(caller->project_id),
		db_text(caller->user_id),
		db_integer(caller->is_system_admin),
		db_text(caller->organization_role),
		db_text(caller->project_role),
		db_integer(asker->expected_version),
	};

	question->lock = &lock_session_as_read;
	question->is_as_read = &is_session_as_read;
	memcpy(question->values, all, sizeof(all));
}

static void ask(const struct asker *asker, struct question *question)
{
	const struct caller *caller = &asker->caller;
	const struct db_value all[AS_READ + 1] = {
		db_text(caller->organization_id),
		db_text(caller->project_id),
		db_text(caller->key_id),
		db_text(caller->user_id),
		db_integer(caller->is_system_admin),
		db_text(caller->key_id),
		db_text(caller->organization_role),
		db_text(caller->project_role),
		db_integer(asker->expected_version),
	};

	if (caller_is_service(caller) && caller->organization_id[0] != '\0') {
		ask_service(asker, question);
		return;
	}
	if (caller->session_id[0] != '\0') {
		ask_session(asker, question);
		return;
	}
	question->lock = &lock_as_read;
	question->is_as_read = &is_as_read;
	memcpy(question->values, all, sizeof(all));
}

/* The caller's own row, where there is no organization. */
static enum err take_user(
    struct store *st, const struct caller *caller, bool *is_current)
{
	const struct db_value by_key[] = { db_text(caller->key_id),
		db_text(caller->user_id), db_integer(caller->is_system_admin),
		db_text(caller->key_id) };
	const struct db_value by_session[] = { db_text(caller->session_id),
		db_text(caller->user_id), db_integer(caller->is_system_admin) };

	return caller->session_id[0] != '\0'
	    ? store_exists(st, &lock_user_of_session, by_session, is_current)
	    : store_exists(st, &lock_user, by_key, is_current);
}

/* Nothing of the tool can have changed; a key may be of no organization. */
static enum err take_for_tool(struct store *st, const struct caller *caller)
{
	const struct db_value id = db_text(caller->organization_id);
	uint64_t affected = 0;
	enum err err;

	if (caller->organization_id[0] == '\0')
		return ERR_NONE;
	err = store_run(st, &lock, &id, &affected);
	return !err && affected == 0 ? ERR_NO_RESOURCE : err;
}

enum err lock_take(
    struct store *st, const struct asker *asker, bool *is_current)
{
	struct question question;
	struct db_value *values = question.values;
	uint64_t affected = 0;
	enum err err;

	*is_current = true;
	if (asker->credential.kind == CREDENTIAL_TOOL)
		return take_for_tool(st, &asker->caller);
	if (asker->caller.organization_id[0] == '\0')
		return take_user(st, &asker->caller, is_current);
	ask(asker, &question);
	err = store_run(st, question.lock, values, &affected);
	*is_current = affected == 1;
	if (err || affected == 1)
		return err;
	err = store_run(st, &lock, values, &affected);
	return !err && affected == 0 ? ERR_NO_RESOURCE : err;
}

enum err lock_organization(struct store *st, const struct asker *asker)
{
	struct question question;
	struct db_value *values = question.values;
	uint64_t affected;
	bool is_other_version = false;
	enum err err;

	if (asker->credential.kind == CREDENTIAL_TOOL)
		return take_for_tool(st, &asker->caller);
	ask(asker, &question);
	err = store_run(st, question.lock, values, &affected);
	if (err || affected == 1)
		return err;
	if (asker->expected_version != VERSION_ANY &&
	    (err = store_exists(
		 st, question.is_as_read, values, &is_other_version)))
		return err;
	if (is_other_version)
		return fault_set(asker->fault, ERR_PRECONDITION,
		    "the organization is not as If-Match or If-None-Match"
		    " wants it: nothing was changed, read it again and retry"
		    " with its new ETag");
	return fault_refuse(asker->fault,
	    asker->ask.unknown == ERR_NO_RESOURCE ? ERR_NO_RESOURCE
						  : ERR_FORBIDDEN,
	    CAUSE_MEMBERSHIP,
	    "the organization was deleted, or your role in it ended, after"
	    " this request began: nothing was saved");
}
