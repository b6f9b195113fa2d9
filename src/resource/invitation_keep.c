/*
 * What is asked of an organization behind the lock, in one step: may what an
 * invitation gives still be given, and is there room for it?
 */
#include "resource/invitation.h"
#include "store/invitation.h"
#include "store/lock.h"
#include "store/outbox.h"

#define LOCKED LOCK_ORGANIZATION " WHERE id = ?"

/* A caller who is no admin of the organization is one of the projects still. */
#define IS_GIVEN(user_) \
	"EXISTS (SELECT 1 FROM project_bindings x WHERE x.user_id = " user_ \
	" AND x.project_id = p.id AND x.role = 'admin')"

/* The projects are there, and the caller's to give; none is read for none. */
#define HAS_PROJECTS \
	" AND (? = 0 OR (SELECT COUNT(*) FROM projects p" \
	" WHERE p.organization_id = organizations.id" \
	" AND LOCATE(p.id, ?) > 0 AND (? = 1 OR " IS_GIVEN("?") ")) = ?)"
#define HAS_PROJECTS_VALUES \
	ROW(INTEGER, struct invitation_row, list_count), \
	    ROW(TEXT, struct invitation_row, list), \
	    ROW(INTEGER, struct invitation_row, gives_all), CALLER(user_id), \
	    ROW(INTEGER, struct invitation_row, list_count)

#define GIVES_THEM \
	" AND (? = 1 OR NOT EXISTS (SELECT 1 FROM invitation_projects ip" \
	" JOIN projects p ON p.id = ip.project_id" \
	" WHERE ip.invitation_id = ? AND NOT " IS_GIVEN("?") "))"
#define GIVES_THEM_VALUES \
	ROW(INTEGER, struct invitation_row, gives_all), \
	    OLD(TEXT, struct invitation_row, id), CALLER(user_id)

/*
 * The licence has a seat for it, if it takes one; the mails of an hour have
 * room for it, if it goes by mail.
 */
#define INVITED_LOCKED INVITED("organizations.id")
#define HAS_ROOM \
	" AND (? = 0 OR EXISTS (SELECT 1 FROM licences l" \
	" WHERE l.organization_id = organizations.id AND " INVITED_LOCKED \
	" + IF(l.limit_users = 0, 0, organizations.member_count)" \
	" < IF(l.limit_users = 0, 1000," \
	" LEAST(l.limit_users, 1000 + organizations.member_count))))" \
	" AND (? IS NULL OR ? = 1 OR " OUTBOX_LATELY( \
	    "organizations.id") " < 60)"
#define HAS_ROOM_VALUES \
	ROW(INTEGER, struct invitation_row, takes_seat), \
	    ROW(TEXT, struct invitation_row, mail_id), \
	    ROW(INTEGER, struct invitation_row, is_uncounted)
_Static_assert(OUTBOX_RATE == 60, "as the statement says");

const struct statement invitation_keep_place = {
	.text = LOCKED HAS_PROJECTS HAS_ROOM,
	IN(CALLER(organization_id), HAS_PROJECTS_VALUES, HAS_ROOM_VALUES),
};
const struct statement invitation_keep_given_place = {
	.text = LOCKED GIVES_THEM HAS_ROOM,
	IN(CALLER(organization_id), GIVES_THEM_VALUES, HAS_ROOM_VALUES),
};
const struct statement invitation_keep_given = {
	.text = LOCKED GIVES_THEM,
	IN(CALLER(organization_id), GIVES_THEM_VALUES),
};
