#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "ctl/sendmail.h"
#include "edge/crypto.h"
#include "model/letter.h"
#include "model/mail.h"
#include "resource/invitation.h"
#include "store/outbox.h"

enum { MAILS = 100, MAILS_MOST = 100000 };

int run_mail_list(struct ctl *ctl)
{
	const struct listing_filter any = { .id = NULL };

	return print_list(ctl, LISTING_MAILS, &any);
}

/* --- a mail --------------------------------------------------------------- */

struct sending {
	struct ctl *ctl;
	struct outbox_mail mail;
	struct sendmail_result said;
	struct outbox_result result;
	int64_t sent, failed, dropped;
	bool is_missing; /* nothing can be sent */
};

static const char *page_of(enum letter_kind kind)
{
	return kind == LETTER_INVITATION                            ? "accept"
	    : kind == LETTER_RESET || kind == LETTER_RESET_UNPROVED ? "reset"
								    : "confirm";
}

static const char *compose(const struct sending *s, const char *token)
{
	const struct config *config = &s->ctl->config;
	struct arena *mem = &s->ctl->mem;
	struct letter letter = { .language = config->mail_language,
		.about = s->mail.about,
		.inviter = s->mail.inviter,
		.life = s->mail.life };
	struct letter_text text;

	(void)letter_kind(s->mail.kind, s->mail.is_unproved, &letter.kind);
	letter.link = arena_print(mem, "%s/#/%s/%s", config->public_prefix,
	    page_of(letter.kind), token);
	letter_write(mem, &letter, &text);
	return mail_write(mem,
	    &(struct mail){ .from = config->mail_from,
		.to = s->mail.to,
		.subject = text.subject,
		.text = text.text,
		.html = text.html,
		.id = s->mail.claim,
		.now = clock_now() });
}

/* For the operator; and for who has invited, without what is inside. */
static void set_failure(struct sending *s)
{
	struct arena *mem = &s->ctl->mem;
	const struct sendmail_result *said = &s->said;
	struct outbox_result *to = &s->result;

	to->is_final = said->end == SENDMAIL_REFUSED;
	to->is_free = said->end == SENDMAIL_MISSING;
	s->is_missing = to->is_free;
	to->reason = "the mail program of this service does not take it now: it"
		     " is tried again";
	if (said->end == SENDMAIL_MISSING)
		to->why = "the program of the setting mail cannot be run";
	else if (said->end == SENDMAIL_LATE)
		to->why = arena_print(mem, "it took more than %d s: %s",
		    s->ctl->config.mail_deadline, said->said);
	else
		to->why = arena_print(
		    mem, "exit status %d: %s", said->status, said->said);
	if (to->is_final)
		to->reason = "the mail program of this service refused the"
			     " address";
	else if (s->mail.attempts >= OUTBOX_ATTEMPTS_MAX && !to->is_free)
		to->reason = "the mail program of this service did not take it,"
			     " and it is not tried again";
}

static void refuse(struct sending *s, const char *why)
{
	s->result = (struct outbox_result){
		.is_final = true, .why = why, .reason = why
	};
}

static void hand_over(struct sending *s, const char *token)
{
	const struct config *config = &s->ctl->config;

	s->result = (struct outbox_result){ .why = "", .reason = "" };
	if (s->mail.is_over) {
		refuse(s, "the invitation expired before it was sent");
		return;
	}
	if (!mail_is_address(s->mail.to)) {
		refuse(s, "no mail can be sent to an address of this form");
		return;
	}
	sendmail_run(&(struct sendmail){ .command = config->mail,
			 .from = config->mail_from,
			 .to = s->mail.to,
			 .mail = compose(s, token),
			 .seconds = config->mail_deadline },
	    &s->said);
	s->result.is_sent = s->said.end == SENDMAIL_TAKEN;
	if (!s->result.is_sent)
		set_failure(s);
}

/* As an invitation's link has it: an id, and 160 random bits. */
static const char *make_token(
    struct sending *s, unsigned char digest[CRYPTO_SHA256_SIZE])
{
	const bool is_invitation = s->mail.invitation_id[0] != '\0';
	char *token = arena_alloc(&s->ctl->mem, INVITATION_TOKEN_SIZE);

	invitation_make_token(
	    is_invitation ? s->mail.invitation_id : s->mail.id, token, digest);
	return token;
}

static enum err finish(struct sending *s)
{
	const char *state = "";
	enum err err = outbox_finish(
	    &s->ctl->store, &s->mail, &s->result, &state);

	if (s->result.is_sent) {
		s->sent++;
		return err;
	}
	s->failed++;
	ctl_say("mail %s: %s: %s", s->mail.id, state, s->result.why);
	return err;
}

/* Each transaction is a write of its own. */
static void begin(struct ctl *ctl)
{
	store_begin(&ctl->store, clock_now());
	ctl->store.request_id = "tenantryctl";
	db_begin_request(ctl->store.db);
}

/* Each of its senders may have sent it; the last one's token stays good. */
static enum err give_up(struct sending *s)
{
	refuse(s,
	    "its senders were ended, again and again, before they could say"
	    " what became of it");
	return finish(s);
}

static enum err send_claimed(struct sending *s)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	const char *token = make_token(s, digest);
	enum err err;

	begin(s->ctl);
	if (s->mail.attempts > OUTBOX_ATTEMPTS_MAX)
		return give_up(s);
	err = outbox_prepare(&s->ctl->store, &s->mail, digest);
	if (err || !s->mail.is_wanted) {
		s->dropped += !err;
		return err;
	}
	hand_over(s, token);
	begin(s->ctl);
	return finish(s);
}

/* --- the command ---------------------------------------------------------- */

static const struct field sent_fields[] = {
	{ .member = "sent",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct sending, sent) },
	{ .member = "failed",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct sending, failed) },
	{ .member = "dropped",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct sending, dropped) },
};
static const struct field_table sent_table = FIELD_TABLE(sent_fields);

static bool read_limit(const struct ctl *ctl, long *limit)
{
	const char *text = ctl->options[OPTION_LIMIT];
	char *end;

	*limit = MAILS;
	if (text == NULL)
		return true;
	*limit = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0' && *limit >= 1 &&
	    *limit <= MAILS_MOST;
}

int run_mail_send(struct ctl *ctl)
{
	struct sending *s = arena_alloc(&ctl->mem, sizeof(*s));
	bool found = true;
	long limit;
	enum err err = ERR_NONE;

	memset(s, 0, sizeof(*s));
	s->ctl = ctl;
	if (!read_limit(ctl, &limit))
		return ctl_refuse(
		    "--limit must be a number from 1 to %d", (int)MAILS_MOST);
	if (ctl->config.mail == NULL)
		return ctl_fail("mail is off: set mail, mail_from and"
				" public_prefix in %s",
		    ctl->config.path);
	for (; limit > 0 && !s->is_missing && !err; limit--) {
		begin(ctl);
		err = outbox_claim(&ctl->store, &s->mail, &found);
		if (err || !found)
			break;
		err = send_claimed(s);
	}
	if (err)
		return ctl_store_failed(ctl, err);
	if (ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &sent_table, s);
	return s->failed > 0 ? CTL_FAILED : CTL_DONE;
}
