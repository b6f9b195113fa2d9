#include "store/ended.h"

#include "store/outbox.h"
#include "store/rate.h"
#include "store/security_event.h"

/*
 * The ends are columns that the database computes, so that an index has them:
 * NULL for an invitation without its address, and for a key that the delete of
 * its organization has ended, which may come back.
 */
static const struct statement forget = {
	.bounded = "100 rows of the index",
	.text = "UPDATE invitations SET email = '', email_key = '',"
		" pending_key = NULL, version = version + 1"
		" WHERE address_ends_at <= ?"
		" ORDER BY address_ends_at LIMIT 100",
	.values = 1,
};

static const struct statement invitations = {
	.bounded = "100 rows of the index",
	.text = "DELETE FROM invitations WHERE ends_at <= ?"
		" ORDER BY ends_at LIMIT 100",
	.values = 1,
};

/* What a key has made goes along, and has ended no later. */
static const struct statement keys = {
	.bounded = "100 rows of the index, and what they have made",
	.text = "DELETE FROM api_keys WHERE ends_at <= ?"
		" ORDER BY ends_at LIMIT 100",
	.values = 1,
};

/* What is still queued stays, whatever its age. */
static const struct statement mails = {
	.bounded = "100 rows of the index",
	.text = "DELETE FROM outbox WHERE ended_at <= ?"
		" ORDER BY ended_at LIMIT 100",
	.values = 1,
};

static const struct statement changes = {
	.bounded = "100 rows of the index",
	.text = "DELETE FROM address_changes WHERE created_at <= ?"
		" ORDER BY created_at LIMIT 100",
	.values = 1,
};

static const struct kind {
	const struct statement *statement;
	int days;
} kinds[] = {
	{ &forget, ENDED_ADDRESS_DAYS },
	{ &invitations, ENDED_KEPT_DAYS },
	{ &keys, ENDED_KEPT_DAYS },
	{ &mails, OUTBOX_KEPT_DAYS },
	{ &changes, OUTBOX_KEPT_DAYS },
};

const struct statement *const ended_statements[] = { &forget, &invitations,
	&keys, &mails, &changes, NULL };

enum err ended_slice(struct store *st, uint64_t *removed)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !err; i++) {
		struct db_value before = db_time(
		    st->now - (int64_t)kinds[i].days * 24 * 60 * 60 * 1000);
		uint64_t count = 0;

		err = store_run_alone(st, kinds[i].statement, &before, &count);
		*removed += count;
	}
	if (err || (err = rate_purge(st)))
		return err;
	return security_event_slice(st, removed);
}
