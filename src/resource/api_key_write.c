/*
 * What is written of API keys, and what the audit trail says of it and of other
 * things that change with one.
 */
#include "resource/api_key.h"
#include "store/api_key.h"
#include "store/columns.h"
#include "store/invitation.h"
#include "store/key_limit.h"
#include "store/lock.h"

/* --- steps ---------------------------------------------------------------- */

/* The organization is locked: nobody else makes one meanwhile. */
static const struct statement keep_to_limit = {
	.text = KEY_LIMIT_KEEP,
	IN(CALLER(organization_id), ROW(TEXT, struct api_key_row, owner),
	    ROW(TEXT, struct api_key_row, project_id)),
};

static const struct statement keep_to_service_limit = {
	.text = KEY_LIMIT_KEEP_SERVICE,
	IN(CALLER(organization_id), ROW(TEXT, struct api_key_row, project_id)),
};

/* What both statements below write of a new key, and its maker. */
#define MADE_VALUES \
	ROW(TIME, struct api_key_row, expires_at), \
	    ROW(KEY, struct api_key_row, description), \
	    ROW(TEXT, struct api_key_row, hint), \
	    ROW(TEXT, struct api_key_row, created_by), \
	    ROW(INTEGER, struct api_key_row, generation), \
	    ROW(TIME, struct api_key_row, shortened_at), \
	    ROW(TEXT, struct api_key_row, made_by)

/*
 * No row if the key that makes this one has another end now than when it was
 * read.  The SELECT locks the maker's row, so that no end is written meanwhile;
 * what ends the maker later finds this key and ends it too.
 */
static const struct statement insert = {
	.text = "INSERT INTO api_keys (id, digest, organization_id,"
		" project_id, role, created_at, expires_at, description, hint,"
		" created_by, made_by, generation, shortened_at, user_id)"
		" SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, m.id, ?, ?, u.id"
		" FROM users u LEFT JOIN api_keys m ON m.id = ?"
		" WHERE u.id = ? AND m.id <=> ? AND m.expires_at <=> ?"
		" LOCK IN SHARE MODE",
	IN(ROW(TEXT, struct api_key_row, id),
	    ROW(DIGEST, struct api_key_row, digest),
	    ROW(TEXT, struct api_key_row, organization_id),
	    ROW(TEXT, struct api_key_row, project_id),
	    ROW(TEXT, struct api_key_row, role), NOW, MADE_VALUES,
	    ROW(TEXT, struct api_key_row, owner),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TIME, struct api_key_row, maker_ends_at)),
};

/* The same for a key that has no user. */
static const struct statement insert_service = {
	.text = "INSERT INTO api_keys (id, digest, organization_id,"
		" project_id, role, manage, created_at, expires_at,"
		" description, hint, created_by, made_by, generation,"
		" shortened_at)"
		" SELECT ?, ?, o.id, ?, ?, ?, ?, ?, ?, ?, ?, m.id, ?, ?"
		" FROM organizations o LEFT JOIN api_keys m ON m.id = ?"
		" WHERE o.id = ? AND m.id <=> ? AND m.expires_at <=> ?"
		" LOCK IN SHARE MODE",
	IN(ROW(TEXT, struct api_key_row, id),
	    ROW(DIGEST, struct api_key_row, digest),
	    ROW(TEXT, struct api_key_row, project_id),
	    ROW(TEXT, struct api_key_row, role),
	    ROW(INTEGER, struct api_key_row, manage), NOW, MADE_VALUES,
	    ROW(TEXT, struct api_key_row, organization_id),
	    ROW(TEXT, struct api_key_row, made_by),
	    ROW(TIME, struct api_key_row, maker_ends_at)),
};

#define AS_READ " WHERE id = ? AND version = ?"
#define AS_READ_VALUES \
	OLD(TEXT, struct api_key_row, id), \
	    OLD(INTEGER, struct api_key_row, version)

static const struct statement rotate_it = {
	.text = "UPDATE api_keys SET rotated_at = ?, modified_at = ?,"
		" expires_at = ?, version = version + 1" AS_READ,
	IN(NOW, NOW, ROW(TIME, struct api_key_row, old_ends_at),
	    AS_READ_VALUES),
};

static const struct statement hand_over = {
	.text = "UPDATE api_keys SET made_by = ?,"
		" version = version + 1 WHERE made_by = ? AND ? > 0",
	IN(ROW(TEXT, struct api_key_row, id), OLD(TEXT, struct api_key_row, id),
	    ROW(INTEGER, struct api_key_row, overlap)),
};

/* An invitation is valid as long as the service key that has made it. */
static const struct statement hand_over_invitations = {
	.text = "UPDATE invitations SET invited_by_key = ?,"
		" version = version + 1 WHERE organization_id = ?"
		" AND pending_key IS NOT NULL AND invited_by_key = ? AND ? > 0",
	IN(ROW(TEXT, struct api_key_row, id), CALLER(organization_id),
	    OLD(TEXT, struct api_key_row, id),
	    ROW(INTEGER, struct api_key_row, overlap)),
};

static const struct statement revoke_invitations = {
	.text = INVITATIONS_REVOKE_OF_KEY,
	IN(NOW, NOW, CALLER(organization_id),
	    OLD(TEXT, struct api_key_row, id)),
};

/* All that the key has made, and what that has made: never later than it. */
static const struct statement end_made = {
	.bounded = "the keys that one key has made",
	.text = "UPDATE api_keys c JOIN (WITH RECURSIVE made (id) AS"
		" (SELECT f.id FROM api_keys f WHERE f.made_by = ?"
		" UNION ALL SELECT g.id FROM made"
		" JOIN api_keys g ON g.made_by = made.id)"
		" SELECT id FROM made) d ON d.id = c.id"
		" SET c.expires_at = ?, c.version = c.version + 1"
		" WHERE c.expires_at > ?"
		" OR (c.expires_at IS NULL AND ? IS NOT NULL)",
	IN(OLD(TEXT, struct api_key_row, id),
	    ROW(TIME, struct api_key_row, made_ends_at),
	    ROW(TIME, struct api_key_row, made_ends_at),
	    ROW(TIME, struct api_key_row, made_ends_at)),
};

static const struct statement change_it = {
	.text = "UPDATE api_keys SET description = ?, expires_at = ?,"
		" shortened_at = ?, modified_at = ?,"
		" version = version + 1" AS_READ,
	IN(ROW(KEY, struct api_key_row, description),
	    ROW(TIME, struct api_key_row, expires_at),
	    ROW(TIME, struct api_key_row, shortened_at), NOW, AS_READ_VALUES),
};

/* What it has made goes with it (a foreign key). */
static const struct statement delete_it = {
	.text = "DELETE FROM api_keys" AS_READ,
	IN(AS_READ_VALUES),
};

/* --- the trail ------------------------------------------------------------ */

/* All that it has made, but for the key itself. */
static const struct statement keys_going = {
	.bounded = "the keys that one key has made",
	.text = AUDIT_KEYS("f.made_by = ?"),
	.tables = { &statement_word_table },
	IN(OLD(TEXT, struct api_key_row, id)),
};

static const struct statement invitations_going = {
	.text = INVITATIONS_REVOKED_OF_KEY,
	.tables = { &statement_word_table },
	IN(CALLER(organization_id), OLD(TEXT, struct api_key_row, id)),
};

/* The ends of what it has made, which are its own at the latest. */
#define END_OF_KEY \
	"COALESCE(CONCAT('\"', " MILLISECONDS("k.expires_at") ", '\"'), 'null')"
static const struct statement made = {
	.bounded = "the keys that one key has made",
	.text = "WITH RECURSIVE made (id) AS (SELECT f.id FROM api_keys f"
		" WHERE f.made_by IN (?, ?) UNION SELECT g.id FROM made"
		" JOIN api_keys g ON g.made_by = made.id) SELECT CONCAT("
		"'{\"expiresAt\":', " END_OF_KEY
		", ',\"id\":\"', k.id, '\"}') AS value"
		" FROM made JOIN api_keys k ON k.id = made.id ORDER BY k.id",
	.tables = { &statement_word_table },
	IN(OLD(TEXT, struct api_key_row, id),
	    ROW(TEXT, struct api_key_row, id)),
};

static const struct statement *const statements[] = { &keep_to_limit,
	&keep_to_service_limit, &insert, &insert_service, &rotate_it,
	&hand_over, &hand_over_invitations, &revoke_invitations, &end_made,
	&change_it, &delete_it, &keys_going, &invitations_going, &made, NULL };

/* --- plans ---------------------------------------------------------------- */

#define TRAIL(action_, from_) \
	.action = action_, .kind = "Key", \
	.subject = from_(TEXT, struct api_key_row, id), \
	.detail = ROW(TEXT, struct api_key_row, detail), \
	ABOUT_PROJECT(ROW(TEXT, struct api_key_row, project_id)), \
	PARTS({ "endsAt", ROW(TIME, struct api_key_row, old_ends_at), false }, \
	    { "expiresAt", ROW(TIME, struct api_key_row, expires_at), false }, \
	    { "key", ROW(TEXT, struct api_key_row, id), false }, \
	    { "manage", ROW(INTEGER, struct api_key_row, manage), false }, \
	    { "owner", ROW(TEXT, struct api_key_row, owner), false }, \
	    { "project", ROW(TEXT, struct api_key_row, project_id), false }, \
	    { "role", ROW(TEXT, struct api_key_row, role), false })

const struct plan api_key_create_plan = {
	STEPS({ &keep_to_limit, ERR_KEY_LIMIT, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE }),
	TRAIL("key.create", ROW),
};
static const struct plan create_service_plan = {
	STEPS({ &keep_to_service_limit, ERR_KEY_LIMIT, ERR_NONE },
	    { &insert_service, ERR_STALE, ERR_NONE }),
	TRAIL("key.create", ROW),
};
const struct plan api_key_rotate_plan = {
	STEPS({ &rotate_it, ERR_STALE, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NONE },
	    { &hand_over, ERR_NONE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.rotate", OLD),
	LISTS({ "made", &made, true }),
};
static const struct plan rotate_service_plan = {
	STEPS({ &rotate_it, ERR_STALE, ERR_NONE },
	    { &insert_service, ERR_STALE, ERR_NONE },
	    { &hand_over_invitations, ERR_NONE, ERR_NONE }),
	TRAIL("key.rotate", OLD),
};

const struct plan *api_key_choose_creation(const void *row)
{
	return api_key_is_service(row) ? &create_service_plan
				       : &api_key_create_plan;
}

const struct plan *api_key_choose_rotation(const void *row)
{
	return api_key_is_service(row) ? &rotate_service_plan
				       : &api_key_rotate_plan;
}

const struct plan api_key_change_plan = {
	STEPS({ &change_it, ERR_STALE, ERR_NONE },
	    { &end_made, ERR_NONE, ERR_NONE }),
	TRAIL("key.change", OLD),
	LISTS({ "made", &made, true }),
};
const struct plan api_key_revoke_plan = {
	STEPS({ &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("key.revoke", OLD),
	LISTS({ "keys", &keys_going, false }),
};
static const struct plan revoke_service_plan = {
	STEPS({ &revoke_invitations, ERR_NONE, ERR_NONE },
	    { &delete_it, ERR_STALE, ERR_NONE }),
	TRAIL("key.revoke", OLD),
	LISTS({ "invitations", &invitations_going, false }),
};

const struct plan *api_key_choose_revocation(const void *row)
{
	return api_key_is_service(row) ? &revoke_service_plan
				       : &api_key_revoke_plan;
}

extern const struct module api_key_write_module;
const struct module api_key_write_module = { .statements = statements };
