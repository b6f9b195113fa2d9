#include "store/key_limit.h"

static const struct statement count_of_user = {
	.text = "SELECT " KEY_LIMIT_COUNT("?") " AS value",
	.values = 3,
	.tables = { &statement_number_table },
};

static const struct statement count_of_service = {
	.text = "SELECT " KEY_LIMIT_COUNT_SERVICE("?") " AS value",
	.values = 2,
	.tables = { &statement_number_table },
};

const struct statement *const key_limit_statements[] = { &count_of_user,
	&count_of_service, NULL };

enum err key_limit_refuse(struct store *st, const struct key_place *place,
    const char *remedy, struct fault *fault)
{
	const struct db_value values[] = { db_text(place->user_id),
		db_text(place->organization_id), db_text(place->project_id) };
	bool is_service = place->user_id == NULL;
	int64_t count = 0;
	enum err err = store_number(st,
	    is_service ? &count_of_service : &count_of_user,
	    is_service ? &values[1] : values, &count);

	if (err)
		return err;
	(void)fault_set(fault, ERR_KEY_LIMIT,
	    "the %s has %lld live API keys there, and %d are allowed; nothing"
	    " was changed: %s",
	    is_service ? "organization" : "owner", (long long)count, KEY_LIMIT,
	    remedy);
	fault_limit(fault, "apiKeys", KEY_LIMIT, count);
	return ERR_KEY_LIMIT;
}
