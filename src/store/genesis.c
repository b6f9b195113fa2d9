#include "store/genesis.h"

#include <string.h>

#include "store/audit.h"

enum { SLICE = 100 };

struct row {
	char id[ULID_SIZE];
};
static const struct field row_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct row, id) },
};
static const struct field_table row_table = FIELD_TABLE(row_fields);

static const struct statement next = {
	.bounded = "asked by tenantryctl migrate only, each row once",
	.text = "SELECT id FROM organizations WHERE id > ? AND audit_seq = 0"
		" ORDER BY id LIMIT 1",
	.values = 1,
	.tables = { &row_table },
};

const struct statement *const genesis_statements[] = { &next, NULL };

static enum err begin_some(struct store *st, void *context)
{
	struct genesis *made = context;

	for (int i = 0; i < SLICE; i++) {
		/* no id is as small as a space */
		const struct db_value after = db_text(
		    made->after[0] != '\0' ? made->after : " ");
		struct row row = { "" };
		bool found = false, is_there = false;
		enum err err = store_find(st, &next, &after, &row, &found);

		if (err)
			return err;
		made->is_done = !found;
		if (!found)
			return i > 0 ? ERR_NONE : ERR_UNCHANGED;
		memcpy(made->after, row.id, sizeof(made->after));
		if ((err = audit_begin(st, row.id, &is_there)))
			return err;
		made->begun += is_there;
	}
	return ERR_NONE;
}

/* From the same place where the transaction is run again. */
struct attempt {
	struct genesis from, made;
};

static enum err begin_from(struct store *st, void *context)
{
	struct attempt *attempt = context;

	attempt->made = attempt->from;
	return begin_some(st, &attempt->made);
}

enum err genesis_slice(struct store *st, struct genesis *genesis)
{
	struct attempt attempt = { .from = *genesis };
	enum err err = store_transact(st, begin_from, &attempt);

	if (!err)
		*genesis = attempt.made;
	return err;
}
