#include "store/project.h"

#include <string.h>

#include "edge/name.h"

static const struct statement name_taken = {
	.text = "SELECT 1 AS found FROM projects"
		" WHERE organization_id = ? AND name_key = ?"
		" LOCK IN SHARE MODE",
	.values = 2,
	.tables = { &statement_found_table },
};

const struct statement *const project_statements[] = { &name_taken, NULL };

void project_begin(
    const struct store *st, const struct name *name, struct project *out)
{
	struct ulid_clock apart; /* a secret must not follow from an id */

	memset(&apart, 0, sizeof(apart));
	ulid_make(&apart, (uint64_t)st->now, out->secret_key);
	memcpy(out->display_name, name->display, sizeof(out->display_name));
	name_slug(out->display_name, out->id, st->reserved, out->name);
	if (out->labels[0] == '\0')
		memcpy(out->labels, "{}", 3);
	memcpy(out->alternate_keys, "[]", 3);
	out->version = 1;
	out->modified_at = st->now;
	out->is_admin = true;
}

enum err project_has_name(struct store *st, const char *organization_id,
    const char *name_key, bool *found)
{
	const struct db_value where[2] = { db_text(organization_id),
		db_bytes(name_key, strlen(name_key)) };

	return store_exists(st, &name_taken, where, found);
}
