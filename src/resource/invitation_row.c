#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "edge/name.h"
#include "model/licence.h"
#include "resource/invitation.h"
#include "store/licence.h"
#include "store/outbox.h"

enum {
	TOKEN_BYTES = 20,
	PENDING_MAX = 1000,  /* of an organization */
	RESEND_SECONDS = 60, /* from the last sending on */
	NAMED_MAX = 11       /* projects in the text of an audit row */
};

/* --- judge ---------------------------------------------------------------- */

enum err invitation_judge_inviter(struct call *call, const void *row)
{
	const struct invitation_row *place = row;

	if (place->is_inviter)
		return ERR_NONE;
	return call_refuse(call, CAUSE_ROLE, "project-admin",
	    "this needs an admin of the organization or of one of its projects,"
	    " and a key without a lower role");
}

enum err invitation_judge(struct call *call, const void *row)
{
	const struct invitation_row *invitation = row;

	if (invitation->is_shown && invitation->id[0] != '\0' &&
	    caller_is_member(&call->asker.caller))
		return ERR_NONE;
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_MEMBERSHIP,
	    "there is no invitation of that id for this credential:"
	    " GET /v1/invitations lists those it may see");
}

enum err invitation_judge_change(struct call *call, const void *row)
{
	const struct invitation_row *invitation = row;
	enum err err = invitation_judge(call, row);

	if (err || invitation->may_give)
		return err;
	return call_refuse(call, CAUSE_ROLE, "admin",
	    "this invitation gives more than your projects: that needs an admin"
	    " of the organization");
}

static enum err refuse_pending(struct fault *fault, int64_t invited)
{
	(void)fault_set(fault, ERR_INVITATION_LIMIT,
	    "the organization has %lld pending invitations, and %d are"
	    " allowed; nothing was changed: revoke some, or wait until they"
	    " expire",
	    (long long)invited, PENDING_MAX);
	fault_limit(fault, "invitations", PENDING_MAX, invited);
	return ERR_INVITATION_LIMIT;
}

/* The seat that a new one takes, or one that had expired. */
static enum err check_growth(
    struct call *call, const struct invitation_row *row)
{
	struct fault *fault = &call->rq->fault;

	if (row->licence_is_revoked ||
	    licence_is_over(
		&call->st->licence_days, row->licence_ends_at, row->now))
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has %s: install another license"
		    " key by PUT /v1/organizations/%s/license",
		    row->licence_is_revoked ? "been revoked" : "expired",
		    call->asker.caller.organization_id);
	if (row->invited >= PENDING_MAX)
		return refuse_pending(fault, row->invited);
	if (licence_allows(row->limit_users, row->users + row->invited + 1))
		return ERR_NONE;
	/* how many there are is not for an admin of a project */
	if (!caller_is_admin(&call->asker.caller))
		return ERR_SEAT_LIMIT;
	return licence_refuse_seat(
	    fault, row->limit_users, row->users, row->invited);
}

/* Who has the address already, or is about to have it. */
static enum err check_address(
    struct call *call, const struct invitation_row *row)
{
	enum err err = ERR_NONE;

	if (row->member_id[0] != '\0') {
		err = fault_set(&call->rq->fault, ERR_ALREADY_A_MEMBER, "%s",
		    err_detail(ERR_ALREADY_A_MEMBER));
		fault_name(&call->rq->fault, "userId", row->member_id);
	} else if (row->pending_id[0] != '\0') {
		err = fault_set(&call->rq->fault, ERR_ALREADY_INVITED, "%s",
		    err_detail(ERR_ALREADY_INVITED));
		fault_name(&call->rq->fault, "id", row->pending_id);
	}
	return err;
}

static enum err refuse_project(struct call *call)
{
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_MEMBERSHIP,
	    "projects names no project of the organization that this credential"
	    " may give");
}

/* A project's admin gives the role user, and the own projects. */
static enum err check_gift(
    struct call *call, const struct invitation_row *row, const char *role)
{
	if (row->is_admin)
		return row->projects_there == row->list_count
		    ? ERR_NONE
		    : refuse_project(call);
	if (strcmp(role, "user") != 0 || row->list_count == 0)
		return call_refuse(call, CAUSE_ROLE, "admin",
		    "an admin of a project invites with the role user and into"
		    " own projects: name them in projects");
	return row->projects_own == row->list_count ? ERR_NONE
						    : refuse_project(call);
}

/* --- make ----------------------------------------------------------------- */

void invitation_make_token(const char *id, char token[INVITATION_TOKEN_SIZE],
    unsigned char digest[CRYPTO_SHA256_SIZE])
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char bytes[TOKEN_BYTES];
	char *to = token + ULID_SIZE;
	unsigned bits = 0, held = 0;

	crypto_random(bytes, sizeof(bytes));
	memcpy(token, id, ULID_SIZE - 1);
	token[ULID_SIZE - 1] = '_';
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 5; held -= 5)
			*to++ = alphabet[bits >> (held - 5) & 31];
	}
	*to = '\0';
	crypto_sha256(token, strlen(token), digest);
	crypto_wipe(bytes, sizeof(bytes));
}

/* That of a mail is another one, which its sender makes: nobody has this. */
static void set_token(struct call *call, struct invitation_row *row)
{
	char token[INVITATION_TOKEN_SIZE];

	invitation_make_token(row->id, token, row->digest);
	row->link[0] = '\0';
	if (strcmp(row->delivery, "link") == 0)
		text_set(row->link, sizeof(row->link),
		    arena_print(call->rq->mem, "%s/#/accept/%s",
			call->rq->prefix, token));
	crypto_wipe(token, sizeof(token));
}

#define COPY(to_, text_) text_set(to_, sizeof(to_), text_)

/* The tool has no settings here: it gives its operator links. */
static bool has_mail(const struct call *call)
{
	return call->config != NULL && call->config->mail != NULL;
}

static bool has_links(const struct call *call)
{
	return !has_mail(call) || call->config->invite_links;
}

/* As it was before, or by mail if there is mail. */
static const char *default_delivery(
    const struct call *call, const struct invitation_row *row)
{
	if (row->delivery[0] != '\0' &&
	    (strcmp(row->delivery, "link") != 0 || has_links(call)))
		return row->delivery;
	return has_mail(call) ? "mail" : "link";
}

static enum err refuse_link(struct call *call)
{
	return call_refuse(call, CAUSE_RESTRICTED, "invite-links",
	    "this service invites by mail: leave delivery out, or let the"
	    " operator set invite_links = on");
}

/* So many of the organization went into the outbox in the last hour. */
static enum err check_rate(struct call *call, const struct invitation_row *row)
{
	if (row->mail_id[0] == '\0' || row->mails_wait == 0 ||
	    row->is_uncounted)
		return ERR_NONE;
	(void)fault_refuse(&call->rq->fault, ERR_THROTTLED, CAUSE_RATE,
	    "the organization has sent %d mails in an hour, as many as are"
	    " allowed; nothing was changed: try again in %lld s",
	    OUTBOX_RATE, (long long)row->mails_wait);
	call->rq->fault.retry_after = (int)row->mails_wait;
	return ERR_THROTTLED;
}

static enum err set_delivery(
    struct call *call, const char *wanted, struct invitation_row *row)
{
	bool is_mail;

	if (wanted == NULL)
		wanted = default_delivery(call, row);
	is_mail = strcmp(wanted, "mail") == 0;
	if (!is_mail && strcmp(wanted, "link") != 0)
		return fault_set(&call->rq->fault, ERR_BAD_FIELD,
		    "delivery must be mail or link");
	if (!is_mail && !has_links(call))
		return refuse_link(call);
	row->is_uncounted = caller_is_system_admin(&call->asker.caller);
	COPY(row->delivery, is_mail ? "mail" : "link");
	COPY(row->mail_state, is_mail && has_mail(call) ? "queued" : "none");
	COPY(row->failed_reason,
	    is_mail && !has_mail(call)
		? "this service sends no mail: send the invitation again"
		  " with delivery link"
		: "");
	if (strcmp(row->mail_state, "queued") == 0)
		ulid_make(
		    &call->st->ids, (uint64_t)call->st->now, row->mail_id);
	return ERR_NONE;
}

/* For people, who are told of no more than fit; the change has them all. */
static void set_detail(
    struct call *call, struct invitation_row *row, const char *list)
{
	struct text text = text_in(row->detail, sizeof(row->detail));
	size_t named = 0;

	(void)call;
	text_put(&text, row->role);
	text_put(&text, " of the organization");
	for (; *list != '\0' && named < NAMED_MAX; named++, list += ULID_SIZE) {
		text_put(&text, ", ");
		text_put(&text,
		    list[ULID_SIZE - 1] == 'a'       ? "admin of "
			: list[ULID_SIZE - 1] == 'u' ? "user of "
						     : "viewer of ");
		text_put_part(&text, list, ULID_SIZE - 1);
	}
	if (*list == '\0')
		return;
	text_put(&text, " and ");
	text_put_number(&text, (int64_t)(strlen(list) / ULID_SIZE));
	text_put(&text, " more");
}

/* As the statements write it. */
static void set_projects(struct invitation_row *row)
{
	struct text text = text_in(row->projects, sizeof(row->projects));
	const char *between = "[";

	for (const char *at = row->list; *at != '\0'; at += ULID_SIZE) {
		text_put(&text, between);
		text_put(&text, "{\"id\":\"");
		text_put_part(&text, at, ULID_SIZE - 1);
		text_put(&text, "\",\"role\":\"");
		text_put(&text,
		    at[ULID_SIZE - 1] == 'a'       ? "admin"
			: at[ULID_SIZE - 1] == 'u' ? "user"
						   : "viewer");
		text_put(&text, "\"}");
		between = ",";
	}
	text_put(&text, *row->list == '\0' ? "[]" : "]");
}

/*
 * What the caller is there, for the steps.  A key that is bound to a project
 * has been kept to it before; its user may give any project.
 */
static void set_caller(struct call *call, struct invitation_row *row)
{
	const struct caller *caller = &call->asker.caller;

	row->is_admin = caller_is_admin(caller);
	row->gives_all = caller->is_system_admin ||
	    strcmp(caller->organization_role, "admin") == 0;
	COPY(row->invited_by_key, caller_service_id(caller));
}

/* A new admin wants the password of a session again. */
static enum err step_up_for(struct call *call, const char *role)
{
	return strcmp(role, "admin") != 0
	    ? ERR_NONE
	    : caller_step_up(&call->asker.caller, &call->rq->fault);
}

enum err invitation_make_new(struct call *call, void *row)
{
	const struct invitation_create *body = call->body;
	struct invitation_row *made = row;
	enum err err;

	if ((err = set_delivery(call, body->delivery, made)))
		return err;
	set_caller(call, made);
	COPY(made->list, body->list);
	made->list_count = body->list_count;
	made->takes_seat = 1;
	if ((err = check_gift(call, made, body->role)) ||
	    (err = step_up_for(call, body->role)) ||
	    (err = check_address(call, made)) ||
	    (err = check_growth(call, made)) || (err = check_rate(call, made)))
		return err;
	ulid_make(&call->st->ids, (uint64_t)call->st->now, made->id);
	name_slug_of_id(made->id, made->name);
	COPY(made->email, body->address.display);
	COPY(made->email_key, body->address.key);
	COPY(made->role, body->role);
	COPY(made->state, "pending");
	set_projects(made);
	set_detail(call, made, made->list);
	made->life = body->expires_in;
	made->expires_at = made->now + made->life * 1000;
	made->modified_at = call->st->now;
	set_token(call, made);
	return ERR_NONE;
}

static enum err refuse_soon(struct call *call, int64_t seconds)
{
	(void)fault_refuse(&call->rq->fault, ERR_THROTTLED, CAUSE_RATE,
	    "this invitation was sent less than %d s ago: try again in %lld s",
	    RESEND_SECONDS, (long long)seconds);
	call->rq->fault.retry_after = (int)seconds;
	return ERR_THROTTLED;
}

enum err invitation_make_resent(struct call *call, void *row)
{
	const struct invitation_resend *body = call->body;
	struct invitation_row *made = row;
	bool has_expired = strcmp(made->state, "expired") == 0;
	int64_t age = (made->now - made->sent_at) / 1000;
	enum err err;

	/* of one that has expired long ago the address is gone */
	if ((!has_expired && strcmp(made->state, "pending") != 0) ||
	    made->email[0] == '\0')
		return ERR_NOT_PENDING;
	if ((err = step_up_for(call, made->role)) ||
	    (err = set_delivery(call, body->delivery, made)))
		return err;
	if (age < RESEND_SECONDS)
		return refuse_soon(call, RESEND_SECONDS - (age < 0 ? 0 : age));
	if (has_expired &&
	    ((err = check_address(call, made)) ||
		(err = check_growth(call, made))))
		return err;
	if ((err = check_rate(call, made)))
		return err;
	set_caller(call, made);
	COPY(made->invited_by, made->caller);
	made->takes_seat = has_expired;
	COPY(made->state, "pending");
	made->expires_at = made->now + made->life * 1000;
	set_detail(call, made, "");
	set_token(call, made);
	return ERR_NONE;
}

enum err invitation_make_revoked(struct call *call, void *row)
{
	struct invitation_row *made = row;

	if (strcmp(made->state, "accepted") == 0)
		return ERR_NOT_PENDING;
	if (strcmp(made->state, "revoked") == 0 ||
	    strcmp(made->state, "declined") == 0)
		return ERR_UNCHANGED;
	text_set(made->state, sizeof(made->state), "revoked");
	set_caller(call, made);
	set_detail(call, made, "");
	return ERR_NONE;
}
