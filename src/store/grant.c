#include "store/grant.h"

#include <string.h>

#include "base/text.h"

#define ROWS "SELECT, INSERT, UPDATE, DELETE"

/* A new table has its row here: a test compares. */
const struct grant grants[] = {
	{ "address_changes", ROWS, NULL },
	{ "api_keys", ROWS, NULL },
	{ "audit_beginnings", "SELECT", NULL },
	{ "audit_chains", "SELECT, INSERT, UPDATE", NULL },
	{ "audit_events", "SELECT, INSERT", NULL },
	{ "deleted_bindings", ROWS, NULL },
	{ "idempotency_keys", ROWS, NULL },
	{ "invitation_projects", ROWS, NULL },
	{ "invitations", ROWS, NULL },
	{ "licence_claims", ROWS, NULL },
	{ "licences", ROWS, NULL },
	{ "login_failures", ROWS, NULL },
	{ "organization_bindings", ROWS, NULL },
	{ "organizations", ROWS, NULL },
	{ "outbox", ROWS, NULL },
	{ "project_bindings", ROWS, NULL },
	{ "projects", ROWS, NULL },
	{ "rates", ROWS, NULL },
	{ "schema_migrations", "SELECT", NULL },
	{ "schema_steps", "", NULL },
	{ "secret_keys", ROWS, NULL },
	{ "security_events", ROWS, NULL },
	{ "sessions", ROWS, NULL },
	{ "users", "SELECT, INSERT, UPDATE", "is_system_admin" },
};
const size_t grant_count = sizeof(grants) / sizeof(grants[0]);

static const char *const row_rights[] = { "SELECT", "INSERT", "UPDATE",
	"DELETE" };

enum { RIGHTS = 4, HELD_MAX = 512, LINE_SIZE = 4096 };

/* --- what the server knows ------------------------------------------------ */

struct self {
	char account[400];
	char schema[260];
	bool has_role;
};

static const struct field self_fields[] = {
	{ .column = "account",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct self, account) },
	{ .column = "name", .type = FIELD_TEXT, FIELD_AT(struct self, schema) },
	{ .column = "has_role",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct self, has_role) },
};
static const struct field_table self_table = FIELD_TABLE(self_fields);

/* As GRANT writes it, and as information_schema does. */
#define ACCOUNT \
	"CONCAT('''', SUBSTRING(CURRENT_USER(), 1," \
	" CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(" \
	"CURRENT_USER(), '@', -1)) - 1)," \
	" '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"

static const struct statement find_self = {
	.text = "SELECT " ACCOUNT " AS account, DATABASE() AS name,"
		" COALESCE(CURRENT_ROLE(), 'NONE') <> 'NONE' AS has_role",
	.tables = { &self_table },
};

/* A right on "": the database; on a column of a table, or on all of it. */
struct held {
	char table[260];
	char column[260];
	char name[65];
};

static const struct field held_fields[] = {
	{ .column = "place", .type = FIELD_TEXT, FIELD_AT(struct held, table) },
	{ .column = "part", .type = FIELD_TEXT, FIELD_AT(struct held, column) },
	{ .column = "name", .type = FIELD_TEXT, FIELD_AT(struct held, name) },
};
static const struct field_table held_table = FIELD_TABLE(held_fields);

static const struct statement find_held = {
	.bounded = "the rights of one account, asked by tool and doctor",
	.text = "SELECT table_name AS place, '' AS part,"
		" privilege_type AS name FROM"
		" information_schema.table_privileges"
		" WHERE table_schema = DATABASE() AND grantee = " ACCOUNT
		" UNION ALL SELECT table_name, column_name, privilege_type FROM"
		" information_schema.column_privileges"
		" WHERE table_schema = DATABASE() AND grantee = " ACCOUNT
		" UNION ALL SELECT '', '', privilege_type FROM"
		" information_schema.schema_privileges"
		" WHERE DATABASE() LIKE table_schema AND grantee = " ACCOUNT
		" UNION ALL SELECT '*', '', privilege_type FROM"
		" information_schema.user_privileges WHERE grantee = " ACCOUNT,
	.tables = { &held_table },
};

static const struct field column_fields[] = {
	{ .column = "name", .type = FIELD_TEXT, FIELD_AT(struct held, column) },
};
static const struct field_table column_table = FIELD_TABLE(column_fields);

static const struct statement find_columns = {
	.bounded = "the columns of one table, asked by tool and doctor",
	.text = "SELECT column_name AS name FROM information_schema.columns"
		" WHERE table_schema = DATABASE() AND table_name = ?"
		" ORDER BY ordinal_position",
	.values = 1,
	.tables = { &column_table },
};

static const struct statement may_grant = {
	.bounded = "the rights of one account, asked by the tool",
	.text = "SELECT COUNT(*) AS value FROM (SELECT 1 AS one FROM"
		" information_schema.schema_privileges WHERE is_grantable ="
		" 'YES' AND DATABASE() LIKE table_schema AND grantee = " ACCOUNT
		" UNION ALL SELECT 1 FROM information_schema.user_privileges"
		" WHERE is_grantable = 'YES' AND grantee = " ACCOUNT ") g",
	.tables = { &statement_number_table },
};

const struct statement *const grant_statements[] = { &find_self, &find_held,
	&find_columns, &may_grant, NULL };

/* All rows of a statement, in the arena; how many there are. */
static enum err read_rows(struct store *st, const struct statement *statement,
    const struct db_value *values, struct held *rows, size_t *count)
{
	struct held row;
	const struct db_query query = {
		.text = statement->text,
		.values = values,
		.value_count = statement->values,
	};
	const struct db_target target = {
		.segments = { { statement->tables[0], &row } },
		.count = 1,
	};
	bool more;
	enum err err;

	*count = 0;
	memset(&row, 0, sizeof(row));
	if ((err = db_select(st->db, &query, &target)))
		return err;
	while (!(err = db_next(st->db, &more)) && more)
		if (*count < HELD_MAX)
			rows[(*count)++] = row;
	return err;
}

/* --- the comparison ------------------------------------------------------- */

struct comparing {
	struct arena *mem;
	const char *schema;
	struct held *held;
	size_t held_count;
	struct held *columns; /* of the table with a column kept back */
	size_t column_count;
	struct grant_report *out;
};

static bool has(const struct comparing *c, const char *table,
    const char *column, const char *name)
{
	for (size_t i = 0; i < c->held_count; i++)
		if (strcmp(c->held[i].table, table) == 0 &&
		    strcmp(c->held[i].column, column) == 0 &&
		    strcmp(c->held[i].name, name) == 0)
			return true;
	return false;
}

/* By the database or the server as a whole. */
static bool has_everywhere(const struct comparing *c, const char *name)
{
	return has(c, "", "", name) || has(c, "*", "", name);
}

static bool is_wanted(const struct grant *grant, const char *name)
{
	return strstr(grant->rights, name) != NULL;
}

/* Whether the right is given column by column, all but one. */
static bool is_by_column(const struct grant *grant, const char *name)
{
	return grant->column != NULL && strcmp(name, "SELECT") != 0 &&
	    is_wanted(grant, name);
}

static void put_name(struct text *text, const char *name)
{
	text_put(text, "`");
	for (; *name != '\0'; name++)
		text_put_part(
		    text, *name == '`' ? "``" : name, *name == '`' ? 2 : 1);
	text_put(text, "`");
}

/*
 * GRANT or REVOKE for the account, on a table or (NULL) on all.  Neither takes
 * parameters; the names come from the server itself.
 */
static const char *make_line(const struct comparing *c, bool is_grant,
    const char *rights, const char *table)
{
	char buffer[LINE_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));

	text_put(&text, is_grant ? "GRANT " : "REVOKE ");
	text_put(&text, rights);
	text_put(&text, " ON ");
	put_name(&text, c->schema);
	text_put(&text, ".");
	if (table != NULL)
		put_name(&text, table);
	else
		text_put(&text, "*");
	text_put(&text, is_grant ? " TO " : " FROM ");
	text_put(&text, c->out->account);
	return arena_text(c->mem, buffer);
}

static const char *add_line(
    struct comparing *c, bool is_grant, const char *rights, const char *table)
{
	const char *line = make_line(c, is_grant, rights, table);

	if (c->out->count < GRANT_LINES_MAX)
		c->out->lines[c->out->count++] = line;
	return line;
}

static void put_item(struct text *text, const char *start, const char *item)
{
	text_put(text, *start == '\0' ? "" : ", ");
	text_put(text, item);
}

/*
 * "INSERT (`a`, `b`)".  True where one of them is missing, or will be: a right
 * that is taken from the table is taken from its columns too.
 */
static bool put_columns(const struct comparing *c, const struct grant *grant,
    const char *name, const char **item)
{
	char buffer[LINE_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));
	bool is_missing = has(c, grant->table, "", name), is_first = true;

	text_put(&text, name);
	for (size_t i = 0; i < c->column_count; i++) {
		const char *column = c->columns[i].column;

		if (strcmp(column, grant->column) == 0)
			continue;
		if (!has(c, grant->table, column, name))
			is_missing = true;
		text_put(&text, is_first ? " (" : ", ");
		put_name(&text, column);
		is_first = false;
	}
	text_put(&text, ")");
	/* asked first: an account without SELECT sees no columns */
	*item = is_first ? NULL : arena_text(c->mem, buffer);
	return is_missing || is_first;
}

/* What is to be granted on a table. */
static void compare_table(struct comparing *c, const struct grant *grant)
{
	char buffer[LINE_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));
	const char *line;
	bool lacks = false;

	for (size_t i = 0; i < RIGHTS; i++) {
		const char *name = row_rights[i], *item = name;
		bool is_held = has(c, grant->table, "", name);
		bool is_missing = !is_held;

		if (!is_wanted(grant, name))
			continue;
		if (is_by_column(grant, name))
			is_missing = put_columns(c, grant, name, &item);
		if (!is_missing)
			continue;
		if (!is_held && !has_everywhere(c, name))
			lacks = true;
		if (item != NULL)
			put_item(&text, buffer, item);
	}
	if (buffer[0] == '\0')
		return;
	line = add_line(c, true, buffer, grant->table);
	if (lacks && c->out->lacks == NULL)
		c->out->lacks = line;
}

/* Rights on a table, or on the column that is kept back, that are too many. */
static void revoke_on_table(struct comparing *c, const struct grant *grant)
{
	char buffer[LINE_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));
	const char *line;

	for (size_t i = 0; i < c->held_count; i++) {
		const struct held *held = &c->held[i];
		bool is_column = held->column[0] != '\0';
		bool is_kept = grant->column != NULL &&
		    strcmp(held->column, grant->column) == 0;
		const char *item = held->name;

		if (strcmp(held->table, grant->table) != 0 ||
		    strcmp(item, "USAGE") == 0)
			continue;
		if (is_column
			? !is_kept || strcmp(item, "SELECT") == 0
			: is_wanted(grant, item) && !is_by_column(grant, item))
			continue;
		if (is_column)
			item = arena_print(
			    c->mem, "%s (`%s`)", item, held->column);
		put_item(&text, buffer, item);
	}
	if (buffer[0] == '\0')
		return;
	line = add_line(c, false, buffer, grant->table);
	if (c->out->exceeds == NULL)
		c->out->exceeds = line;
}

/* Of the database as a whole nothing; programs of before ran procedures. */
static void revoke_on_database(struct comparing *c)
{
	char buffer[LINE_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));
	const char *line;

	for (size_t i = 0; i < c->held_count; i++)
		if (c->held[i].table[0] == '\0' &&
		    strcmp(c->held[i].name, "EXECUTE") != 0 &&
		    strcmp(c->held[i].name, "USAGE") != 0)
			put_item(&text, buffer, c->held[i].name);
	if (buffer[0] == '\0')
		return;
	line = add_line(c, false, buffer, NULL);
	if (c->out->exceeds == NULL)
		c->out->exceeds = line;
}

/* Of the server as a whole nothing: no line, since others may rely on it. */
static void look_at_server(struct comparing *c)
{
	for (size_t i = 0; i < c->held_count; i++)
		if (strcmp(c->held[i].table, "*") == 0 &&
		    strcmp(c->held[i].name, "USAGE") != 0 &&
		    c->out->exceeds == NULL)
			c->out->exceeds = arena_print(
			    c->mem, "%s on the whole server", c->held[i].name);
}

static void compare_all(struct comparing *c)
{
	for (size_t i = 0; i < grant_count; i++) {
		revoke_on_table(c, &grants[i]);
		compare_table(c, &grants[i]);
	}
	revoke_on_database(c);
	look_at_server(c);
}

enum err grant_compare(
    struct store *st, struct store *owner, struct grant_report *report)
{
	struct comparing c = { .mem = st->mem, .out = report };
	const struct db_value table = db_text("users");
	struct self self = { .has_role = false };
	bool found;
	enum err err;

	memset(report, 0, sizeof(*report));
	c.held = arena_alloc(st->mem, HELD_MAX * sizeof(*c.held));
	c.columns = arena_alloc(st->mem, HELD_MAX * sizeof(*c.columns));
	if ((err = store_find(st, &find_self, NULL, &self, &found)) ||
	    (err = read_rows(st, &find_held, NULL, c.held, &c.held_count)) ||
	    (err = read_rows(
		 owner, &find_columns, &table, c.columns, &c.column_count)))
		return err;
	report->account = arena_text(st->mem, self.account);
	report->has_role = self.has_role;
	c.schema = self.schema;
	compare_all(&c);
	return ERR_NONE;
}

enum err grant_apply(
    struct store *owner, const struct grant_report *report, size_t *applied)
{
	int64_t rights;
	enum err err = store_number(owner, &may_grant, NULL, &rights);

	*applied = 0;
	while (!err && rights > 0 && *applied < report->count) {
		const char *line = report->lines[*applied];

		if ((err = db_script(owner->db, line, strlen(line))))
			return err;
		(*applied)++;
	}
	return err;
}
