#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/config_admin.h"
#include "edge/licence_key.h"
#include "edge/password.h"

static void stop(const char *what, const char *why)
{
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

/* --- the database --------------------------------------------------------- */

static const char *__attribute__((format(printf, 2, 0)))
print(struct world *world, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	text = arena_alloc(world->mem, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void world_script(struct world *world, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = print(world, format, args);
	va_end(args);
	db_begin_request(world->db);
	if (db_script(world->db, text, strlen(text)) != ERR_NONE)
		stop(text, db_error(world->db));
}

struct text_row {
	char text[8192];
	int64_t number;
};

static const struct field text_fields[] = {
	{ .column = "a", .type = FIELD_TEXT, FIELD_AT(struct text_row, text) },
	{ .column = "b",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct text_row, number) },
};
static const struct field_table one_text = { text_fields, 1 };
static const struct field_table text_and_number = { text_fields, 2 };

static void begin_rows(struct world *world, const char *sql,
    const struct field_table *table, struct text_row *row)
{
	struct db_query query = { .text = sql, .is_once = true };
	struct db_target target = { { { table, row } }, 1, 0 };

	db_begin_request(world->db);
	if (db_select(world->db, &query, &target) != ERR_NONE)
		stop(sql, db_error(world->db));
}

static bool next_row(struct world *world)
{
	bool more;

	if (db_next(world->db, &more) != ERR_NONE)
		stop("a row", db_error(world->db));
	return more;
}

void world_text(
    struct world *world, char *out, size_t size, const char *format, ...)
{
	struct text_row row = { "", 0 };
	const char *sql;
	va_list args;

	va_start(args, format);
	sql = print(world, format, args);
	va_end(args);
	begin_rows(world, sql, &one_text, &row);
	if (!next_row(world))
		stop(sql, "no row");
	db_finish(world->db);
	snprintf(out, size, "%s", row.text);
}

/*
 * A sum over all values.  MariaDB's CHECKSUM TABLE is none: of a table with a
 * computed column it differs from one call to the next though no row does.
 */
const char *world_sums(struct world *world)
{
	const char *sql = "", *sums = "";
	static struct text_row row;

	world_script(world, "SET SESSION group_concat_max_len = 8000");
	begin_rows(world,
	    "SELECT CONCAT('SELECT ''', c.table_name, ''' AS a,"
	    " CAST(COUNT(*) + COALESCE(SUM(CRC32(CONCAT_WS(''|'', ',"
	    " GROUP_CONCAT(CONCAT('COALESCE(HEX(`', c.column_name,"
	    " '`), ''-'')') ORDER BY c.ordinal_position),"
	    " '))), 0) AS SIGNED) AS b FROM `', c.table_name, '`') AS a"
	    " FROM information_schema.columns c"
	    " JOIN information_schema.tables t"
	    " ON t.table_schema = c.table_schema"
	    " AND t.table_name = c.table_name"
	    " WHERE t.table_schema = DATABASE()"
	    " AND t.table_type = 'BASE TABLE'"
	    " AND t.table_name NOT IN ('login_failures', 'security_events')"
	    " GROUP BY c.table_name ORDER BY c.table_name",
	    &one_text, &row);
	while (next_row(world))
		sql = arena_print(world->mem, "%s%s%s", sql,
		    sql[0] == '\0' ? "" : " UNION ALL ", row.text);
	begin_rows(world, sql, &text_and_number, &row);
	while (next_row(world))
		sums = arena_print(world->mem, "%s%s %lld, ", sums, row.text,
		    (long long)row.number);
	return sums;
}

/* --- the people ----------------------------------------------------------- */

static void add_person(struct world *world, int i, const char *hash)
{
	const struct person *person = &people[i];
	struct ulid_clock ids = { 0 };

	ulid_make(&ids, (uint64_t)clock_now(), world->users[i]);
	world_script(world,
	    "INSERT INTO users (id, name, display_name, email, email_key,"
	    " password_hash, is_system_admin, created_at, modified_at,"
	    " disabled_at) VALUES ('%s', LOWER('%s-%d'), '%s', LOWER("
	    "'%s-%s@example.org'), LOWER('%s-%s@example.org'), '%s', %d,"
	    " UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), %s)",
	    world->users[i], world->mark, i, person->name, person->name,
	    world->mark, person->name, world->mark, hash,
	    person->is_system_admin,
	    person->is_disabled ? "UTC_TIMESTAMP(3)" : "NULL");
}

/*
 * By SQL, since `tenantryctl key add` refuses keys that open nothing.  No
 * request changes the row: it says that the key was used already.
 */
static void add_key(struct world *world, const struct visitor *caller)
{
	enum tenant organization = organization_at[caller->place];
	enum account project = project_at[caller->place];
	const char *key = visitor_key(world, caller);

	world_script(world,
	    "INSERT IGNORE INTO api_keys (id, digest, user_id, organization_id,"
	    " project_id, role, manage, created_at, expires_at, last_used_on)"
	    " VALUES (LEFT(UPPER(SHA2('%s', 256)), 26),"
	    " UNHEX(SHA2('%s', 256)), NULLIF('%s', ''), NULLIF('%s', ''),"
	    " NULLIF('%s', ''), NULLIF('%s', 'none'), %d,"
	    " UTC_TIMESTAMP(3), %s, '2999-12-31')",
	    key, key,
	    caller->person->is_service ? ""
				       : world->users[caller->person - people],
	    organization < 0 ? "" : world->organizations[organization],
	    project < 0 ? "" : world->projects[project],
	    role_names[caller->role], caller->person->can_manage,
	    caller->by == BY_EXPIRED_KEY ? "UTC_TIMESTAMP(3)" : "NULL");
}

/* Nobody has its text. */
static void add_made_key(struct world *world)
{
	char *id = world->keys[MADE_BY_ADMIN];
	struct ulid_clock ids = { 0 };

	ulid_make(&ids, (uint64_t)clock_now(), id);
	world_script(world,
	    "INSERT INTO api_keys (id, digest, user_id, organization_id,"
	    " made_by, generation, created_at) VALUES"
	    " ('%s', UNHEX(SHA2('%s', 256)), '%s', '%s', '%s', 1,"
	    " UTC_TIMESTAMP(3))",
	    id, id, world->users[ADMIN_OF_HOME], world->organizations[HOME],
	    world->keys[OF_ADMIN]);
}

static void add_callers(struct world *world)
{
	struct visitor *caller = world->callers;
	struct visitor expired = world_caller(
	    world, ADMIN_OF_HOME, BY_EXPIRED_KEY);

	for (int i = 0; i < PEOPLE; i++) {
		for (int k = 0; k < KEYS; k++) {
			*caller = world_caller_by_key(world, i,
			    (enum rank)(k / PLACES), (enum place)(k % PLACES));
			add_key(world, caller++);
		}
		*caller++ = world_caller(world, i, BY_PASSWORD);
	}
	for (int i = 0; i < ROBOTS; i++) {
		*caller = world_robot(world, (enum rank)(VIEWER + i / 8),
		    (enum place)(AT_HOME + i / 2 % 4), i % 2 == 1);
		add_key(world, caller++);
	}
	add_key(world, &expired);
	for (int i = 0; i < PATH_KEYS; i++) {
		const struct path_key_facts *facts = &path_keys[i];
		struct visitor by_key = facts->owner == OF_SERVICE
		    ? world_robot(world, facts->role, facts->place, true)
		    : world_caller_by_key(
			  world, facts->owner, facts->role, facts->place);

		strcpy(world->keys[i], by_key.key_id);
	}
	add_made_key(world);
}

/* --- the organizations ---------------------------------------------------- */

bool world_holds_back(const struct world *world, const char *method)
{
	return world->has_rules &&
	    (strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0 ||
		strcmp(method, "DELETE") == 0);
}

/* Asks the service, with the unbound key of a person. */
static void send_by(struct world *world, const char *method, int person,
    const char *path, const char *body)
{
	struct visitor caller = world_caller_by_key(
	    world, person, NOTHING, ANYWHERE);
	struct message message = { method, path, caller.header, body,
		strlen(body) };
	struct answer answer;

	strcat(caller.header, "Content-Type: application/json\r\n");
	if (world_holds_back(world, method)) {
		strcat(caller.header, "X-HTTP-Method-Override: ");
		strcat(strcat(caller.header, method), "\r\n");
		message.method = "POST";
	}
	if (!client_send(&world->client, &message, &answer))
		stop(path, "no answer");
	if (answer.status / 100 != 2)
		stop(path, answer.body);
}

void world_delete_home(struct world *world)
{
	send_by(world, "DELETE", ADMIN_OF_HOME,
	    arena_print(
		world->mem, "/v1/organizations/%s", world->organizations[HOME]),
	    "");
}

static void make_organization(struct world *world, enum tenant i, int person)
{
	enum account project = i == HOME ? FIRST : FOREIGN;
	struct visitor key = world_caller_by_key(
	    world, person, NOTHING, ANYWHERE);
	const char *name = arena_print(
	    world->mem, "%s %s", i == HOME ? "Home" : "Away", world->mark);

	add_key(world, &key);
	send_by(world, "POST", person, "/v1/organizations",
	    arena_print(world->mem,
		"{\"organizationName\": \"%s\", \"accountName\": \"%s\","
		" \"eulaAccepted\": true}",
		name, name));
	world_text(world, world->organizations[i], ULID_SIZE,
	    "SELECT id AS a FROM organizations WHERE display_name = '%s'",
	    name);
	world_text(world, world->slugs[i], sizeof(world->slugs[i]),
	    "SELECT name AS a FROM organizations WHERE display_name = '%s'",
	    name);
	world_text(world, world->projects[project], ULID_SIZE,
	    "SELECT id AS a FROM projects WHERE organization_id = '%s'",
	    world->organizations[i]);
}

/* Replaces the bindings that creating made by those of `people`. */
static void bind_people(struct world *world)
{
	world_script(world,
	    "DELETE FROM organization_bindings WHERE organization_id IN"
	    " ('%s', '%s')",
	    world->organizations[HOME], world->organizations[AWAY]);
	for (int i = 0; i < PEOPLE; i++) {
		const struct person *person = &people[i];

		for (int k = 0; k < ORGANIZATIONS; k++)
			if (person->in[k] != NOTHING)
				world_script(world,
				    "INSERT INTO organization_bindings"
				    " (user_id, organization_id, role,"
				    " created_at) VALUES"
				    " ('%s', '%s', '%s', UTC_TIMESTAMP(3))",
				    world->users[i], world->organizations[k],
				    role_names[person->in[k]]);
		for (int k = 0; k < PROJECTS; k++)
			if (person->of[k] != NOTHING)
				world_script(world,
				    "INSERT INTO project_bindings (user_id,"
				    " project_id, organization_id, role,"
				    " created_at) VALUES ('%s', '%s', '%s',"
				    " '%s', UTC_TIMESTAMP(3))",
				    world->users[i], world->projects[k],
				    world->organizations[organization_of[k]],
				    role_names[person->of[k]]);
		world_script(world,
		    "UPDATE users SET active_project_id = NULLIF('%s', '')"
		    " WHERE id = '%s'",
		    person->active < 0 ? "" : world->projects[person->active],
		    world->users[i]);
	}
}

/* What the organizations' rows count, as the service would have. */
static void count_people(struct world *world)
{
	for (int k = 0; k < ORGANIZATIONS; k++)
		world_script(world,
		    "UPDATE organizations SET member_count = (SELECT COUNT(*)"
		    " FROM organization_bindings b WHERE b.organization_id ="
		    " organizations.id), project_count = (SELECT COUNT(*)"
		    " FROM projects p WHERE p.organization_id ="
		    " organizations.id) WHERE id = '%s'",
		    world->organizations[k]);
}

/* Nobody has their tokens.  They were sent an hour ago. */
static void make_invitations(struct world *world)
{
	struct ulid_clock ids = { 0 };

	for (int i = 0; i < PATH_INVITATIONS; i++) {
		char *id = world->invitations[i];

		ulid_make(&ids, (uint64_t)clock_now(), id);
		world_script(world,
		    "INSERT INTO invitations (id, organization_id, email,"
		    " email_key, pending_key, role, delivery, digest,"
		    " created_at, modified_at, sent_at, expires_at, life,"
		    " invited_by) SELECT '%s', '%s', t.a, t.a, t.a, 'user',"
		    " 'link', UNHEX(SHA2('%s', 256)), t.n, t.n,"
		    " t.n - INTERVAL 1 HOUR, t.n + INTERVAL 1 DAY, 86400, '%s'"
		    " FROM (SELECT LOWER('%s@example.org') AS a,"
		    " UTC_TIMESTAMP(3) AS n) t",
		    id, world->organizations[i == TO_AWAY ? AWAY : HOME], id,
		    world->users[i == TO_AWAY ? ADMIN_OF_AWAY : ADMIN_OF_HOME],
		    id);
	}
	world_script(world,
	    "INSERT INTO invitation_projects (invitation_id, project_id,"
	    " organization_id, role) VALUES ('%s', '%s', '%s', 'user')",
	    world->invitations[TO_FIRST], world->projects[FIRST],
	    world->organizations[HOME]);
}

static void make_organizations(struct world *world)
{
	make_organization(world, HOME, ADMIN_OF_HOME);
	make_organization(world, AWAY, ADMIN_OF_AWAY);
	world_script(world,
	    "UPDATE licences SET limit_projects = 0 WHERE organization_id ="
	    " '%s'",
	    world->organizations[HOME]);
	send_by(world, "POST", ADMIN_OF_HOME, "/v1/projects",
	    arena_print(
		world->mem, "{\"displayName\": \"Second %s\"}", world->mark));
	world_text(world, world->projects[SECOND], ULID_SIZE,
	    "SELECT id AS a FROM projects WHERE organization_id = '%s' AND"
	    " id <> '%s'",
	    world->organizations[HOME], world->projects[FIRST]);
	world_text(world, world->project_slug, sizeof(world->project_slug),
	    "SELECT name AS a FROM projects WHERE id = '%s'",
	    world->projects[FIRST]);
	for (int i = 0; i < PROJECTS; i++)
		world_text(world, world->secrets[i], ULID_SIZE,
		    "SELECT secret_key AS a FROM projects WHERE id = '%s'",
		    world->projects[i]);
}

/* A licence key for one organization, or for any where that is empty. */
static const char *make_licence(struct world *world, const char *organization)
{
	struct licence licence = { .type = "enterprise" };
	struct ulid_clock ids = { 0 };
	struct fault fault;
	const char *key;

	ulid_make(&ids, (uint64_t)clock_now(), licence.jti);
	strcpy(licence.organization_id, organization);
	licence.issued_at = clock_now();
	if (licence_key_issue(&world->config.ring, world->mem, &licence, &key,
		&fault) != ERR_NONE)
		stop("a licence key", fault.detail);
	return key;
}

/*
 * With sanitizers the code of each route is looked at, and over another web
 * server what that does to a request: not once more the right of each caller.
 * Plain CGI and mod_security take some 20 ms for a request.
 */
static unsigned stride(void)
{
#ifdef __SANITIZE_ADDRESS__
	const bool is_slower = true;
#else
	const bool is_slower = false;
#endif
	const char *workers = getenv("HOST_WORKERS_FROM");
	const char *host = getenv("WEB_HOST");

	if ((workers && strcmp(workers, "request") == 0) ||
	    (host && strcmp(host, "apache-modsecurity") == 0))
		return 20;
	return is_slower || host ? 7 : 1;
}

bool world_make(struct world *world)
{
	const char *url = getenv("TENANTRY_URL");
	const char *host = getenv("WEB_HOST");
	struct ulid_clock ids = { 0 };
	struct fault fault = { .code = ERR_NONE };
	static struct arena mem;
	char hash[PASSWORD_HASH_SIZE];

	memset(world, 0, sizeof(*world));
	world->has_rules = host && strcmp(host, "apache-modsecurity") == 0;
	arena_init(&mem);
	world->mem = &mem;
	if (url == NULL || !client_open(&world->client, url) ||
	    !config_load(&world->config, NULL, &fault) ||
	    !config_load_admin(&world->config, &fault) ||
	    !password_hash(good_password, hash)) {
		printf(
		    "Bail out! %s\n", url ? fault.detail : "no TENANTRY_URL");
		return false;
	}
	world->stride = stride();
	world->config.migration.deadline = 60;
	world->db = db_open(&world->config.migration);
	ulid_make(&ids, (uint64_t)clock_now(), world->mark);
	world_script(world, "DELETE FROM login_failures");
	for (int i = 0; i < PEOPLE; i++)
		add_person(world, i, hash);
	make_organizations(world);
	bind_people(world);
	count_people(world);
	make_invitations(world);
	add_callers(world);
	world->licence = make_licence(world, "");
	world->home_licence = make_licence(world, world->organizations[HOME]);
	return true;
}

void world_remove(struct world *world)
{
	for (int i = 0; i < ORGANIZATIONS; i++)
		world_script(world,
		    "DELETE FROM organizations WHERE id = '%s';"
		    "DELETE FROM licence_claims WHERE organization_id = '%s'",
		    world->organizations[i], world->organizations[i]);
	for (int i = 0; i < PEOPLE; i++)
		world_script(world,
		    "DELETE FROM audit_events WHERE user_id = '%s';"
		    "DELETE FROM users WHERE id = '%s'",
		    world->users[i], world->users[i]);
	world_script(world, "DELETE FROM login_failures");
	client_close(&world->client);
	db_close(world->db);
	arena_release(world->mem);
	config_release(&world->config);
}
