#include "store/invitation.h"

static const struct statement use_up = {
	.text = INVITATIONS_USE_UP,
	.values = 8,
};

static const struct statement revoke = {
	.text = INVITATIONS_REVOKE,
	.values = 5,
};

static const struct statement revoke_of_key = {
	.text = INVITATIONS_REVOKE_OF_KEY,
	.values = 4,
};

const struct statement *const invitation_statements[] = { &use_up, &revoke,
	&revoke_of_key, NULL };

enum err invitation_use_up(
    struct store *st, const char *organization_id, const char *user_id)
{
	const struct db_value now = db_time(st->now), user = db_text(user_id);
	const struct db_value values[] = { now, user, now, now, now, now,
		db_text(organization_id), user };

	return store_run(st, &use_up, values, NULL);
}

enum err invitation_revoke_of(
    struct store *st, const char *organization_id, const char *user_id)
{
	const struct db_value now = db_time(st->now), user = db_text(user_id);
	const struct db_value values[] = { now, now, db_text(organization_id),
		user, user };

	return store_run(st, &revoke, values, NULL);
}

enum err invitation_revoke_of_key(
    struct store *st, const char *organization_id, const char *key_id)
{
	const struct db_value now = db_time(st->now);
	const struct db_value values[] = { now, now, db_text(organization_id),
		db_text(key_id) };

	return store_run(st, &revoke_of_key, values, NULL);
}
