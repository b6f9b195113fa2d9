#include "store/erase.h"

#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/deleted.h"
#include "store/invitation.h"
#include "store/licence.h"
#include "store/member.h"
#include "store/usable_admin.h"

enum { SLICE = 100 }; /* rows; as SOME says */

/* --- what there is -------------------------------------------------------- */

#define COUNT(member_, column_, at_) \
	{ \
		.member = member_, .column = column_, .type = FIELD_INTEGER, \
		FIELD_AT(struct erase_counts, at_) \
	}
static const struct field count_fields[] = {
	COUNT("memberships", "memberships", memberships),
	COUNT("projectRoles", "project_roles", project_roles),
	COUNT("apiKeys", "key_count", keys),
	COUNT("sessions", "session_count", sessions),
	COUNT("invitations", "invitation_count", invitations),
};
const struct field_table erase_count_table = FIELD_TABLE(count_fields);

#define OF_USER "WHERE c.user_id = u.id)"

/*
 * An invitation to the address of a user is one of the person only where the
 * address is proved: whoever takes a stranger's address must not reach what
 * others have sent to it.
 */
#define IS_TO_USER(i_) "NOT u.is_email_unproved AND " INVITATION_IS_TO(i_, "u")

/* To the address of today, by the person, or accepted at another address. */
static const struct statement count = {
	.text = "SELECT (SELECT COUNT(*) FROM organization_bindings c " OF_USER
		" AS memberships,"
		" (SELECT COUNT(*) FROM project_bindings c " OF_USER
		" AS project_roles,"
		" (SELECT COUNT(*) FROM api_keys c " OF_USER " AS key_count,"
		" (SELECT COUNT(*) FROM sessions c " OF_USER
		" AS session_count,"
		" (SELECT COUNT(*) FROM invitations i"
		" WHERE i.email_key = u.email_key AND " IS_TO_USER(
		    "i") ") + (SELECT COUNT(*) FROM invitations i"
			 " WHERE i.invited_by = u.id)"
			 " + (SELECT COUNT(*) FROM invitations i"
			 " WHERE i.accepted_by = u.id AND NOT (i.email_key"
			 " = u.email_key AND " IS_TO_USER(
			     "i") "))"
				  " AS invitation_count"
				  " FROM users u WHERE u.id = ?"
				  " AND u.erased_at IS NULL",
	.values = 1,
	.tables = { &erase_count_table },
};

struct row {
	char id[ULID_SIZE];
};
static const struct field row_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct row, id) },
};
static const struct field_table row_table = FIELD_TABLE(row_fields);

#define FIRST_OF "(SELECT f.organization_id FROM "

/* Keys that those of the user have made which are bound nowhere. */
#define MADE_BY(user_) \
	"api_keys k FORCE INDEX (api_keys_user) STRAIGHT_JOIN api_keys f" \
	" ON f.made_by = k.id WHERE k.user_id = " user_ \
	" AND k.organization_id IS NULL"
#define MADE MADE_BY("u.id")

/* An organization that still has something of the person; NULL: none has. */
static const struct statement find_next = {
	.text = "SELECT COALESCE(" FIRST_OF "organization_bindings f"
		" WHERE f.user_id = u.id LIMIT 1)," FIRST_OF "invitations f"
		" WHERE f.email_key = u.email_key AND " IS_TO_USER(
		    "f") " LIMIT 1)," FIRST_OF
			 "invitations f WHERE f.invited_by = u.id"
			 " LIMIT 1)," FIRST_OF
			 "invitations f WHERE f.accepted_by = u.id"
			 " LIMIT 1)," FIRST_OF
			 "deleted_bindings f WHERE f.user_id = u.id"
			 " LIMIT 1)," FIRST_OF MADE " AND f.organization_id"
			 " IS NOT NULL LIMIT 1)) AS id"
			 " FROM users u WHERE u.id = ?",
	.values = 1,
	.tables = { &row_table },
};

/* --- of one organization -------------------------------------------------- */

#define SOME " LIMIT 100"
#define OF_BOTH " WHERE user_id = ? AND organization_id = ?"

/* Rows that go, and what the trail says of them: the same, in one order. */
struct taking {
	enum {
		GOING_INVITATIONS,
		GOING_KEYS,
		GOING_PROJECTS,
		GOING_SILENTLY
	} kind;
	struct statement list, take;
};
enum { GOING_LISTS = GOING_SILENTLY };

#define INVITATIONS(condition_, and_, values_) \
	{ \
		GOING_INVITATIONS, \
		    { .text = AUDIT_ID("id") " FROM invitations" INVITED_SO( \
			  condition_, and_), \
			    .values = values_, \
			    .tables = { &statement_word_table } }, \
		{ \
			.bounded = "100 rows of the index", \
			.text = "DELETE FROM invitations" INVITED_SO( \
			    condition_, and_), \
			.values = values_, \
		} \
	}
#define INVITED_SO(condition_, and_) \
	" WHERE " condition_ " AND organization_id = ?" and_ " ORDER BY id" SOME

#define PROJECTS_SO OF_BOTH " ORDER BY project_id" SOME
#define KEYS_SO OF_BOTH " ORDER BY generation DESC, id" SOME
#define MADE_SO \
	"(SELECT n.id FROM (SELECT f.id FROM " MADE_BY("?") MADE_HERE ") n)"
#define MADE_HERE \
	" AND f.organization_id = ? ORDER BY f.generation DESC, f.id" SOME
#define KEYS_ARE_BOUNDED "keys of one user, those that others have made first"

/*
 * The user, the organization, and the user again; roles in projects go with an
 * invitation.
 */
static const struct taking of_organization[] = {
	INVITATIONS("email_key = (SELECT u.email_key FROM users u"
		    " WHERE u.id = ?)",
	    " AND EXISTS (SELECT 1 FROM users u WHERE u.id = ? AND " IS_TO_USER(
		"invitations") ")",
	    3),
	INVITATIONS("invited_by = ?", "", 2),
	INVITATIONS("accepted_by = ?", "", 2),
	{ GOING_PROJECTS,
	    { .text = AUDIT_ID(
		  "project_id") " FROM project_bindings"
				" FORCE INDEX (PRIMARY)" PROJECTS_SO,
		.values = 2,
		.tables = { &statement_word_table } },
	    { .bounded = "100 rows of the index",
		.text = "DELETE FROM project_bindings" PROJECTS_SO,
		.values = 2 } },
	{ GOING_KEYS,
	    { .bounded = KEYS_ARE_BOUNDED,
		.text = AUDIT_KEYS("f.id IN (SELECT n.id FROM (SELECT id"
				   " FROM api_keys" KEYS_SO ") n)"),
		.values = 2,
		.tables = { &statement_word_table } },
	    { .bounded = KEYS_ARE_BOUNDED,
		.text = "DELETE FROM api_keys" KEYS_SO,
		.values = 2 } },
	/* they would go along with those, by a foreign key */
	{ GOING_KEYS,
	    { .bounded = KEYS_ARE_BOUNDED,
		.text = AUDIT_KEYS("f.id IN " MADE_SO),
		.values = 2,
		.tables = { &statement_word_table } },
	    { .bounded = KEYS_ARE_BOUNDED,
		.text = "DELETE FROM api_keys WHERE id IN " MADE_SO,
		.values = 2 } },
	{ GOING_SILENTLY, { .text = NULL },
	    { .bounded = "100 rows of the index",
		.text = "DELETE FROM deleted_bindings" OF_BOTH SOME,
		.values = 2 } },
};
enum { TAKINGS = sizeof(of_organization) / sizeof(of_organization[0]) };

#define CLEARED(column) \
	column " = IF(EXISTS (SELECT 1 FROM projects p WHERE p.id = " column \
	       " AND p.organization_id = ?), NULL, " column ")"
static const struct statement leave_projects = {
	.text = "UPDATE users SET " CLEARED("active_project_id") ", " CLEARED(
	    "next_login_project_id") " WHERE id = ?",
	.values = 3,
};

static const struct statement leave = {
	.text = "DELETE FROM organization_bindings" OF_BOTH,
	.values = 2,
};

static const struct statement count_out = {
	.text = COUNT_MEMBER("- 1"),
	.values = 1,
};

/* --- of the user alone ---------------------------------------------------- */

#define SOME_OF_USER(table_) \
	{ \
		.bounded = "100 rows of one user", \
		.text = "DELETE FROM " table_ " WHERE user_id = ?" SOME, \
		.values = 1, \
	}

/* The keys are last: the person can go on with one that was stopped. */
static const struct statement of_user[] = {
	SOME_OF_USER("outbox"),
	SOME_OF_USER("address_changes"),
	SOME_OF_USER("security_events"),
	SOME_OF_USER("idempotency_keys"),
	{ .bounded = "100 rows of one login",
	    .text = "DELETE FROM login_failures WHERE login_digest ="
		    " UNHEX(SHA2((SELECT u.email_key FROM users u"
		    " WHERE u.id = ?), 256))" SOME,
	    .values = 1 },
	SOME_OF_USER("sessions"),
	{ .bounded = "keys of one user, those that others have made first",
	    .text = "DELETE FROM api_keys WHERE user_id = ?"
		    " ORDER BY generation DESC" SOME,
	    .values = 1 },
};
enum { USER_TABLES = sizeof(of_user) / sizeof(of_user[0]) };

static const struct statement lock_user = {
	.text = "UPDATE users SET session_epoch = session_epoch + 1"
		" WHERE id = ? AND erased_at IS NULL",
	.values = 1,
};

#define OR_IN(table_) \
	" OR EXISTS (SELECT 1 FROM " table_ " c WHERE c.user_id = u.id)"

/* Made while the others went. */
static const struct statement is_left = {
	.text =
	    "SELECT 1 AS found FROM users u WHERE u.id = ? AND (FALSE" OR_IN(
		"api_keys") OR_IN("sessions") OR_IN("outbox")
		OR_IN("address_changes") OR_IN("security_events")
		    OR_IN("idempotency_keys") ")",
	.values = 1,
	.tables = { &statement_found_table },
};

/* The key is no login and no address: nobody can have it. */
static const struct statement forget = {
	.text = "UPDATE users SET name = LOWER(id),"
		" display_name = '" ERASED_NAME "', email = '" ERASED_NAME "',"
		" email_key = CONCAT('" ERASED_NAME " ', id),"
		" password_hash = NULL, active_project_id = NULL,"
		" next_login_project_id = NULL, version = version + 1,"
		" modified_at = ?, disabled_at = COALESCE(disabled_at, ?),"
		" erased_at = ? WHERE id = ?",
	.values = 4,
};

#define TAKE(i_) &of_organization[i_].take
#define BOTH(i_) &of_organization[i_].list, TAKE(i_)
const struct statement *const erase_statements[] = { &count, &find_next,
	BOTH(0), BOTH(1), BOTH(2), BOTH(3), BOTH(4), BOTH(5), TAKE(6),
	&leave_projects, &leave, &count_out, &of_user[0], &of_user[1],
	&of_user[2], &of_user[3], &of_user[4], &of_user[5], &of_user[6],
	&lock_user, &is_left, &forget, NULL };

_Static_assert(TAKINGS == 7 && USER_TABLES == 7, "each is in the list");

/* --- steps ---------------------------------------------------------------- */

struct erasing {
	const struct erase *erase;
	struct row organization; /* empty: none has anything left */
	bool is_early;           /* something has come while the last one ran */
	/* for the trail */
	const char *gone[GOING_LISTS]; /* lists of ids; NULL or "": none */
	struct member_roles before;
};

/* Two lists as one. */
static const char *join(struct store *st, const char *list, const char *more)
{
	if (list == NULL || *list == '\0' || strcmp(more, "null") == 0)
		return more;
	if (*more == '\0' || strcmp(list, "null") == 0)
		return list;
	return arena_print(
	    st->mem, "%.*s,%s", (int)strlen(list) - 1, list, more + 1);
}

static enum err take_some(struct store *st, struct erasing *step,
    const struct db_value *values, uint64_t *rows)
{
	enum err err = ERR_NONE;

	*rows = 0;
	for (size_t i = 0; i < TAKINGS && *rows < SLICE && !err; i++) {
		const struct taking *some = &of_organization[i];
		uint64_t affected = 0;
		const char *list;

		if (some->kind != GOING_SILENTLY) {
			err = audit_list(st, &some->list, values, &list);
			if (err)
				return err;
			step->gone[some->kind] = join(
			    st, step->gone[some->kind], list);
		}
		err = store_run(st, &some->take, values, &affected);
		*rows += affected;
	}
	return err;
}

static enum err take_of_user(
    struct store *st, const struct db_value *user, uint64_t *rows)
{
	enum err err = ERR_NONE;

	*rows = 0;
	for (size_t i = 0; i < USER_TABLES && *rows < SLICE && !err; i++) {
		uint64_t affected = 0;

		err = store_run(st, &of_user[i], user, &affected);
		*rows += affected;
	}
	return err;
}

static const char *change_of(struct store *st, const struct erasing *step)
{
	return AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_TEXT("before", step->before.organization),
	    AUDIT_MEMBER_JSON("gone", step->gone[GOING_INVITATIONS]),
	    AUDIT_MEMBER_JSON("keys", step->gone[GOING_KEYS]),
	    AUDIT_MEMBER_JSON("projects", step->gone[GOING_PROJECTS]));
}

static enum err enter(struct store *st, const struct erasing *step,
    const char *action, const char *detail)
{
	const struct caller *by = step->erase->by;
	bool is_of_one = step->organization.id[0] != '\0';
	const struct audit_entry entry = {
		.user_id = by != NULL ? by->user_id : NULL,
		.session_id = by != NULL ? by->session_id : NULL,
		.organization_id = is_of_one ? step->organization.id : NULL,
		.action = action,
		.resource_kind = "User",
		.resource_id = step->erase->user_id,
		.detail = detail,
		.change = is_of_one ? change_of(st, step)
				    : "{\"state\":\"erased\"}",
	};

	return audit_insert(st, &entry);
}

/* With all that hangs on it, which is gone already. */
static enum err leave_it(struct store *st, struct erasing *step, uint64_t *left)
{
	const struct membership at = { .user_id = step->erase->user_id,
		.organization_id = step->organization.id };
	const struct db_value user = db_text(at.user_id),
			      organization = db_text(at.organization_id);
	const struct db_value values[] = { organization, organization, user,
		organization };
	bool found;
	enum err err;

	if ((err = member_find(st, &at, &step->before, &found)) ||
	    (err = store_run(st, &leave_projects, values, NULL)) ||
	    (err = store_run(st, &leave, &values[2], left)) || *left == 0)
		return err;
	return store_run(st, &count_out, &organization, NULL);
}

static enum err organization_body(struct store *st, void *context)
{
	struct erasing *step = context;
	const struct erase *erase = step->erase;
	const struct db_value user = db_text(erase->user_id);
	const struct db_value values[] = { user, db_text(step->organization.id),
		user };
	struct admin_guard guard = { .user_id = erase->user_id,
		.organization_id = step->organization.id,
		.is_locked = true,
		.is_forced = erase->is_forced,
		.fault = erase->fault };
	uint64_t rows = 0, left = 0;
	enum err err = deleted_lock(st, step->organization.id);

	/* purged meanwhile, with all that the person had there */
	if (err == ERR_NO_RESOURCE)
		return ERR_UNCHANGED;
	memset(step->gone, 0, sizeof(step->gone));
	memset(&step->before, 0, sizeof(step->before));
	if (err || (err = usable_admin_before(st, &guard)) ||
	    (err = take_some(st, step, values, &rows)) ||
	    (rows < SLICE && (err = leave_it(st, step, &left))))
		return err;
	if (rows == 0 && left == 0)
		return ERR_UNCHANGED;
	err = left > 0 ? enter(st, step, "member.leave", "")
		       : enter(st, step, "user.erase", "invitations and roles");
	return err ? err : usable_admin_after(st, &guard);
}

enum err erase_check(struct store *st, const struct erase *erase)
{
	if (!erase->is_system_admin || erase->is_forced)
		return ERR_NONE;
	return usable_admin_other_system(st, erase->user_id, erase->fault);
}

/* Nobody adds anything to the user while the row is locked. */
static enum err user_body(struct store *st, void *context)
{
	struct erasing *step = context;
	const struct erase *erase = step->erase;
	const struct db_value user = db_text(erase->user_id),
			      now = db_time(st->now);
	const struct db_value values[] = { now, now, now, user };
	struct row next = { "" };
	uint64_t locked = 0;
	bool found = false;
	enum err err = erase_check(st, erase);

	step->is_early = false;
	if (err || (err = store_run(st, &lock_user, &user, &locked)))
		return err;
	if (locked == 0)
		return ERR_UNCHANGED; /* erased already */
	if ((err = store_exists(st, &is_left, &user, &step->is_early)) ||
	    (err = store_find(st, &find_next, &user, &next, &found)))
		return err;
	if (step->is_early || next.id[0] != '\0') {
		step->is_early = true;
		return ERR_UNCHANGED;
	}
	if ((err = store_run(st, &forget, values, NULL)))
		return err;
	return enter(st, step, "user.erase", "");
}

enum err erase_step(struct store *st, const struct erase *erase, bool *is_done)
{
	const struct db_value user = db_text(erase->user_id);
	struct erasing step = { .erase = erase };
	uint64_t rows = 0;
	bool found = false;
	enum err err = store_find(
	    st, &find_next, &user, &step.organization, &found);

	*is_done = false;
	if (err)
		return err;
	if (step.organization.id[0] != '\0')
		return store_transact(st, organization_body, &step);
	if ((err = take_of_user(st, &user, &rows)) || rows > 0)
		return err;
	err = store_transact(st, user_body, &step);
	*is_done = !err && !step.is_early;
	return err;
}

enum err erase_count(struct store *st, const char *user_id,
    struct erase_counts *counts, bool *found)
{
	const struct db_value user = db_text(user_id);

	return store_find(st, &count, &user, counts, found);
}
