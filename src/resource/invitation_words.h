/*
 * What the description of the API says of invitations: which values their
 * members have, the words of their routes, and the row that it shows.
 */
#ifndef TENANTRY_RESOURCE_INVITATION_WORDS_H
#define TENANTRY_RESOURCE_INVITATION_WORDS_H

#include "http/describe.h"
#include "model/example.h"

extern const struct domain invitation_states, invitation_mail_states,
    invitation_deliveries;
extern const struct domain invitation_named;       /* {"displayName": …} */
extern const struct domain invitation_named_id;    /* with an id */
extern const struct domain invitation_given_role;  /* a role in a project */
extern const struct domain invitation_given_roles; /* a list of them */

/* of those who invite */
extern const struct describe invitation_list_words, invitation_create_words,
    invitation_invite_words, invitation_get_words, invitation_resend_words,
    invitation_revoke_words;
/* of the invited */
extern const struct describe invitation_lookup_words, invitation_accept_words,
    invitation_decline_words, invitation_accept_own_words,
    invitation_list_own_words;

#define INVITATION_EXAMPLE_ID "01JDA5T8N2Q6W4K0ZVX7B3MRCE"
#define INVITATION_EXAMPLE_TOKEN \
	INVITATION_EXAMPLE_ID "_6m2v9q0x4c8r1t5y7w3z0b6n2k8d4f1h"
#define INVITATION_EXAMPLE_LINK \
	"https://tenantry.example.org/#/accept/" INVITATION_EXAMPLE_TOKEN
#define INVITATION_EXAMPLE_TIME INT64_C(1763992931310) /* 2025-11-24 */
#define INVITATION_EXAMPLE_PROJECTS \
	"[{\"id\":\"01JD8C2W6HZ0B5QK9MTXV3RN4F\",\"role\":\"viewer\"}]"

/* Members of a struct invitation_row. */
#define INVITATION_EXAMPLE \
	.id = INVITATION_EXAMPLE_ID, .name = "01jda5t8n2q6w4k0zvx7b3mrce", \
	.email = "grace@example.org", .version = 1, \
	.modified_at = INVITATION_EXAMPLE_TIME, .role = "user", \
	.projects = INVITATION_EXAMPLE_PROJECTS, .delivery = "link", \
	.state = "pending", .mail_state = "none", \
	.expires_at = INVITATION_EXAMPLE_TIME + INT64_C(86399995), \
	.invited_by = "{\"id\":\"01JD7PZV52N8Y6KXM0HTCR9B4E\"," \
		      "\"displayName\":\"Ada Lovelace\"}"

#endif
