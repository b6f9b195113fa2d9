#include "store/migrate.h"

#include <string.h>

#include "base/clock.h"
#include "store/announce.h"
#include "store/step.h"

/* Only a migration runs these, so they are no part of the sets. */

static const char create_migrations[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INT NOT NULL,"
    " name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL"
    " COMMENT 'of the file in schema/',"
    " applied_at DATETIME(3) NOT NULL,"
    " oldest_program INT NULL"
    " COMMENT 'schema of the oldest program that can go on; NULL: version',"
    " PRIMARY KEY (version)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
    " COMMENT='the migrations that were applied'";

static const char create_steps[] =
    "CREATE TABLE IF NOT EXISTS schema_steps ("
    " version INT NOT NULL COMMENT 'of the migration',"
    " step INT NOT NULL COMMENT 'its statement, from 1',"
    " done_at DATETIME(3) NOT NULL,"
    " PRIMARY KEY (version, step)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
    " COMMENT='statements done of a migration that is under way'";

static const char *const own_tables[] = { create_migrations, create_steps };

static const struct db_query count_table = {
	.text = "SELECT COUNT(*) AS value FROM information_schema.tables"
		" WHERE table_schema = DATABASE()"
		" AND table_name = 'schema_migrations'",
};

/* A database of the first days has the table without its last column. */
static const struct db_query has_column = {
	.text = "SELECT COUNT(*) AS value FROM information_schema.columns"
		" WHERE table_schema = DATABASE()"
		" AND table_name = 'schema_migrations'"
		" AND column_name = 'oldest_program'",
};

static const char add_column[] =
    "ALTER TABLE schema_migrations ADD COLUMN oldest_program INT NULL"
    " COMMENT 'schema of the oldest program that can go on; NULL: version'";

/*
 * The lock ends with the connection.  If the host of this program dies, the
 * server hears nothing: it is to give up what is quiet in a minute, not in the
 * eight hours that it takes by itself, in which no other run could go on.
 */
static const char be_given_up[] = "SET SESSION wait_timeout = 60";

static const struct db_query lock = {
	.text = "SELECT GET_LOCK('tenantry_migrate', 10) AS value",
};

static const char unlock[] = "DO RELEASE_LOCK('tenantry_migrate')";

static enum err run_script(struct store *st, const char *text)
{
	return db_script(st->db, text, strlen(text));
}

static enum err say_error(struct store *st, struct fault *fault, enum err err)
{
	return fault_set(fault, err, "the database: %s", db_error(st->db));
}

static enum err take_lock(struct store *st, struct fault *fault)
{
	int64_t taken = 0;
	enum err err = run_script(st, be_given_up);

	if (!err)
		err = step_number(st, &lock, &taken);
	if (err)
		return say_error(st, fault, err);
	if (taken != 1)
		return fault_set(fault, ERR_BUSY,
		    "another migration is running: wait for its end, then run"
		    " tenantryctl migrate again");
	return ERR_NONE;
}

/* The tables of the migrations themselves. */
static enum err make_tables(struct store *st)
{
	int64_t columns;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(own_tables) / sizeof(own_tables[0]); i++)
		if ((err = run_script(st, own_tables[i])))
			return err;
	if ((err = step_number(st, &has_column, &columns)) || columns > 0)
		return err;
	return run_script(st, add_column);
}

/* --- one statement -------------------------------------------------------- */

static enum err is_recorded(struct store *st, const struct step *step, bool *is)
{
	const struct db_value values[] = { db_integer(step->version),
		db_integer(step->number) };
	const struct db_query query = {
		.text = "SELECT COUNT(*) AS value FROM schema_steps"
			" WHERE version = ? AND step = ?",
		.values = values,
		.value_count = 2,
	};
	int64_t count = 0;
	enum err err = step_number(st, &query, &count);

	*is = count > 0;
	return err;
}

static enum err record(struct store *st, const struct step *step)
{
	const struct db_value values[] = { db_integer(step->version),
		db_integer(step->number) };
	const struct db_query query = {
		.text = "INSERT INTO schema_steps (version, step, done_at)"
			" VALUES (?, ?, UTC_TIMESTAMP(3))",
		.values = values,
		.value_count = 2,
	};

	return db_run(st->db, &query, NULL);
}

/* The server commits it by itself: its trace says whether that happened. */
static enum err run_definition(struct store *st, const struct step *step)
{
	bool is_done;
	enum err err = step_is_done(st, step, &is_done);

	if (!err && !is_done)
		err = db_script(st->db, step->text, step->length);
	return err ? err : record(st, step);
}

/* Rows are written with their record, or not at all. */
static enum err run_rows(struct store *st, const struct step *step)
{
	enum err err = db_begin(st->db);

	if (err)
		return err;
	if ((err = db_script(st->db, step->text, step->length)) ||
	    (err = record(st, step)) || (err = db_commit(st->db)))
		db_rollback(st->db);
	return err;
}

static enum err run_step(struct store *st, const struct step *step)
{
	bool is_done;
	enum err err = is_recorded(st, step, &is_done);

	if (err || is_done)
		return err;
	return step_is_definition(step) ? run_definition(st, step)
					: run_rows(st, step);
}

/* --- one file ------------------------------------------------------------- */

/* The migration is applied, and its statements need no record any longer. */
static enum err finish(struct store *st, const struct schema_file *file)
{
	const struct db_value values[] = {
		db_integer(file->version),
		db_text(file->name),
		db_integer(file->oldest),
	};
	const struct db_query applied = {
		.text = "INSERT INTO schema_migrations (version, name,"
			" applied_at, oldest_program)"
			" VALUES (?, ?, UTC_TIMESTAMP(3), ?)",
		.values = values,
		.value_count = 3,
	};
	const struct db_query forget = {
		.text = "DELETE FROM schema_steps WHERE version = ?",
		.values = values,
		.value_count = 1,
	};
	enum err err = db_begin(st->db);

	if (err)
		return err;
	if ((err = db_run(st->db, &applied, NULL)) ||
	    (err = db_run(st->db, &forget, NULL)) || (err = db_commit(st->db)))
		db_rollback(st->db);
	return err;
}

static enum err apply(
    struct store *st, const struct schema_file *file, struct fault *fault)
{
	struct step step = step_first(file);
	enum err err;

	while (step_next(&step)) {
		if ((err = run_step(st, &step)))
			return fault_set(fault, err,
			    "%s, statement %d: %s (what was done is kept: run"
			    " tenantryctl migrate again when the cause is"
			    " mended)",
			    file->name, step.number, db_error(st->db));
	}
	if ((err = finish(st, file)))
		return say_error(st, fault, err);
	return ERR_NONE;
}

/* --- the whole ------------------------------------------------------------ */

/* Names the table that a statement would make, if it is another program's. */
static enum err name_foreign(
    struct store *st, const struct step *step, const char **names)
{
	const char *name;
	enum err err = step_find_foreign(st, step, &name);

	if (!err && name != NULL)
		*names = arena_print(st->mem, "%s%s%s", *names,
		    **names == '\0' ? "" : ", ", name);
	return err;
}

/* All of them, before anything is made. */
static enum err refuse_foreign(
    struct store *st, int version, struct fault *fault)
{
	const char *names = "";
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(own_tables) / sizeof(own_tables[0]);
	     i++) {
		struct step own = step_of(own_tables[i]);

		if ((err = name_foreign(st, &own, &names)))
			return say_error(st, fault, err);
	}
	for (size_t i = 0; i < schema_file_count; i++) {
		struct step step = step_first(&schema_files[i]);

		while (schema_files[i].version > version && step_next(&step))
			if ((err = name_foreign(st, &step, &names)))
				return say_error(st, fault, err);
	}
	if (*names == '\0')
		return ERR_NONE;
	return fault_set(fault, ERR_INTERNAL,
	    "the database has tables of another program under names that"
	    " Tenantry needs: %.120s; nothing was changed: give Tenantry a"
	    " database of its own (db_name)",
	    names);
}

enum err migrate_version(struct store *st, int *version)
{
	struct schema_state state = { 0, 0 };
	int64_t has_table;
	enum err err = step_number(st, &count_table, &has_table);

	if (!err && has_table > 0)
		err = schema_find(st, &state);
	*version = state.version;
	return err;
}

/* Whether the time of a part is over; one step forward is always made. */
static bool is_enough(const struct migrate_part *part)
{
	return part->until != 0 && part->applied > 0 &&
	    clock_tick() >= part->until;
}

static enum err apply_files(struct store *st, int version,
    struct migrate_part *part, struct fault *fault)
{
	enum err err;

	for (size_t i = 0; i < schema_file_count; i++) {
		if (schema_files[i].version <= version)
			continue;
		if (is_enough(part))
			return ERR_NONE;
		if ((err = apply(st, &schema_files[i], fault)))
			return err;
		part->applied++;
	}
	part->is_done = true;
	return ERR_NONE;
}

static enum err apply_missing(
    struct store *st, struct migrate_part *part, struct fault *fault)
{
	struct schema_state state = { 0, 0 };
	int known = schema_version_known();
	enum err err;

	if ((err = migrate_version(st, &state.version)))
		return say_error(st, fault, err);
	if (state.version > known)
		return fault_set(fault, ERR_INTERNAL,
		    "the database has schema"
		    " %d, newer than this program's %d",
		    state.version, known);
	if ((err = refuse_foreign(st, state.version, fault)))
		return err;
	if ((err = make_tables(st)) || (err = schema_find(st, &state)))
		return say_error(st, fault, err);
	/* its announcement stays: what it has made so far is not for us */
	if (state.oldest > known)
		return fault_set(fault, ERR_INTERNAL,
		    "a migration that needs a program for schema %d was begun,"
		    " this program knows %d: run tenantryctl migrate of that"
		    " program",
		    state.oldest, known);
	/* a part is of the set-up: nobody serves yet */
	if (part->until == 0 && (err = announce_begin(st, &state)))
		return say_error(st, fault, err);
	if ((err = apply_files(st, state.version, part, fault)))
		return err;
	if (part->is_done && (err = announce_end(st)))
		return say_error(st, fault, err);
	return ERR_NONE;
}

enum err migrate_some(
    struct store *st, struct migrate_part *part, struct fault *fault)
{
	enum err err;

	part->applied = 0;
	part->is_done = false;
	if ((err = take_lock(st, fault)))
		return err;
	fault->detail[0] = '\0';
	err = apply_missing(st, part, fault);
	/* a lock that cannot be given back ends with the connection */
	(void)run_script(st, unlock);
	return err;
}

enum err migrate_run(struct store *st, int *applied, struct fault *fault)
{
	struct migrate_part part = { .until = 0 };
	enum err err = migrate_some(st, &part, fault);

	*applied = part.applied;
	return err;
}
