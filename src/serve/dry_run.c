#include "serve/dry_run.h"

#include "serve/operation.h"

struct lost_key {
	char id[ULID_SIZE];
	char hint[8];
	char description[NAME_DISPLAY_SIZE];
	char last_used_on[11];
};
static const struct field lost_fields[] = {
	{ .member = "id",
	    .column = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct lost_key, id) },
	{ .member = "hint",
	    .column = "hint",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct lost_key, hint) },
	{ .member = "description",
	    .column = "description",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct lost_key, description) },
	{ .member = "lastUsedOn",
	    .column = "last_used_on",
	    .type = FIELD_TEXT,
	    .flags = FIELD_MAY_BE_NULL,
	    FIELD_AT(struct lost_key, last_used_on) },
};
const struct field_table lost_key_table = FIELD_TABLE(lost_fields);

static void put_key(struct json_writer *json, const struct lost_key *key)
{
	json_open_object(json);
	for (size_t i = 0; i < lost_key_table.count; i++) {
		json_key(json, lost_key_table.rows[i].member);
		json_field(json, &lost_key_table.rows[i], key);
	}
	json_close_object(json);
}

static enum err put_keys(struct call *call, const struct statement *statement,
    const struct given *given, struct json_writer *json, int64_t *count)
{
	struct lost_key key;
	struct db_value values[CALLER_VALUES_MAX];
	struct db_query query = { statement->text, values, statement->values,
		false };
	struct db_target target = { { { &lost_key_table, &key } }, 1, 0 };
	bool more = true;
	enum err err;

	values_fill(statement, given, values);
	if ((err = db_select(call->st->db, &query, &target)))
		return err;
	while (!(err = db_next(call->st->db, &more)) && more) {
		put_key(json, &key);
		++*count;
	}
	db_finish(call->st->db);
	return err;
}

static enum err put_losses(struct call *call, const struct operation *does,
    const struct given *given, struct json_writer *json)
{
	bool is_system = caller_is_system_admin(&call->asker.caller);
	struct db_value values[CALLER_VALUES_MAX];
	enum err err = ERR_NONE;

	for (size_t i = 0; i < does->loss_count && !err; i++) {
		const struct loss *loss = &does->losses[i];
		int64_t count = 1;

		if (loss->is_for_system_admins && !is_system)
			continue;
		if (loss->count != NULL) {
			values_fill(loss->count, given, values);
			err = store_number(
			    call->st, loss->count, values, &count);
		}
		json_key(json, loss->member);
		json_integer(json, count);
	}
	return err;
}

enum err dry_run_answer(struct call *call, const struct operation *does,
    const void *row, struct response *rs)
{
	struct json_writer *json = &rs->json;
	struct given given = { .old = row, .row = row };
	int64_t keys = 0;
	enum err err = ERR_NONE;

	operation_give(call, &given);
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "dryRun");
	json_boolean(json, true);
	json_key(json, "keys");
	json_open_list(json);
	if (row != NULL && does->lost_keys != NULL)
		err = put_keys(call, does->lost_keys, &given, json, &keys);
	json_close_list(json);
	json_key(json, "wouldRemove");
	json_open_object(json);
	if (row != NULL && !err)
		err = put_losses(call, does, &given, json);
	if (row != NULL && does->lost_keys != NULL) {
		json_key(json, "apiKeys");
		json_integer(json, keys);
	}
	json_close_object(json);
	json_key(json, "limits");
	json_open_list(json);
	json_close_list(json);
	json_close_object(json);
	return err ? err : json->failed;
}
