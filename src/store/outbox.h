/*
 * The outbox: what is to be sent by mail, written in the transaction of what it
 * is about.  A row never has a token: the sender makes one, stores its digest
 * and hands the mail over.  All times are the database's.
 */
#ifndef TENANTRY_STORE_OUTBOX_H
#define TENANTRY_STORE_OUTBOX_H

#include "edge/crypto.h"
#include "model/name.h"
#include "store/statement.h"

enum {
	OUTBOX_CLAIM = 300, /* seconds for a mail: mail_deadline and more */
	OUTBOX_ATTEMPTS_MAX = 8, /* then it has failed: after two hours */
	OUTBOX_RATE = 60,        /* mails an hour and organization */
	OUTBOX_KEPT_DAYS = 7,    /* after its end */
	OUTBOX_ERROR_SIZE = 201
};

/* How many mails of an organization there were in the last hour. */
#define OUTBOX_LATELY(organization) \
	"(SELECT COUNT(*) FROM outbox ox" \
	" WHERE ox.organization_id = " organization \
	" AND ox.created_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)"

/* What the token of a mail depends on: the address, and the password. */
#define OUTBOX_BASIS(user) \
	"UNHEX(SHA2(CONCAT(" user ".email, ' ', " user ".session_epoch), 256))"

/* A mail that this process has claimed, and what it is to say. */
struct outbox_mail {
	char id[ULID_SIZE];
	char claim[ULID_SIZE];
	char kind[11];
	char organization_id[ULID_SIZE]; /* of an invitation, as the next */
	char invitation_id[ULID_SIZE];
	int64_t attempts; /* with this one */
	/* of outbox_prepare() */
	char to[NAME_DISPLAY_SIZE + 617];    /* 254 characters of 4 bytes */
	char about[NAME_DISPLAY_SIZE + 617]; /* organization, or new address */
	char inviter[NAME_DISPLAY_SIZE];
	char role[9];
	int64_t life;     /* of the token, seconds */
	int64_t now;      /* the database's */
	bool is_unproved; /* a reset proves the address, too */
	bool is_wanted, is_over;
};

/* Claims the one that has waited longest; `*found` false: none is due. */
enum err outbox_claim(struct store *st, struct outbox_mail *mail, bool *found);

/*
 * Stores the digest of the mail's token, so that an older one is dead, and
 * reads what it is to say.  `is_wanted` false: it is about something that has
 * ended, or another sender has claimed it since; then it is not sent.
 */
enum err outbox_prepare(struct store *st, struct outbox_mail *mail,
    const unsigned char digest[CRYPTO_SHA256_SIZE]);

/*
 * Removes the mail of that id if it is to nobody: it was entered so that asking
 * for an unknown address takes the same work.
 */
enum err outbox_drop_nobodys(struct store *st, const char *id);

/* What became of it. */
struct outbox_result {
	bool is_sent;
	bool is_final;      /* it failed, and would fail again */
	bool is_free;       /* the attempt does not count: nobody could send */
	const char *why;    /* for the operator, no address; "" if it is sent */
	const char *reason; /* the same for who has invited */
};

/* `*state` is what the mail is in now: a static text. */
enum err outbox_finish(struct store *st, const struct outbox_mail *mail,
    const struct outbox_result *result, const char **state);

/* For the doctor and the metrics. */
struct outbox_look {
	int64_t queued, waiting; /* seconds of the oldest, with all attempts */
	int64_t overdue; /* seconds since its next attempt was due, at most */
	int64_t failed;  /* of the last day */
	char last_error[OUTBOX_ERROR_SIZE];
};
enum err outbox_look(struct store *st, struct outbox_look *look);

extern const struct statement *const outbox_statements[];

#endif
