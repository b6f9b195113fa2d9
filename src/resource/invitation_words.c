#include "resource/invitation_words.h"

#include "resource/invitation.h"

/* --- values --------------------------------------------------------------- */

const struct domain invitation_states = {
	.words = "pending|accepted|declined|revoked|expired",
};
const struct domain invitation_mail_states = {
	.words = "queued|sent|failed|none",
};
const struct domain invitation_deliveries = { .words = "mail|link",
	.example = "link" };

const struct domain invitation_named = {
	.name = "Named",
	.schema = "'type':'object','required':['displayName'],"
		  "'properties':{'displayName':{'type':'string'}}",
};
const struct domain invitation_named_id = {
	.name = "NamedId",
	.schema = "'type':'object','required':['id','displayName'],"
		  "'properties':{'id':#Id,'displayName':{'type':'string'}}",
	.uses = &domain_id,
};
const struct domain invitation_given_role = {
	.name = "GivenRole",
	.schema = "'type':'object','required':['id','role'],"
		  "'properties':{'id':{'$ref':'#/components/schemas/Id',"
		  "'description':'Of the project.'},'role':{'type':'string',"
		  "'enum':['admin','user','viewer']}}",
	.uses = &domain_id,
};
const struct domain invitation_given_roles = {
	.schema = "'type':'array','items':#GivenRole",
	.uses = &invitation_given_role,
	.example = INVITATION_EXAMPLE_PROJECTS,
};

/* --- of those who invite -------------------------------------------------- */

#define SHOWN_ONCE "`link` is shown this once."

const struct describe invitation_list_words = {
	.tag = "Invitations",
	.summary = "List invitations",
	.says = "Of the context's organization, ordered by creation. An admin"
		" of the organization sees all, an admin of a project those"
		" that name the project, and of their projects only the"
		" caller's. No list shows a token.",
	.answer = "The invitations.",
};

#define INVITE \
	.body = "Invite", .body_says = "Who is invited, and to what.", \
	BODIES({ "member", "email role=user" }, \
	    { "projects", \
		"email role=user projects delivery expiresIn=604800" }), \
	PROBLEMS(ERR_STEP_UP, ERR_NO_RESOURCE, ERR_LICENCE_EXPIRED, \
	    ERR_ALREADY_A_MEMBER, ERR_ALREADY_INVITED, ERR_SEAT_LIMIT, \
	    ERR_INVITATION_LIMIT, ERR_THROTTLED)

const struct describe invitation_create_words = {
	.tag = "Invitations",
	.summary = "Invite a person",
	.says =
	    "An admin of the organization invites with any role and into any"
	    " project; an admin of a project with the role `user` and into"
	    " their own projects. If this service sends mail, the person gets"
	    " one with the link, and `mailState` says what became of it. If it"
	    " does not, or if it gives links too and `delivery` is `link`, the"
	    " answer has a `link` for the person, once. A link that this"
	    " service does not give is 403; an organization sends at most 60"
	    " mails an hour (429).\n\n"
	    "Members and pending invitations together must fit the license"
	    " (409 `seat-limit`; 403 `license-expired`). An address is"
	    " invited once (409 `already-invited`, with `id`), and not when a"
	    " member has it (409 `already-a-member`, with `userId`), whatever"
	    " the spelling. An organization has at most 1,000 pending"
	    " invitations (409 `invitation-limit`). Whether the address has an"
	    " account makes no difference.",
	.answer = "The invitation. " SHOWN_ONCE,
	INVITE,
};

const struct describe invitation_invite_words = {
	.tag = "Users",
	.summary = "Invite a person",
	.says = "As `POST /v1/invitations`, for the admins of the organization:"
		" nobody becomes a member without having agreed. But a system"
		" administrator adds a user whose address is proved at once"
		" (201), and so does every admin where the setting"
		" `direct_add` is on.",
	.answer = "The invitation, which the person has to accept. " SHOWN_ONCE,
	.created =
	    "The user, who is a member now: only for a system administrator,"
	    " or with the setting `direct_add`, and only if the address has an"
	    " account and is proved.",
	.created_by = &invitation_direct,
	INVITE,
};

const struct describe invitation_get_words = {
	.tag = "Invitations",
	.summary = "Read an invitation",
	.says = "For those who see it in the list.",
	.answer = "The invitation.",
};

const struct describe invitation_resend_words = {
	.tag = "Invitations",
	.summary = "Send an invitation again",
	.says = "With a new token; the old one is dead at once. The time that"
		" it lasts begins anew, also for one that has expired, which"
		" then takes a seat again. Whoever sends it is the one who"
		" invites from now on. Not within a minute of the last time"
		" (429); 409 `not-pending` when it was accepted, declined or"
		" revoked.",
	.answer = "The invitation. " SHOWN_ONCE,
	.body = "Resend",
	.body_says = "How it goes out; as before, if there is no body.",
	BODIES({ "link", "delivery" }),
	PROBLEMS(ERR_LICENCE_EXPIRED, ERR_ALREADY_A_MEMBER, ERR_ALREADY_INVITED,
	    ERR_SEAT_LIMIT, ERR_INVITATION_LIMIT, ERR_NOT_PENDING, ERR_STEP_UP),
};

const struct describe invitation_revoke_words = {
	.tag = "Invitations",
	.summary = "Revoke an invitation",
	.says = "Its token is dead at once. For the admins of the"
		" organization; for an admin of a project when the invitation"
		" gives nothing else than their projects. One that was"
		" revoked, or has ended otherwise, is 204 again; one that was"
		" accepted is 409 `not-pending`.",
	.answer = "The invitation is revoked.",
	PROBLEMS(ERR_NOT_PENDING),
};

/* --- of the invited ------------------------------------------------------- */

#define TOKEN .body = "Token", .body_says = "The token of the invitation."

static const struct describe_answer invited = {
	.status = 200,
	.schema = "Invited",
	.text =
	    "{'type':'object','required':['organization','email','role',"
	    "'projects','invitedBy','expiresAt'],'properties':{"
	    "'organization':#Named,"
	    "'email':{'type':'string','description':'The address, all but the"
	    " first letter of what is before the @ hidden.'},"
	    "'role':{'type':'string','description':'In the organization.',"
	    "'enum':['admin','user']},"
	    "'projects':{'type':'array','description':'Roles in projects, at"
	    " most 16.','items':#GivenRole},"
	    "'invitedBy':#Named,"
	    "'expiresAt':{'type':'string','format':'date-time',"
	    "'description':'UTC, in milliseconds.'}}}",
	.example =
	    "{'organization':{'displayName':'Acme Observability'},"
	    "'email':'g•••@example.org','role':'user',"
	    "'projects':[{'id':'01JD8C2W6HZ0B5QK9MTXV3RN4F','role':'viewer'}],"
	    "'invitedBy':{'displayName':'Ada Lovelace'},"
	    "'expiresAt':'2025-11-25T14:02:11.305Z'}",
	.uses = { &invitation_named, &invitation_given_role },
};

const struct describe invitation_lookup_words = {
	.tag = "Invitations",
	.summary = "What a token invites to",
	.says = "For who has the token; no credential. A token that is unknown,"
		" used, revoked or expired is 404 `token-dead`, and so is one"
		" whose inviter may not give any more what it gives.",
	.answer = "What it invites to.",
	TOKEN,
	BODIES({ "token", "token" }),
	PROBLEMS(ERR_TOKEN_DEAD),
	.function = &invited,
};

static const struct describe_answer joined = {
	.status = 200,
	.schema = "Joined",
	.text =
	    "{'type':'object','required':['organization'],'properties':{"
	    "'organization':#Organization,"
	    "'account':{'$ref':'#/components/schemas/Account','description':"
	    "'The first project of the invitation, left out if it gives"
	    " none.'}}}",
	.example = "{'organization':@Organization,'account':@Account}",
	.has_location = true,
};

#define JOINED \
	"The organization, and the first project of the invitation if it has" \
	" one."

const struct describe invitation_accept_words = {
	.tag = "Invitations",
	.summary = "Accept an invitation by its token",
	.says = "With login and password it makes that user a member; the"
		" address of the account must be the invitation's, but for the"
		" case of ASCII letters (403 `other-address`). An API key is"
		" 403 `not-for-keys`. Roles are raised and never lowered,"
		" projects are added. Whoever has accepted it and is still a"
		" member gets the same answer again.\n\nWithout a credential"
		" it makes the account of the invitation's address:"
		" `password` is required then. If the address has an account,"
		" it is 409 `sign-in`.\n\nWhoever invited must still be"
		" allowed to give what it gives: else, and for a token that is"
		" unknown, used, revoked or expired, it is 404 `token-dead`."
		" An Idempotency-Key is not looked at.",
	.answer = JOINED,
	.created = "The same, and the account is made.",
	.body = "Accept",
	.body_says = "The token, and what the new account has if one is made.",
	BODIES({ "account", "token displayName password" },
	    { "signedIn", "token" }),
	PROBLEMS(ERR_OTHER_ADDRESS, ERR_LICENCE_EXPIRED, ERR_TOKEN_DEAD,
	    ERR_SEAT_LIMIT, ERR_SIGN_IN),
	.function = &joined,
};

static const struct describe_answer nothing = { .status = 204 };

const struct describe invitation_decline_words = {
	.tag = "Invitations",
	.summary = "Decline an invitation",
	.says = "Its token is dead then. For the person of that address, with"
		" login and password; the address of the account must be"
		" proved (403 `not-proved`).",
	.answer = "It is declined.",
	TOKEN,
	BODIES({ "token", "token" }),
	PROBLEMS(ERR_OTHER_ADDRESS, ERR_NOT_PROVED, ERR_TOKEN_DEAD),
	.function = &nothing,
};

static const struct describe_path invitation_path = {
	"id",
	"InvitationId",
	"The id of the invitation.",
	&domain_id,
	INVITATION_EXAMPLE_ID,
};

const struct describe invitation_accept_own_words = {
	.tag = "Invitations",
	.summary = "Accept an invitation of one's own address",
	.says = "Without the token, for the person of that address, with login"
		" and password. The address of the account must be proved (403"
		" `not-proved`): that of an account which was itself made by a"
		" link is not. An invitation for another address is 404.",
	.answer = JOINED,
	.path = &invitation_path,
	PROBLEMS(ERR_NOT_PROVED, ERR_LICENCE_EXPIRED, ERR_SEAT_LIMIT),
	.function = &joined,
};

const struct describe invitation_list_own_words = {
	.tag = "Invitations",
	.summary = "List the invitations of one's own address",
	.says = "Those that can be accepted now, ordered by creation, of all"
		" organizations. With login and password; an API key is 403"
		" `not-for-keys`. None while the address of the account is not"
		" proved.",
	.answer = "The invitations.",
};
