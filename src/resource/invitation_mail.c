/* The steps of an invitation that goes by mail. */
#include "resource/invitation.h"

/* One that waits would bring a dead token. */
const struct statement invitation_drop_mail = {
	.text = "UPDATE outbox SET state = 'dropped', claim = NULL,"
		" ended_at = UTC_TIMESTAMP(3)"
		" WHERE invitation_id = ? AND state = 'queued'",
	IN(ROW(TEXT, struct invitation_row, id)),
};

const struct statement invitation_enter_mail = {
	.needs = 1,
	.text = "INSERT INTO outbox (id, kind, organization_id, invitation_id,"
		" state, created_at, due_at) SELECT ?, 'invitation', o.id, ?,"
		" 'queued', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)"
		" FROM organizations o WHERE o.id = ? AND ? IS NOT NULL",
	IN(ROW(TEXT, struct invitation_row, mail_id),
	    ROW(TEXT, struct invitation_row, id), CALLER(organization_id),
	    ROW(TEXT, struct invitation_row, mail_id)),
};
