#include "store/project.h"

#include <string.h>

#include "edge/name.h"

static const struct statement insert = {
	.text = PROJECT_INSERT,
	.values = 9,
};

static const struct statement name_taken = {
	.text = "SELECT 1 AS found FROM projects"
		" WHERE organization_id = ? AND name_key = ?"
		" LOCK IN SHARE MODE",
	.values = 2,
	.tables = { &statement_found_table },
};

static const struct statement bind = {
	.text = PROJECT_BIND,
	.values = 4,
};

const struct statement *const project_statements[] = { &insert, &name_taken,
	&bind, NULL };

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

enum err project_insert(struct store *st, const char *organization_id,
    const struct name *name, struct project *out, struct fault *fault)
{
	struct db_value key = db_bytes(name->key, strlen(name->key));
	struct db_value values[9] = { db_text(out->id),
		db_text(organization_id), db_text(out->name),
		db_text(out->display_name), key, db_text(out->secret_key),
		db_time(st->now), db_time(st->now), db_text(out->labels) };
	bool found;
	enum err err = store_run(st, &insert, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	err = project_has_name(st, organization_id, name->key, &found);
	if (err)
		return err;
	if (found)
		return fault_set(fault, ERR_NAME_IN_USE,
		    "the organization has a project of that name");
	name_slug_of_id(out->id, out->name);
	values[2] = db_text(out->name);
	return store_run(st, &insert, values, NULL);
}

enum err project_bind(struct store *st, const char *user_id,
    const char *organization_id, const char *project_id)
{
	struct db_value values[4] = { db_text(project_id), db_time(st->now),
		db_text(user_id), db_text(organization_id) };

	return store_run(st, &bind, values, NULL);
}
