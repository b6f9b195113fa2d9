#include "store/vacant.h"

#include <string.h>

#include "store/admin.h"
#include "store/step.h"

enum { NAMES_SHOWN = 5 };

/* Only a set-up runs these, so they are no part of the sets. */

struct table {
	char name[260]; /* 64 characters */
};

static const struct field table_fields[] = {
	{ .column = "name", .type = FIELD_TEXT, FIELD_AT(struct table, name) },
};
static const struct field_table table_table = FIELD_TABLE(table_fields);

static const struct db_query tables = {
	.text = "SELECT t.table_name AS name FROM information_schema.tables t"
		" WHERE t.table_schema = DATABASE() ORDER BY t.table_name",
};

static const struct db_query count_users_table = {
	.text = "SELECT COUNT(*) AS value FROM information_schema.tables"
		" WHERE table_schema = DATABASE() AND table_name = 'users'",
};

/* Those that the migrations make for themselves. */
static const char *const own_tables[] = { "schema_migrations", "schema_steps" };

/* Whether a migration makes a table of that name. */
static bool is_ours(struct store *st, const char *name)
{
	for (size_t i = 0; i < sizeof(own_tables) / sizeof(own_tables[0]); i++)
		if (strcmp(own_tables[i], name) == 0)
			return true;
	for (size_t i = 0; i < schema_file_count; i++) {
		struct step step = step_first(&schema_files[i]);

		while (step_next(&step)) {
			const char *table = step_table(st, &step);

			if (table != NULL && strcmp(table, name) == 0)
				return true;
		}
	}
	return false;
}

struct found {
	const char *names; /* the first few */
	int count;
};

static void add(struct store *st, struct found *found, const char *name)
{
	if (found->count < NAMES_SHOWN)
		found->names = arena_print(st->mem, "%s%s%s", found->names,
		    found->count > 0 ? ", " : "", name);
	else if (found->count == NAMES_SHOWN)
		found->names = arena_print(st->mem, "%s, …", found->names);
	found->count++;
}

static enum err find_others(struct store *st, struct found *found)
{
	struct table row;
	const struct db_target target = {
		.segments = { { &table_table, &row } },
		.count = 1,
	};
	bool more = true;
	enum err err = db_select(st->db, &tables, &target);

	while (!err && !(err = db_next(st->db, &more)) && more)
		if (!is_ours(st, row.name))
			add(st, found, row.name);
	return err;
}

/* Under a name of ours, but without our comment. */
static enum err find_namesakes(struct store *st, struct found *found)
{
	const char *name;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < schema_file_count && !err; i++) {
		struct step step = step_first(&schema_files[i]);

		while (!err && step_next(&step)) {
			err = step_find_foreign(st, &step, &name);
			if (!err && name != NULL)
				add(st, found, name);
		}
	}
	return err;
}

enum err vacant_count_users(struct store *st, int64_t *count)
{
	int64_t has_table = 0;
	enum err err = step_number(st, &count_users_table, &has_table);

	*count = 0;
	if (err || has_table == 0)
		return err;
	return admin_user_count(st, count);
}

enum err vacant_check(struct store *st, struct fault *fault)
{
	struct found found = { "", 0 };
	int64_t users;
	enum err err;

	if ((err = find_others(st, &found)) ||
	    (err = find_namesakes(st, &found)))
		return err;
	if (found.count > 0)
		return fault_set(fault, ERR_NAME_IN_USE,
		    "it has tables of another program: %.200s; give Tenantry a"
		    " database of its own",
		    found.names);
	if ((err = vacant_count_users(st, &users)))
		return err;
	if (users > 0)
		return fault_set(fault, ERR_NAME_IN_USE,
		    "it holds an installation of Tenantry with %lld users; to"
		    " serve that one again, put its settings file back",
		    (long long)users);
	return ERR_NONE;
}
