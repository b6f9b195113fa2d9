#include "store/step.h"

#include <ctype.h>
#include <string.h>

/* A clause, and what of its name must be there when it was carried out. */
struct mark {
	const char *clause;
	bool is_table; /* its name is the table's own */
	bool is_there;
	const char *text;
};

#define COUNT_OF_TABLE "SELECT COUNT(*) AS value FROM information_schema."
#define WHERE_TABLE " WHERE table_schema = DATABASE() AND table_name = ?"
#define TABLES COUNT_OF_TABLE "tables" WHERE_TABLE
#define COLUMNS COUNT_OF_TABLE "columns" WHERE_TABLE " AND column_name = ?"
#define KEYS COUNT_OF_TABLE "statistics" WHERE_TABLE " AND index_name = ?"
#define CONSTRAINTS \
	COUNT_OF_TABLE "table_constraints" WHERE_TABLE \
		       " AND constraint_name = ?"

static const struct mark marks[] = {
	{ "CREATE TABLE ", true, true, TABLES },
	{ "DROP TABLE ", true, false, TABLES },
	{ "ADD COLUMN ", false, true, COLUMNS },
	{ "DROP COLUMN ", false, false, COLUMNS },
	{ "ADD KEY ", false, true, KEYS },
	{ "ADD UNIQUE KEY ", false, true, KEYS },
	{ "DROP KEY ", false, false, KEYS },
	{ "ADD CONSTRAINT ", false, true, CONSTRAINTS },
	{ "DROP CONSTRAINT ", false, false, CONSTRAINTS },
	{ "DROP FOREIGN KEY ", false, false, CONSTRAINTS },
};

enum { MARK_COUNT = sizeof(marks) / sizeof(marks[0]) };

enum err step_number(
    struct store *st, const struct db_query *query, int64_t *number)
{
	struct statement_number row = { 0 };
	const struct db_target target = {
		.segments = { { &statement_number_table, &row } },
		.count = 1,
	};
	bool found;
	enum err err = db_select_one(st->db, query, &target, &found);

	*number = row.value;
	return err;
}

/* --- the statements of a file --------------------------------------------- */

struct step step_of(const char *text)
{
	return (struct step){ .text = text, .length = strlen(text) };
}

struct step step_first(const struct schema_file *file)
{
	return (struct step){ .version = file->version, .rest = file->text };
}

/* What does not belong to a statement: white space and lines of comment. */
static const char *skip_comments(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\n");
		if (at[0] != '-' || at[1] != '-')
			return at;
		at += strcspn(at, "\n");
	}
}

/* A statement ends where a line does with a semicolon. */
bool step_next(struct step *step)
{
	const char *end;

	step->text = skip_comments(step->rest);
	if (*step->text == '\0')
		return false;
	end = strstr(step->text, ";\n");
	step->length = end == NULL ? strlen(step->text)
				   : (size_t)(end - step->text);
	step->rest = step->text + step->length + (end == NULL ? 0 : 1);
	step->number++;
	return true;
}

static bool begins_with(const struct step *step, const char *word)
{
	return step->length >= strlen(word) &&
	    strncmp(step->text, word, strlen(word)) == 0;
}

bool step_is_definition(const struct step *step)
{
	return begins_with(step, "CREATE ") || begins_with(step, "ALTER ") ||
	    begins_with(step, "DROP ");
}

/* --- its trace ------------------------------------------------------------ */

static const char *name_at(struct store *st, const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	return arena_copy(st->mem, at, length);
}

/* The table of CREATE TABLE, ALTER TABLE and DROP TABLE. */
static const char *table_of(struct store *st, const char *text)
{
	static const char words[] = "TABLE ", optional[] = "IF NOT EXISTS ";
	const char *at = strstr(text, words);

	if (at == NULL)
		return "";
	at += sizeof(words) - 1;
	if (strncmp(at, optional, sizeof(optional) - 1) == 0)
		at += sizeof(optional) - 1;
	return name_at(st, at);
}

/* Whether what the clause at `at` names is as it is when that was done. */
static enum err look(struct store *st, const struct mark *mark,
    const char *text, const char *at, bool *is_done)
{
	const struct db_value values[] = { db_text(table_of(st, text)),
		db_text(name_at(st, at + strlen(mark->clause))) };
	const struct db_query query = {
		.text = mark->text,
		.values = values,
		.value_count = mark->is_table ? 1 : 2,
	};
	int64_t count = 0;
	enum err err = step_number(st, &query, &count);

	*is_done = (count > 0) == mark->is_there;
	return err;
}

enum err step_is_done(struct store *st, const struct step *step, bool *is_done)
{
	const char *text = arena_copy(st->mem, step->text, step->length);
	unsigned seen = 0;
	enum err err;

	for (size_t i = 0; i < MARK_COUNT; i++) {
		const char *at = text;

		while ((at = strstr(at, marks[i].clause)) != NULL) {
			err = look(st, &marks[i], text, at, is_done);
			if (err || !*is_done)
				return err;
			at++;
			seen++;
		}
	}
	*is_done = seen > 0;
	return ERR_NONE;
}

const char *step_table(struct store *st, const struct step *step)
{
	if (!begins_with(step, "CREATE TABLE "))
		return NULL;
	return table_of(st, arena_copy(st->mem, step->text, step->length));
}

/* Of the table, not of a column: the last of the statement. */
static const char *comment_of(struct store *st, const char *text)
{
	static const char word[] = "COMMENT='";
	const char *at = strstr(text, word);

	if (at == NULL)
		return "";
	at += sizeof(word) - 1;
	return arena_copy(st->mem, at, strcspn(at, "'"));
}

enum err step_find_foreign(
    struct store *st, const struct step *step, const char **name)
{
	const char *text = arena_copy(st->mem, step->text, step->length);
	const char *table = table_of(st, text), *comment = comment_of(st, text);
	const struct db_value values[] = { db_text(table),
		db_bytes(comment, strlen(comment)) };
	const struct db_query query = {
		.text = TABLES " AND table_comment <> ?",
		.values = values,
		.value_count = 2,
	};
	int64_t count;
	enum err err;

	*name = NULL;
	if (step_table(st, step) == NULL)
		return ERR_NONE;
	err = step_number(st, &query, &count);
	if (!err && count > 0)
		*name = table;
	return err;
}
