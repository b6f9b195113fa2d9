/*
 * Invitations as the command-line tool writes them: for a user who invites, by
 * the plans of the routes, and under the same lock.
 */
#ifndef TENANTRY_RESOURCE_INVITATION_TOOL_H
#define TENANTRY_RESOURCE_INVITATION_TOOL_H

#include "resource/invitation.h"
#include "store/handover.h"

struct invitation_order {
	/* where a new invitation is made, and by whom */
	const char *organization_id, *user_id;
	struct invitation_create create;
	const char *id;     /* of an invitation that there is */
	const char *prefix; /* what links begin with */
	struct handover *handover;
	struct fault *fault;
	struct invitation_row row; /* as it is afterwards; `link` is a secret */
};

/*
 * Each in a transaction, with the audit row.  ERR_NO_RESOURCE: there is no such
 * invitation, user or organization; else what the routes refuse; with the
 * fault.  Who is to invite must be allowed to give what the invitation gives.
 */
enum err invitation_tool_create(
    struct store *st, struct invitation_order *order);
enum err invitation_tool_resend(
    struct store *st, struct invitation_order *order);
/* One that was revoked or declined before stays as it is. */
enum err invitation_tool_revoke(
    struct store *st, struct invitation_order *order);

#endif
