#include <string.h>

#include "store/caller.h"
#include "store/schema.h"

enum { PLAN_SIZE = 32768, VALUES_MAX = 32, TEXT_SHOWN = 60 };

struct sample {
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char email_key[769];
	char password_hash[129];
};
static const struct field sample_fields[] = {
	{ .column = "digest",
	    .type = FIELD_BYTES,
	    FIELD_AT(struct sample, digest) },
	{ .column = "email_key",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct sample, email_key) },
	{ .column = "password_hash",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct sample, password_hash) },
};
static const struct field_table sample_table = FIELD_TABLE(sample_fields);

/* The first user is an administrator with both a key and a password. */
static const struct statement find_sample = {
	.text = "SELECT k.digest, u.email_key, u.password_hash"
		" FROM api_keys k JOIN users u ON u.id = k.user_id"
		" WHERE k.id = (SELECT MIN(id) FROM api_keys)",
	.tables = { &sample_table },
};

const struct statement *const schema_plan_statements[] = { &find_sample, NULL };

struct plan {
	char text[PLAN_SIZE];
};
static const struct field plan_fields[] = {
	{ .column = "EXPLAIN",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct plan, text) },
};
static const struct field_table plan_table = FIELD_TABLE(plan_fields);

struct explaining {
	struct store *st;
	struct sample sample;
	struct plan *plan;
	void (*report)(const char *line);
	int found;
};

/* MySQL says of the table that a statement adds to, first, that it is read. */
static const char *skip_target(const char *plan)
{
	const char *target = strstr(plan, "\"insert\": true");

	if (target == NULL)
		target = strstr(plan, "\"replace\": true");
	return target != NULL ? target + strcspn(target, "}") : plan;
}

/* What the plans of both products say where work grows with the data. */
static const char *find_fault(const char *plan)
{
	static const struct {
		const char *word, *means;
	} faults[] = {
		{ "\"access_type\": \"ALL\"", "reads a whole table" },
		{ "\"access_type\": \"index\"", "reads a whole index" },
		{ "\"filesort\"", "sorts" },
		{ "\"using_filesort\": true", "sorts" },
		{ "\"temporary_table\"", "uses a temporary table" },
		{ "\"using_temporary_table\": true", "uses a temporary table" },
		{ "\"block-nl-join\"", "uses a join buffer" },
		{ "\"using_join_buffer\"", "uses a join buffer" },
		{ "\"json_schema_version\": \"2", "is in an unknown format" },
	};

	plan = skip_target(plan);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strstr(plan, faults[i].word) != NULL)
			return faults[i].means;
	return NULL;
}

/* The values point into the asker and the sample. */
static size_t sample_values(struct asker *asker, const struct sample *sample,
    const struct statement *statement, struct db_value *values)
{
	struct credential *credential = &asker->credential;
	size_t n = 0;

	asker->ask.scope = statement->scope;
	memcpy(credential->digest, sample->digest, CRYPTO_SHA256_SIZE);
	credential->login_key = sample->email_key;
	credential->password_hash = sample->password_hash;
	if (statement->scope != SCOPE_PUBLIC)
		n = caller_values(asker, values);
	/* fits a column of any type, and no row */
	for (size_t i = 0; i < statement->values; i++)
		values[n++] = db_text("0");
	return n;
}

static bool explain(struct explaining *e, const struct statement *statement,
    enum credential_kind kind)
{
	struct store *st = e->st;
	struct db_value values[VALUES_MAX];
	struct asker asker = { .credential.kind = kind };
	struct db_query query = { statement_plan_text(st, statement, kind),
		values, sample_values(&asker, &e->sample, statement, values),
		true };
	struct db_target target = { { { &plan_table, e->plan } }, 1, 0 };
	const char *fault;
	bool found;

	if (db_select_one(st->db, &query, &target, &found))
		return false;
	fault = found ? find_fault(e->plan->text) : "has no plan";
	if (fault != NULL) {
		const char *text = statement->text ? statement->text : "";

		e->found++;
		e->report(
		    arena_print(st->mem, "%s: %.*s", fault, TEXT_SHOWN, text));
	}
	return true;
}

static bool explain_both(
    struct explaining *e, const struct statement *statement)
{
	if (statement->procedure != NULL || statement->bounded != NULL)
		return true;
	if (!explain(e, statement, CREDENTIAL_KEY))
		return false;
	return statement->scope == SCOPE_PUBLIC ||
	    explain(e, statement, CREDENTIAL_LOGIN);
}

/*
 * MySQL's newer format calls a look-up "index" too, and has no plan of an
 * UPDATE.
 */
static const char older_format[] = "SET @format = 1"
				   " /*!80300 , SESSION"
				   " explain_json_format_version = 1 */";

int schema_check_plans(struct store *st,
    const struct statement *const *statements, void (*report)(const char *line))
{
	struct explaining e = { .st = st, .report = report };
	bool found;

	e.plan = arena_alloc(st->mem, sizeof(*e.plan));
	if (db_script(st->db, older_format, sizeof(older_format) - 1) ||
	    store_find(st, &find_sample, NULL, &e.sample, &found) || !found)
		return -1;
	for (; *statements != NULL; statements++)
		if (!explain_both(&e, *statements))
			return -1;
	return e.found;
}
