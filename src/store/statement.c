#include "store/statement.h"

#include <string.h>
#include <time.h>

#include "base/metric.h"
#include "store/audit.h"
#include "store/caller.h"
#include "store/repeat.h"
#include "store/service_text.h"

enum {
	ATTEMPTS = 4,
	CONFLICTS = 8 /* attempts where others write the same rows */
};

struct statement_kept *statement_kept(
    struct store *st, const struct statement *statement)
{
	void **place = map_at(&st->kept, statement);

	if (*place == NULL)
		*place = arena_alloc(
		    &st->lasting, sizeof(struct statement_kept));
	return *place;
}

const char *statement_text(struct store *st, const struct statement *statement,
    enum credential_kind kind, bool with_licence)
{
	bool has_licence = with_licence &&
	    scope_has_organization(statement->scope);
	const char **text;

	if (statement->scope == SCOPE_PUBLIC)
		return statement->text;
	text = &statement_kept(st, statement)->texts[has_licence][kind];
	if (*text != NULL)
		return *text;
	*text = arena_print(&st->lasting, "SELECT %s%s%s%s FROM %s%s %s",
	    caller_columns(kind, statement->scope),
	    has_licence ? CALLER_LICENCE_COLUMNS : "",
	    statement->columns ? ", " : "",
	    statement->columns ? statement->columns : "",
	    caller_from(kind, statement->scope),
	    has_licence ? CALLER_LICENCE_FROM : "",
	    statement->text ? statement->text : "");
	if (kind == CREDENTIAL_SERVICE)
		*text = service_text(&st->lasting, *text);
	return *text;
}

static struct db_query query_of(
    const struct statement *statement, const struct db_value *values)
{
	return (struct db_query){ statement->text, values, statement->values,
		false };
}

enum err store_run(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *affected)
{
	struct db_query query = query_of(statement, values);

	return db_run(st->db, &query, affected);
}

enum err store_run_together(
    struct store *st, struct store_change *changes, size_t count)
{
	struct db_change sent[DB_TOGETHER_MAX];
	enum err err;

	if (count > DB_TOGETHER_MAX)
		return ERR_INTERNAL;
	for (size_t i = 0; i < count; i++)
		sent[i].query = query_of(
		    changes[i].statement, changes[i].values);
	err = db_run_together(st->db, sent, count);
	for (size_t i = 0; i < count; i++) {
		changes[i].affected = sent[i].affected;
		changes[i].err = sent[i].err;
	}
	return err;
}

enum err store_find(struct store *st, const struct statement *statement,
    const struct db_value *values, void *row, bool *found)
{
	struct db_query query = query_of(statement, values);
	struct db_target target = { { { statement->tables[0], row } }, 1, 0 };

	return db_select_one(st->db, &query, &target, found);
}

static const struct field found_fields[] = {
	{ .column = "found",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct statement_found, found) },
};
const struct field_table statement_found_table = FIELD_TABLE(found_fields);

enum err store_exists(struct store *st, const struct statement *statement,
    const struct db_value *values, bool *found)
{
	struct statement_found row;

	return store_find(st, statement, values, &row, found);
}

static const struct field number_fields[] = {
	{ .column = "value",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct statement_number, value) },
};
static const struct field word_fields[] = {
	{ .column = "value",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct statement_word, value) },
};
const struct field_table statement_word_table = FIELD_TABLE(word_fields);

const struct field_table statement_number_table = FIELD_TABLE(number_fields);

enum err store_number(struct store *st, const struct statement *statement,
    const struct db_value *values, int64_t *number)
{
	struct statement_number row = { 0 };
	bool found;
	enum err err = store_find(st, statement, values, &row, &found);

	*number = row.value;
	return err;
}

/*
 * Two that met in a deadlock should not meet again at once.  The nodes of a
 * cluster see only at COMMIT that they wrote the same row, and all but one
 * begin anew: the pause doubles, up to 0.5 s, so that many of them are served
 * one after another.
 */
static void wait_a_little(unsigned attempt)
{
	unsigned char byte;
	struct timespec pause = { 0, 0 };

	crypto_random(&byte, 1);
	pause.tv_nsec = (long)(1 + byte % 16) * (250000L << attempt);
	(void)nanosleep(&pause, NULL);
}

enum err store_run_alone(struct store *st, const struct statement *statement,
    const struct db_value *values, uint64_t *affected)
{
	enum err err = store_run(st, statement, values, affected);

	for (unsigned i = 1; err == ERR_CONFLICT && i < CONFLICTS; i++) {
		metric_retry();
		wait_a_little(i);
		err = store_run(st, statement, values, affected);
	}
	return err == ERR_CONFLICT ? ERR_BUSY : err;
}

static bool is_worth_another(enum err err, unsigned attempts)
{
	switch (err) {
	case ERR_CONFLICT:
		return attempts < CONFLICTS;
	case ERR_LOST:
	case ERR_OUTCOME_UNKNOWN:
		return attempts < ATTEMPTS;
	default:
		return false;
	}
}

static enum err attempt(struct store *st,
    enum err (*body)(struct store *st, void *context), void *context)
{
	enum err err = db_begin_later(st->db);

	if (err)
		return err;
	st->write.is_entered = false;
	if (st->repeat != NULL)
		err = repeat_enter(st);
	if (!err)
		err = body(st, context);
	/* the answer of a write that changes nothing is kept too */
	if (err == ERR_UNCHANGED && st->repeat != NULL)
		err = ERR_NONE;
	if (!err && st->repeat != NULL)
		err = repeat_record(st);
	if (!err)
		err = db_commit(st->db);
	if (err)
		db_rollback(st->db);
	if (err == ERR_OUTCOME_UNKNOWN)
		st->write.is_unknown = true;
	return err;
}

/* What the last error says of a write that an earlier attempt may have done. */
static enum err settle(struct store *st, enum err err)
{
	bool found;

	switch (err) {
	case ERR_NONE:
		return ERR_NONE;
	case ERR_BUSY:
	case ERR_CONFLICT:
	case ERR_LOST:
	case ERR_UNAVAILABLE:
	case ERR_OUTCOME_UNKNOWN:
	case ERR_KEY_IN_USE: /* perhaps by that attempt */
		return ERR_OUTCOME_UNKNOWN;
	default:
		if (audit_find(st, st->write.id, &found))
			return ERR_OUTCOME_UNKNOWN;
		return found ? ERR_NONE : err;
	}
}

enum err store_transact(struct store *st,
    enum err (*body)(struct store *st, void *context), void *context)
{
	enum err err = attempt(st, body, context);

	for (unsigned i = 1; is_worth_another(err, i); i++) {
		metric_retry();
		wait_a_little(i);
		err = attempt(st, body, context);
	}
	if (st->write.is_unknown)
		err = settle(st, err);
	memset(&st->write, 0, sizeof(st->write));
	if (err == ERR_UNCHANGED)
		return ERR_NONE;
	if (err == ERR_CONFLICT)
		return ERR_BUSY;
	return err == ERR_LOST ? ERR_UNAVAILABLE : err;
}
