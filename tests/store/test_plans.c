#include "store.h"

#include <unistd.h>

#include "resource/module.h"
#include "store/caller.h"

/*
 * How the database reads: each statement is explained for callers that it
 * knows, on tables with enough rows that an index pays.  SQL promises neither
 * the index nor the order that comes with it, so both are watched here.
 */
enum { ROWS = 300, PLAN_SIZE = 32768, VALUES_MAX = 32, REPORT_SIZE = 8192 };

static const char a_hash[] = "$2b$05$not.a.hash.but.of.its.characters";

struct explained {
	char text[PLAN_SIZE];
};
static const struct field plan_fields[] = {
	{ .column = "EXPLAIN",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct explained, text) },
};
static const struct field_table plan_table = FIELD_TABLE(plan_fields);

/* --- reading a plan ------------------------------------------------------- */

/* MySQL says of the table that a statement adds to, first, that it is read. */
static const char *skip_target(const char *plan)
{
	const char *target = strstr(plan, "\"insert\": true");

	if (target == NULL)
		target = strstr(plan, "\"replace\": true");
	return target != NULL ? target + strcspn(target, "}") : plan;
}

/*
 * What the plans of both products say where work grows with the data.  A join
 * buffer alone is none of it: the table behind it is named if it is read whole,
 * and one row by its key is at times kept in a buffer, too.
 */
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
		{ "\"json_schema_version\": \"2", "is in an unknown format" },
		{ "Zero limit", "is not explained" },
	};

	plan = skip_target(plan);
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (strstr(plan, faults[i].word) != NULL)
			return faults[i].means;
	return NULL;
}

/* The plan of a text, or NULL. */
static const char *plan_of(
    struct bed *bed, const char *text, const struct db_value *values, size_t n)
{
	struct explained *plan = arena_alloc(&bed->mem, sizeof(*plan));
	struct db_query query = {
		.text = arena_print(&bed->mem, "EXPLAIN FORMAT=JSON %s", text),
		.values = values,
		.value_count = n,
		.is_once = true,
	};
	struct db_target target = { { { &plan_table, plan } }, 1, 0 };
	bool found;

	begin_request(bed);
	if (db_select_one(bed->eye, &query, &target, &found) != ERR_NONE)
		fail_msg("%s: %s", text, db_error(bed->eye));
	return found ? plan->text : NULL;
}

/* What grows with the data in the plan of a text, or NULL. */
static const char *explain(
    struct bed *bed, const char *text, const struct db_value *values, size_t n)
{
	const char *plan = plan_of(bed, text, values, n);

	return plan != NULL ? find_fault(plan) : "has no plan";
}

/* --- every statement ------------------------------------------------------ */

struct explaining {
	struct bed *bed;
	int explained;
	char faults[REPORT_SIZE];
};

static bool comes_from(
    const struct statement *statement, size_t i, enum value_from from)
{
	return statement->in != NULL && statement->in[i].from == from;
}

/* A page of no rows is not planned at all, and one in the middle is below. */
static struct db_value any_value(const struct statement *statement, size_t i)
{
	if (comes_from(statement, i, FROM_LIMIT))
		return db_integer(INT64_MAX);
	if (comes_from(statement, i, FROM_AFTER_OF))
		return db_text(NULL);
	return db_text("0"); /* fits a column of any type, and no row */
}

static void explain_for(struct explaining *e, const struct statement *statement,
    enum credential_kind kind, bool with_licence)
{
	struct bed *bed = e->bed;
	struct db_value values[VALUES_MAX];
	struct asker *asker = &bed->asker;
	const char *fault,
	    *text = statement_text(&bed->st, statement, kind, with_licence);
	size_t n = 0, used = strlen(e->faults);

	asker->credential.kind = kind;
	asker->ask.scope = statement->scope;
	if (statement->scope != SCOPE_PUBLIC)
		n = caller_values(asker, values);
	for (size_t i = 0; i < statement->values; i++)
		values[n++] = any_value(statement, i);
	fault = explain(bed, text, values, n);
	e->explained++;
	/* that is the tool's one row, a constant, which MySQL puts into one */
	if (kind == CREDENTIAL_TOOL && fault != NULL &&
	    strcmp(fault, "uses a temporary table") == 0)
		return;
	if (fault != NULL)
		snprintf(e->faults + used, sizeof(e->faults) - used,
		    "%s (caller %d): %.200s\n", fault, (int)kind,
		    statement->text ? statement->text : text);
}

static void explain_all(struct explaining *e, const struct statement *statement)
{
	if (statement->bounded != NULL)
		return;
	explain_for(e, statement, CREDENTIAL_KEY, false);
	if (statement->scope == SCOPE_PUBLIC)
		return;
	explain_for(e, statement, CREDENTIAL_LOGIN, false);
	explain_for(e, statement, CREDENTIAL_SERVICE, false);
	explain_for(e, statement, CREDENTIAL_SESSION, false);
	explain_for(e, statement, CREDENTIAL_TOOL, false);
	explain_for(e, statement, CREDENTIAL_KEY, true);
}

/* A plan follows from a sample of the rows, of those removed just now as well. */
static void analyze(struct bed *bed)
{
	script(bed,
	    "SET SESSION group_concat_max_len = 100000,"
	    " @analyze = (SELECT CONCAT('ANALYZE TABLE ',"
	    " GROUP_CONCAT(table_name)) FROM information_schema.tables"
	    " WHERE table_schema = DATABASE());"
	    " PREPARE analyze_all FROM @analyze; EXECUTE analyze_all;"
	    " DEALLOCATE PREPARE analyze_all");
}

/* A statement without an index is a fault with each sample. */
static void expect_no_faults(struct bed *bed)
{
	enum { SAMPLES = 3 };
	static struct explaining e;
	const struct statement *const *all = modules_statements(&bed->mem);

	for (int i = 0; i < SAMPLES; i++) {
		const struct statement *const *at = all;

		memset(&e, 0, sizeof(e));
		e.bed = bed;
		for (; *at != NULL; at++)
			explain_all(&e, *at);
		assert_true(e.explained > 50);
		if (e.faults[0] == '\0')
			return;
		sleep(1);
		analyze(bed);
	}
	fail_msg("%s", e.faults);
}

/* --- rows ----------------------------------------------------------------- */

#define NUMBERS \
	" FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL" \
	" SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) n"

/* Unique for the user, in 26 bytes with four digits behind. */
#define ID_OF_I "CONCAT(LEFT('%s', 22), LPAD(i, 4, '0'))"

/* ROWS projects in the organization, ROWS organizations of the user. */
static void fill(struct bed *bed, const char *organization)
{
	const char *user = bed->user_id;

	script(bed,
	    "INSERT INTO projects (id, organization_id, name, display_name,"
	    " name_key, secret_key, created_at, modified_at) SELECT " ID_OF_I
	    ", '%s', CONCAT('p-', LOWER(" ID_OF_I ")), CONCAT('P ', i),"
	    " CONCAT('p ', i), '%s', NOW(3), NOW(3)" NUMBERS,
	    user, organization, user, user, ROWS);
	script(bed,
	    "INSERT INTO organizations (id, name, display_name, name_key,"
	    " created_at, modified_at) SELECT " ID_OF_I
	    ", CONCAT('o-', LOWER(" ID_OF_I ")), 'O', CONCAT('o ', " ID_OF_I
	    "), NOW(3), NOW(3)" NUMBERS,
	    user, user, user, ROWS);
	script(bed,
	    "INSERT INTO organization_bindings (user_id, organization_id, role,"
	    " created_at) SELECT '%s', " ID_OF_I ", 'admin', NOW(3)" NUMBERS,
	    user, user, ROWS);
}

/* MySQL's newer format calls a look-up "index" too. */
static void choose_format(struct bed *bed)
{
	script(bed,
	    "SET @format = 1 /*!80300 ,"
	    " SESSION explain_json_format_version = 1 */");
}

static void make_callers(struct bed *bed)
{
	struct creation creation;
	const char *organization;

	make_organization(bed, &creation, name_of(bed, "Org"));
	organization = arena_text(&bed->mem, creation.in.organization.id);
	fill(bed, organization);
	script(bed, "UPDATE users SET password_hash = '%s' WHERE id = '%s'",
	    a_hash, bed->user_id);
	script(bed,
	    "INSERT INTO sessions (id, user_id, digest, epoch, created_at,"
	    " seen_at, idle_ends_at, ends_at, confirmed_at) SELECT u.id, u.id,"
	    " k.digest, 0, NOW(3), NOW(3), NOW(3) + INTERVAL 1 DAY,"
	    " NOW(3) + INTERVAL 1 DAY, NOW(3) FROM users u JOIN api_keys k"
	    " ON k.user_id = u.id WHERE u.id = '%s' ORDER BY k.id LIMIT 1",
	    bed->user_id);
	analyze(bed);
	bed->asker.credential.login_key = bed->email.key;
	bed->asker.credential.password_hash = a_hash;
	bed->asker.ask.target = organization;
	choose_format(bed);
}

static void every_statement_is_read_by_an_index(void **state)
{
	struct bed *bed = *state;

	make_callers(bed);
	expect_no_faults(bed);
}

static void a_system_administrators_too(void **state)
{
	struct bed *bed = *state;

	make_callers(bed);
	script(bed, "UPDATE users SET is_system_admin = 1 WHERE id = '%s'",
	    bed->user_id);
	expect_no_faults(bed);
}

/* --- pages ---------------------------------------------------------------- */

/* The one whose users are listed, of those of fill(). */
static const char *project_of(struct bed *bed)
{
	return arena_print(&bed->mem, "%.22s0007", bed->user_id);
}

/* In every list that pages go through there are rows behind the page. */
static void fill_lists(struct bed *bed)
{
#define ROW_OF_I \
	" SELECT CONCAT(LEFT(@user, 22), LPAD(i, 4, '0')), @organization, NOW(3), "
#define ALL_I \
	" FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL" \
	" SELECT i + 1 FROM n WHERE i < 300) SELECT i FROM n) n"
	static const char *const texts[] = {
		"INSERT INTO organization_bindings (user_id, organization_id,"
		" created_at, role)" ROW_OF_I "'user'" ALL_I,
		"INSERT INTO api_keys (id, organization_id, created_at, digest,"
		" user_id)" ROW_OF_I
		"UNHEX(SHA2(CONCAT(@user, i), 256)), @user" ALL_I,
		"INSERT INTO audit_events (id, organization_id, at, action,"
		" resource_kind, resource_id, request_id)" ROW_OF_I
		"'x', 'x', @user, 'x'" ALL_I,
		"INSERT INTO invitations (id, organization_id, created_at,"
		" modified_at, sent_at, expires_at, email, email_key, role,"
		" delivery, mail_state, digest, life, invited_by)" ROW_OF_I
		"NOW(3), NOW(3), NOW(3), 'a', i, 'user', 'link', 'none',"
		" UNHEX(SHA2(CONCAT(@user, i), 256)), 1, @user" ALL_I,
		"INSERT INTO project_bindings (user_id, organization_id,"
		" created_at, project_id, role)" ROW_OF_I
		"@project, 'user'" ALL_I,
	};

	script(bed,
	    "SET foreign_key_checks = 0, @user = '%s', @organization = '%s',"
	    " @project = '%s'",
	    bed->user_id, bed->asker.ask.target, project_of(bed));
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		script(bed, "%s", texts[i]);
	script(bed, "SET foreign_key_checks = 1");
	analyze(bed);
}

/* Of a page behind 290 rows, without a filter; NULL: no list has it. */
static const char *plan_of_page(struct bed *bed,
    const struct statement *statement, const char *organization)
{
	struct db_value values[VALUES_MAX];
	struct caller_ask *ask = &bed->asker.ask;
	bool is_page = false;
	size_t n;

	ask->scope = statement->scope;
	ask->target = organization;
	if (ask->scope == SCOPE_PROJECT)
		ask->target = project_of(bed);
	ask->project = ask->scope == SCOPE_CURRENT ? project_of(bed) : NULL;
	n = ask->scope == SCOPE_PUBLIC ? 0 : caller_values(&bed->asker, values);
	for (size_t i = 0; i < statement->values; i++) {
		values[n + i] = any_value(statement, i);
		if (comes_from(statement, i, FROM_QUERY))
			values[n + i] = db_text(NULL);
		if (comes_from(statement, i, FROM_AFTER))
			values[n + i] = db_text(
			    arena_print(&bed->mem, "%.22s0290", bed->user_id));
		if (comes_from(statement, i, FROM_AFTER_IN))
			values[n + i] = db_text(project_of(bed));
		if (comes_from(statement, i, FROM_AFTER_OF)) {
			values[n + i] = db_text(organization);
			is_page = true;
		}
	}
	return is_page
	    ? plan_of(bed,
		  statement_text(&bed->st, statement, CREDENTIAL_KEY, false),
		  values, n + statement->values)
	    : NULL;
}

static void a_page_in_the_middle_begins_at_its_first_row(void **state)
{
	struct bed *bed = *state;
	const struct statement *const *all = modules_statements(&bed->mem);
	const char *organization, *plan;
	int pages = 0;

	make_callers(bed);
	fill_lists(bed);
	organization = bed->asker.ask.target;
	bed->asker.credential.kind = CREDENTIAL_KEY;
	for (; *all != NULL; all++) {
		plan = plan_of_page(bed, *all, organization);
		if (plan == NULL)
			continue;
		pages++;
		if (strstr(plan, "\"access_type\": \"range\"") == NULL)
			fail_msg("%s: %s", (*all)->text, plan);
	}
	assert_in_range(pages, 6, 20);
}

static void what_grows_with_the_data_is_seen(void **state)
{
/* forced, since a newer server may find that the table is read faster */
#define OF_ORGANIZATION \
	" FROM projects FORCE INDEX (PRIMARY) WHERE organization_id = "
	static const struct {
		const char *before, *behind, *fault;
	} statements[] = {
		{ "SELECT id FROM projects WHERE display_name = ", "",
		    "reads a whole table" },
		{ "SELECT name, ", " FROM projects", "reads a whole index" },
		{ "SELECT id" OF_ORGANIZATION, " ORDER BY display_name",
		    "sorts" },
		{ "SELECT DISTINCT display_name" OF_ORGANIZATION, "",
		    "uses a temporary table" },
		{ "SELECT id" OF_ORGANIZATION, "", NULL },
	};
	struct bed *bed = *state;

	make_callers(bed);
	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		const char *text = arena_print(&bed->mem, "%s'%s'%s",
		    statements[i].before, bed->asker.ask.target,
		    statements[i].behind);
		const char *fault = explain(bed, text, NULL, 0);
		const char *wanted = statements[i].fault;

		if ((fault == NULL) != (wanted == NULL) ||
		    (fault != NULL && strcmp(fault, wanted) != 0))
			fail_msg("%s: %s", text, fault ? fault : "no fault");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(every_statement_is_read_by_an_index),
		IN_BED(a_system_administrators_too),
		IN_BED(a_page_in_the_middle_begins_at_its_first_row),
		IN_BED(what_grows_with_the_data_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
