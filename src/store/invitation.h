/*
 * What other writes do to invitations, and what of them is said in more than
 * one statement: `i` is the invitation, `o` the organization.
 */
#ifndef TENANTRY_STORE_INVITATION_H
#define TENANTRY_STORE_INVITATION_H

#include "store/audit_change.h"

/* A pending one whose time is over has expired; nobody has to enter that. */
#define INVITATION_STATE \
	"IF(i.state = 'pending' AND i.expires_at <= UTC_TIMESTAMP(3)," \
	" 'expired', i.state)"

/* How many of an organization can be accepted: each holds a seat. */
#define INVITED(organization) \
	"(SELECT COUNT(*) FROM invitations ci" \
	" WHERE ci.organization_id = " organization \
	" AND ci.pending_key IS NOT NULL" \
	" AND ci.expires_at > UTC_TIMESTAMP(3))"

/* The roles in projects, as a list of JSON; `and` narrows it. */
#define INVITATION_PROJECTS(and_) \
	"(SELECT CONCAT('[', COALESCE(GROUP_CONCAT(CONCAT('{\"id\":\"'," \
	" p.id, '\",\"role\":\"', ip.role, '\"}') ORDER BY p.id" \
	" SEPARATOR ','), ''), ']') FROM invitation_projects ip" \
	" JOIN projects p ON p.id = ip.project_id" \
	" WHERE ip.invitation_id = i.id" and_ ")"

#define JSON_NAMED(alias) \
	"JSON_OBJECT('id', " alias ".id, 'displayName'," \
	" " alias ".display_name)"
/*
 * Whether it is to the address of a user.  The folded address only refuses
 * doubles: spellings are equal but for the case of ASCII.  A login without an
 * address is nobody's, and so none is equal to it.
 */
#define INVITATION_IS_TO(i_, u_) \
	"(" i_ ".email = " u_ ".email" \
	" OR (LENGTH(" i_ ".email) = CHAR_LENGTH(" i_ ".email)" \
	" AND LENGTH(" u_ ".email) = CHAR_LENGTH(" u_ ".email)" \
	" AND LOWER(" i_ ".email) = LOWER(" u_ ".email)))"

/* A service key may be gone; its id stays. */
#define INVITATION_INVITED_BY \
	"IF(i.invited_by IS NULL, JSON_OBJECT('id', i.invited_by_key," \
	" 'displayName', COALESCE((SELECT ik.description FROM api_keys ik" \
	" WHERE ik.id = i.invited_by_key), '')), (SELECT " JSON_NAMED( \
	    "iu") " FROM users iu WHERE iu.id = i.invited_by))"

/* Sizes of the two above: of 16 projects, of a name that is all escapes. */
enum { INVITATION_PROJECTS_SIZE = 1024, INVITATION_INVITED_BY_SIZE = 1024 };

/*
 * A user has become a member: the invitation of that address is used up, in the
 * transaction of the caller, who has locked the organization.  One that has
 * expired stays so and only gives way.  `INVITATIONS_USE_UP` takes the time,
 * the user, the time four times, the organization and the user.
 */
#define INVITATIONS_USE_UP \
	"UPDATE invitations SET accepted_by = IF(expires_at > ?, ?, NULL)," \
	" ended_at = IF(expires_at > ?, ?, NULL)," \
	" state = IF(expires_at > ?, 'accepted', state)," \
	" pending_key = NULL, modified_at = ?, version = version + 1" \
	" WHERE organization_id = ? AND pending_key =" \
	" (SELECT u.email_key FROM users u WHERE u.id = ?)"
enum err invitation_use_up(
    struct store *st, const char *organization_id, const char *user_id);

/*
 * A user is no member any more: pending invitations that the user made, or that
 * are for that address, are revoked.  `INVITATIONS_REVOKE` takes the time
 * twice, the organization, the user and the user.
 */
#define INVITATIONS_REVOKE \
	"UPDATE invitations SET state = 'revoked', pending_key = NULL," \
	" ended_at = ?, modified_at = ?, version = version + 1" \
	" WHERE organization_id = ? AND pending_key IS NOT NULL" \
	" AND (invited_by = ? OR pending_key =" \
	" (SELECT u.email_key FROM users u WHERE u.id = ?))"
enum err invitation_revoke_of(
    struct store *st, const char *organization_id, const char *user_id);

/*
 * The same where a service key is no more.  `INVITATIONS_REVOKE_OF_KEY` takes
 * the time twice, the organization and the key.
 */
#define INVITATIONS_REVOKE_OF_KEY \
	"UPDATE invitations SET state = 'revoked', pending_key = NULL," \
	" ended_at = ?, modified_at = ?, version = version + 1" \
	" WHERE organization_id = ? AND pending_key IS NOT NULL" \
	" AND invited_by_key = ?"
enum err invitation_revoke_of_key(
    struct store *st, const char *organization_id, const char *key_id);

/*
 * Which ones, for the trail (store/audit_change.h), before it is done.  Take
 * the organization, the user and the user; the organization, the user and the
 * time; the organization and the key.
 */
#define INVITATIONS_FROM \
	" FROM invitations i FORCE INDEX (invitations_pending)" \
	" WHERE i.organization_id = ? AND i.pending_key IS NOT NULL"
#define INVITATIONS_ADDRESS \
	"i.pending_key = (SELECT u.email_key FROM users u WHERE u.id = ?)"
#define INVITATIONS_REVOKED \
	AUDIT_ID("i.id") \
	INVITATIONS_FROM " AND (i.invited_by = ? OR " INVITATIONS_ADDRESS ")"
#define INVITATIONS_USED_UP \
	AUDIT_ID("i.id") \
	INVITATIONS_FROM " AND " INVITATIONS_ADDRESS " AND i.expires_at > ?"
#define INVITATIONS_REVOKED_OF_KEY \
	AUDIT_ID("i.id") INVITATIONS_FROM " AND i.invited_by_key = ?"

extern const struct statement *const invitation_statements[];

#endif
