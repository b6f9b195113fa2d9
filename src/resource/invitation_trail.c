/* What the audit trail says of an invitation beside its row. */
#include "resource/invitation.h"

const struct statement invitation_projects_there = {
	.text = AUDIT_ROLE("p.project_id",
	    "p.role") " FROM invitation_projects p WHERE p.invitation_id = ?"
		      " ORDER BY p.project_id",
	.tables = { &statement_word_table },
	IN(ROW(TEXT, struct invitation_row, id)),
};
