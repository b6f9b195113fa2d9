#include "store/outbox.h"

#include <string.h>

#include "base/clock.h"
#include "store/audit.h"
#include "store/usable_admin.h"

/* --- statements ----------------------------------------------------------- */

/* An UPDATE of one table assigns from left to right. */
static const struct statement claim = {
	.bounded = "one row, by the index of what is due",
	.text = "UPDATE outbox SET claim = ?, attempts = attempts + 1,"
		" due_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND"
		" WHERE state = 'queued' AND due_at <= UTC_TIMESTAMP(3)"
		" ORDER BY due_at LIMIT 1",
	.values = 2,
};

#define FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct outbox_mail, member_) \
	}
static const struct field claimed_fields[] = {
	FACT("id", FIELD_TEXT, id),
	FACT("kind", FIELD_TEXT, kind),
	FACT("organization_id", FIELD_TEXT, organization_id),
	FACT("invitation_id", FIELD_TEXT, invitation_id),
	FACT("attempts", FIELD_INTEGER, attempts),
};
static const struct field_table claimed_table = FIELD_TABLE(claimed_fields);

static const struct statement find_claimed = {
	.text = "SELECT id, kind, organization_id, invitation_id, attempts"
		" FROM outbox WHERE claim = ? LIMIT 1",
	.values = 1,
	.tables = { &claimed_table },
};

static const struct field fact_fields[] = {
	FACT("recipient", FIELD_TEXT, to),
	FACT("about", FIELD_TEXT, about),
	FACT("inviter", FIELD_TEXT, inviter),
	FACT("role", FIELD_TEXT, role),
	FACT("life", FIELD_INTEGER, life),
	FACT("now", FIELD_TIME, now),
	FACT("is_unproved", FIELD_BOOL, is_unproved),
	FACT("is_wanted", FIELD_BOOL, is_wanted),
	FACT("is_over", FIELD_BOOL, is_over),
};
static const struct field_table fact_table = FIELD_TABLE(fact_fields);

#define MINE " x.id = ? AND x.claim = ? AND x.state = 'queued'"

/* Under the lock of the organization, which each change of it takes. */
static const struct statement find_invitation = {
	.text = "SELECT i.email AS recipient, o.display_name AS about,"
		" COALESCE(iu.display_name, ik.description) AS inviter,"
		" i.role, i.life, UTC_TIMESTAMP(3) AS now, 0 AS is_unproved,"
		" i.state = 'pending' AND i.pending_key IS NOT NULL"
		" AND i.delivery = 'mail' AND i.mail_state = 'queued'"
		" AS is_wanted, i.expires_at <= UTC_TIMESTAMP(3) AS is_over"
		" FROM outbox x JOIN invitations i ON i.id = x.invitation_id"
		" JOIN organizations o ON o.id = i.organization_id"
		" AND o.deleted_at IS NULL"
		" LEFT JOIN users iu ON iu.id = i.invited_by"
		" LEFT JOIN api_keys ik ON ik.id = i.invited_by_key"
		" WHERE" MINE,
	.values = 2,
	.tables = { &fact_table },
};

/* A reset lasts an hour, a change of address a day, from the sending on. */
#define RESET_LIFE "3600"
#define CHANGE_LIFE "86400"
#define IS_AS_ASKED "x.basis = " OUTBOX_BASIS("u")

/*
 * The user's row is locked, which each change of address or password takes.  A
 * change of address that was asked for before another password is not wanted,
 * nor is a reset of those that have piled up while nothing was sent.
 */
static const struct statement find_person = {
	.text = "SELECT IF(x.kind = 'new', c.email, u.email) AS recipient,"
		" c.email AS about, '' AS inviter, '' AS role,"
		" IF(x.kind = 'reset', " RESET_LIFE ", " CHANGE_LIFE
		") AS life, UTC_TIMESTAMP(3) AS now,"
		" u.is_email_unproved AS is_unproved, u.disabled_at IS NULL"
		" AND IF(x.kind = 'reset', LOCATE('@', u.email) > 0"
		" AND (SELECT COUNT(*) FROM outbox y WHERE y.user_id = u.id"
		" AND y.kind = 'reset' AND y.state = 'sent' AND y.ended_at >"
		" UTC_TIMESTAMP(3) - INTERVAL 1 HOUR) < 3,"
		" c.id IS NOT NULL AND " IS_AS_ASKED ") AS is_wanted,"
		" 0 AS is_over"
		" FROM outbox x JOIN users u ON u.id = x.user_id"
		" LEFT JOIN address_changes c ON c.user_id = u.id"
		" AND c.id = x.change_id WHERE" MINE " FOR UPDATE",
	.values = 2,
	.tables = { &fact_table },
};

static const struct statement renew_invitation = {
	.text = "UPDATE invitations SET digest = ?, sent_at = ?,"
		" expires_at = ?, modified_at = ?, version = version + 1"
		" WHERE id = ? AND state = 'pending'",
	.values = 5,
};

static const struct statement renew_token = {
	.text = "UPDATE outbox x JOIN users u ON u.id = x.user_id"
		" SET x.digest = ?, x.basis = " OUTBOX_BASIS(
		    "u") ", x.token_ends_at = UTC_TIMESTAMP(3)"
			 " + INTERVAL ? SECOND WHERE" MINE,
	.values = 4,
};

static const struct statement drop = {
	.text = "UPDATE outbox SET state = 'dropped', claim = NULL,"
		" ended_at = UTC_TIMESTAMP(3) WHERE id = ? AND claim = ?",
	.values = 2,
};

/* Kept, they would be as many as strangers like. */
static const struct statement drop_nobodys = {
	.text = "DELETE FROM outbox WHERE id = ? AND kind = 'reset'"
		" AND user_id IS NULL",
	.values = 1,
};

static const struct statement finish = {
	.text = "UPDATE outbox SET state = ?, claim = NULL, last_error ="
		" COALESCE(?, ''), ended_at = IF(? = 'queued', NULL,"
		" UTC_TIMESTAMP(3)), attempts = attempts - ?,"
		" due_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND"
		" WHERE id = ? AND claim = ? AND state = 'queued'",
	.values = 7,
};

/* Unless it was sent again meanwhile: then another row is about it. */
static const struct statement enter_invitation = {
	.text = "UPDATE invitations SET mail_state = ?,"
		" failed_reason = COALESCE(?, '') WHERE id = ?"
		" AND delivery = 'mail' AND mail_state = 'queued'",
	.values = 3,
};

static const struct field look_fields[] = {
	{ .column = "queued",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct outbox_look, queued) },
	{ .column = "waiting",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct outbox_look, waiting) },
	{ .column = "overdue",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct outbox_look, overdue) },
	{ .column = "failed",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct outbox_look, failed) },
	{ .column = "last_error",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct outbox_look, last_error) },
};
static const struct field_table look_table = FIELD_TABLE(look_fields);

static const struct statement look = {
	.bounded =
	    "the outbox, which keeps a week; at most once a minute and host",
	.text = "SELECT COUNT(IF(x.state = 'queued', 1, NULL)) AS queued,"
		" GREATEST(0, COALESCE(MAX(IF(x.state = 'queued',"
		" TIMESTAMPDIFF(SECOND, x.created_at, UTC_TIMESTAMP(3)),"
		" NULL)), 0)) AS waiting,"
		" GREATEST(0, COALESCE(MAX(IF(x.state = 'queued',"
		" TIMESTAMPDIFF(SECOND, x.due_at, UTC_TIMESTAMP(3)),"
		" NULL)), 0)) AS overdue,"
		" COUNT(IF(x.state = 'failed' AND x.ended_at >"
		" UTC_TIMESTAMP(3) - INTERVAL 1 DAY, 1, NULL)) AS failed,"
		" (SELECT y.last_error FROM outbox y"
		" WHERE y.last_error <> '' AND y.state IN ('queued', 'failed')"
		" ORDER BY y.id DESC LIMIT 1) AS last_error FROM outbox x",
	.tables = { &look_table },
};

const struct statement *const outbox_statements[] = { &claim, &find_claimed,
	&find_invitation, &find_person, &renew_invitation, &renew_token, &drop,
	&drop_nobodys, &finish, &enter_invitation, &look, NULL };

/* --- claim ---------------------------------------------------------------- */

enum err outbox_claim(struct store *st, struct outbox_mail *mail, bool *found)
{
	struct db_value values[] = { db_text(NULL), db_integer(OUTBOX_CLAIM) };
	uint64_t affected = 0;
	enum err err;

	memset(mail, 0, sizeof(*mail));
	*found = false;
	ulid_make(&st->ids, (uint64_t)st->now, mail->claim);
	values[0] = db_text(mail->claim);
	err = store_run_alone(st, &claim, values, &affected);
	if (err || affected == 0)
		return err;
	return store_find(st, &find_claimed, values, mail, found);
}

/* --- prepare -------------------------------------------------------------- */

struct preparing {
	struct outbox_mail *mail;
	const unsigned char *digest;
};

static bool is_invitation(const struct outbox_mail *mail)
{
	return mail->invitation_id[0] != '\0';
}

static const char *print_change(
    struct store *st, const struct outbox_mail *mail, int64_t expires_at)
{
	char end[CLOCK_TEXT_SIZE];

	clock_print(expires_at, end);
	return arena_print(st->mem,
	    "{\"expiresAt\":\"%s\",\"role\":\"%s\",\"state\":\"pending\"}", end,
	    mail->role);
}

static enum err renew_invited(struct store *st, const struct preparing *p)
{
	const struct outbox_mail *mail = p->mail;
	const int64_t expires_at = mail->now + mail->life * 1000;
	const struct db_value values[] = { db_bytes(
					       p->digest, CRYPTO_SHA256_SIZE),
		db_time(mail->now), db_time(expires_at), db_time(mail->now),
		db_text(mail->invitation_id) };
	const struct audit_entry entry = {
		.organization_id = mail->organization_id,
		.action = "invitation.send",
		.resource_kind = "Invitation",
		.resource_id = mail->invitation_id,
		.detail = mail->role,
		.change = print_change(st, mail, expires_at),
	};
	enum err err = store_run(st, &renew_invitation, values, NULL);

	return err ? err : audit_insert(st, &entry);
}

static enum err renew(struct store *st, const struct preparing *p)
{
	const struct outbox_mail *mail = p->mail;
	const struct db_value values[] = {
		db_bytes(p->digest, CRYPTO_SHA256_SIZE), db_integer(mail->life),
		db_text(mail->id), db_text(mail->claim)
	};

	return is_invitation(mail) ? renew_invited(st, p)
				   : store_run(st, &renew_token, values, NULL);
}

static enum err prepare_body(struct store *st, void *context)
{
	const struct preparing *p = context;
	struct outbox_mail *mail = p->mail;
	const struct db_value values[] = { db_text(mail->id),
		db_text(mail->claim) };
	bool found = false;
	enum err err = ERR_NONE;

	if (is_invitation(mail))
		err = usable_admin_lock(st, mail->organization_id);
	if (err == ERR_NO_RESOURCE)
		err = ERR_NONE; /* then its invitation is not found either */
	if (!err)
		err = store_find(st,
		    is_invitation(mail) ? &find_invitation : &find_person,
		    values, mail, &found);
	if (err)
		return err;
	mail->is_wanted = found && mail->is_wanted;
	if (!mail->is_wanted)
		return store_run(st, &drop, values, NULL);
	return mail->is_over ? ERR_UNCHANGED : renew(st, p);
}

enum err outbox_prepare(struct store *st, struct outbox_mail *mail,
    const unsigned char digest[CRYPTO_SHA256_SIZE])
{
	struct preparing p = { mail, digest };

	return store_transact(st, prepare_body, &p);
}

enum err outbox_drop_nobodys(struct store *st, const char *id)
{
	const struct db_value value = db_text(id);

	return store_run(st, &drop_nobodys, &value, NULL);
}

/* --- finish --------------------------------------------------------------- */

struct finishing {
	const struct outbox_mail *mail;
	const struct outbox_result *result;
	const char *state;
};

/* Minutes: 2, 4, 8 and so on; one if nobody could have sent it. */
static int64_t wait_after(const struct finishing *f)
{
	int64_t attempts = f->mail->attempts;

	/* of senders that died there may be more */
	if (attempts > OUTBOX_ATTEMPTS_MAX)
		attempts = OUTBOX_ATTEMPTS_MAX;
	return f->result->is_free ? 60 : INT64_C(60) << attempts;
}

static enum err finish_body(struct store *st, void *context)
{
	const struct finishing *f = context;
	const struct outbox_mail *mail = f->mail;
	const struct db_value values[] = { db_text(f->state),
		db_text(f->result->why), db_text(f->state),
		db_integer(f->result->is_free), db_integer(wait_after(f)),
		db_text(mail->id), db_text(mail->claim) };
	const struct db_value entered[] = { db_text(f->state),
		db_text(f->result->reason), db_text(mail->invitation_id) };
	uint64_t affected = 0;
	enum err err = ERR_NONE;

	if (is_invitation(mail))
		err = usable_admin_lock(st, mail->organization_id);
	if (err == ERR_NO_RESOURCE)
		return ERR_UNCHANGED; /* it went, and the mail with it */
	if (!err)
		err = store_run(st, &finish, values, &affected);
	if (err || affected == 0 || !is_invitation(mail))
		return err;
	return store_run(st, &enter_invitation, entered, NULL);
}

enum err outbox_finish(struct store *st, const struct outbox_mail *mail,
    const struct outbox_result *result, const char **state)
{
	bool is_last = result->is_final ||
	    (mail->attempts >= OUTBOX_ATTEMPTS_MAX && !result->is_free);
	struct finishing f = { mail, result,
		result->is_sent ? "sent"
		    : is_last   ? "failed"
				: "queued" };

	*state = f.state;
	return store_transact(st, finish_body, &f);
}

enum err outbox_look(struct store *st, struct outbox_look *out)
{
	bool found = false;

	memset(out, 0, sizeof(*out));
	return store_find(st, &look, NULL, out, &found);
}
