#include "store/audit.h"

#include <string.h>

enum { DETAIL_MAX = 500 }; /* bytes */

static const struct statement insert = {
	.text = "INSERT INTO audit_events (id, at, user_id, organization_id,"
		" action, resource_kind, resource_id, request_id, detail,"
		" key_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 10,
};

static const struct statement find = {
	.text = "SELECT 1 AS found FROM audit_events WHERE id = ?",
	.values = 1,
	.tables = { &statement_found_table },
};

const struct statement *const audit_statements[] = { &insert, &find, NULL };

const char *audit_id(struct store *st)
{
	if (st->write.id[0] == '\0')
		ulid_make(&st->ids, (uint64_t)st->now, st->write.id);
	return st->write.id;
}

enum err audit_find(struct store *st, const char *id, bool *found)
{
	struct db_value value = db_text(id);

	return store_exists(st, &find, &value, found);
}

const char *audit_request(const struct store *st)
{
	return st->request_id ? st->request_id : "cli";
}

enum err audit_insert(struct store *st, const struct audit_entry *entry)
{
	char id[ULID_SIZE];
	const char *detail = entry->detail ? entry->detail : "";
	size_t length = strnlen(detail, DETAIL_MAX);
	struct db_value values[10];

	/* not in the middle of a character */
	while (length > 0 && ((unsigned char)detail[length] & 0xc0) == 0x80)
		length--;
	if (st->write.is_entered)
		ulid_make(&st->ids, (uint64_t)st->now, id);
	else
		memcpy(id, audit_id(st), sizeof(id));
	st->write.is_entered = true;
	values[0] = db_text(id);
	values[1] = db_time(st->now);
	values[2] = db_text(entry->user_id);
	values[3] = db_text(entry->organization_id);
	values[4] = db_text(entry->action);
	values[5] = db_text(entry->resource_kind);
	values[6] = db_text(entry->resource_id);
	values[7] = db_text(audit_request(st));
	values[8] = db_bytes(detail, length);
	values[9] = db_text(entry->key_id);
	return store_run(st, &insert, values, NULL);
}
