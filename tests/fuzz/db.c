/*
 * A database without a server, in place of src/edge/db.c.  The parameter
 * FUZZ_DB of the request says how each statement goes, a letter for each:
 *
 *   a  a row: an administrator's       0  no row
 *   m  a row: a member's               9  many rows
 *   k  a row: of a key that is bound elsewhere
 *   b c d i l o r u  an error: busy, conflict, duplicate, internal, lost,
 *                    outcome unknown, reference, unavailable
 *
 * What lies behind the last letter is `a`.
 */
#include "edge/db.h"

#include "edge/db_guard.h"
#include "edge/db_session.h"
#include "edge/db_together.h"
#include "edge/gateway.h"
#include "fuzz.h"

#define ID "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define OTHER_ID "01BRZ3NDEKTSV4RRFFQ69G5FAV"

enum { MANY = 60 }; /* more than the answer's buffer holds */

struct db {
	unsigned queries;
	char mode; /* of the statement that is open */
	size_t left;
	struct db_target target;
};

static struct db the_db;

struct db *db_open(const struct db_settings *settings)
{
	(void)settings;
	return &the_db;
}

void db_close(struct db *db)
{
	(void)db;
}

void db_rest(struct db *db)
{
	(void)db;
}

/* What the guard asks has no part in how the statements go. */
void db_set_guard(struct db *db, db_guard guard, void *context)
{
	(void)db;
	(void)guard;
	(void)context;
}

void db_begin_request(struct db *db)
{
	memset(db, 0, sizeof(*db));
}

void db_end_request(struct db *db)
{
	db_finish(db);
}

unsigned db_query_count(const struct db *db)
{
	return db->queries;
}

static enum err err_of(char mode)
{
	switch (mode) {
	case 'b':
		return ERR_BUSY;
	case 'c':
		return ERR_CONFLICT;
	case 'd':
		return ERR_DUPLICATE;
	case 'i':
		return ERR_INTERNAL;
	case 'l':
		return ERR_LOST;
	case 'o':
		return ERR_OUTCOME_UNKNOWN;
	case 'r':
		return ERR_REFERENCE;
	case 'u':
		return ERR_UNAVAILABLE;
	default:
		return ERR_NONE;
	}
}

/* Takes the letter of the next statement. */
static enum err step(struct db *db)
{
	const char *script = gateway_param(gateway_open(), "FUZZ_DB");
	size_t length = script != NULL ? strlen(script) : 0;

	db->mode = db->queries < length ? script[db->queries] : 'a';
	db->queries++;
	db->left = db->mode == '0' ? 0 : db->mode == '9' ? MANY : 1;
	return err_of(db->mode);
}

static const char *text_of(const struct field *field, char mode)
{
	const char *column = field->column;

	if (strncmp(column, "key_", 4) == 0)
		return mode != 'k'                   ? ""
		    : strstr(column, "role") != NULL ? "viewer"
						     : OTHER_ID;
	if (strstr(column, "role") != NULL)
		return mode == 'm' ? "viewer" : "admin";
	if (field->size == sizeof(ID))
		return ID;
	return "A\xC3\xB1 \"\\\xF0\x9F\x8C\xB1";
}

static int64_t number_of(const struct field *field)
{
	if (field->type != FIELD_TIME)
		return 1;
	return strstr(field->column, "expires") != NULL
	    ? INT64_C(4102444800000)  /* 2100 */
	    : INT64_C(1700000000000); /* 2023 */
}

static void fill_field(const struct field *field, void *base, char mode)
{
	char *at = (char *)base + field->offset;
	int64_t number = number_of(field);
	bool flag = mode != 'm' && mode != 'k';

	switch (field->type) {
	case FIELD_TEXT:
		snprintf(at, field->size, "%s", text_of(field, mode));
		break;
	case FIELD_INTEGER:
	case FIELD_TIME:
		memcpy(at, &number, sizeof(number));
		break;
	case FIELD_BOOL:
		memcpy(at, &flag, sizeof(flag));
		break;
	case FIELD_JSON:
		snprintf(at, field->size, "[]");
		break;
	case FIELD_BYTES:
		memset(at, 1, field->size);
		break;
	default:
		break;
	}
}

static void fill(const struct db *db)
{
	for (size_t s = 0; s < db->target.count; s++) {
		const struct db_segment *segment = &db->target.segments[s];

		for (size_t i = 0; i < segment->table->count; i++)
			if (segment->table->rows[i].column != NULL)
				fill_field(&segment->table->rows[i],
				    segment->base, db->mode);
	}
}

static void check_query(const struct db_query *query)
{
	MUST(query->text != NULL);
	for (size_t i = 0; i < query->value_count; i++) {
		const struct db_value *value = &query->values[i];

		if (value->type == DB_TEXT)
			MUST(memchr(value->data, '\0', value->length) == NULL);
	}
}

enum err db_run(struct db *db, const struct db_query *query, uint64_t *affected)
{
	enum err err = step(db);

	check_query(query);
	if (affected != NULL)
		*affected = err == ERR_NONE ? db->left : 0;
	return err;
}

enum err db_select(
    struct db *db, const struct db_query *query, const struct db_target *target)
{
	check_query(query);
	db->target = *target;
	return step(db);
}

enum err db_next(struct db *db, bool *more)
{
	*more = db->left > 0;
	if (*more) {
		db->left--;
		fill(db);
	}
	return ERR_NONE;
}

void db_finish(struct db *db)
{
	db->left = 0;
}

enum err db_select_one(struct db *db, const struct db_query *query,
    const struct db_target *target, bool *found)
{
	enum err err = db_select(db, query, target);

	*found = false;
	if (err == ERR_NONE)
		err = db_next(db, found);
	db_finish(db);
	return err;
}

enum err db_begin(struct db *db)
{
	return step(db);
}

enum err db_begin_later(struct db *db)
{
	(void)db;
	return ERR_NONE;
}

enum err db_commit(struct db *db)
{
	return step(db);
}

void db_rollback(struct db *db)
{
	db_finish(db);
}

/* No statement of its own. */
enum err db_wait_for_locks(struct db *db, unsigned seconds)
{
	(void)db;
	(void)seconds;
	return ERR_NONE;
}

/*
 * A letter for each; behind one that fails nothing is changed, which the texts
 * have to see to (edge/db_together.h).
 */
enum err db_run_together(struct db *db, struct db_change *changes, size_t count)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < count; i++) {
		changes[i].affected = 0;
		changes[i].err = ERR_NONE;
		if (err)
			continue;
		check_query(&changes[i].query);
		MUST(i == 0 ||
		    strstr(changes[i].query.text, "ROW_COUNT() > 0") != NULL);
		err = changes[i].err = step(db);
		if (!err)
			changes[i].affected = db->left;
	}
	return err;
}

enum err db_script(struct db *db, const char *text, size_t length)
{
	(void)text;
	(void)length;
	return step(db);
}

enum err db_check(struct db *db, const char *text, size_t value_count,
    const struct db_target *target, struct fault *fault)
{
	(void)text;
	(void)value_count;
	(void)target;
	(void)fault;
	return step(db);
}

enum err db_session_check(struct db *db, char *what, size_t size)
{
	(void)size;
	what[0] = '\0';
	return step(db);
}

unsigned db_errno(const struct db *db)
{
	(void)db;
	return 0;
}

const char *db_error(const struct db *db)
{
	(void)db;
	return "";
}
