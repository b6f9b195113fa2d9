#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/deleted.h"
#include "store/licence.h"
#include "store/organization.h"
#include "store/project.h"

struct taken {
	bool name_taken;
};
static const struct field plan_fields[] = {
	{ .column = "name_taken",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct taken, name_taken) },
};
static const struct field_table plan_table = FIELD_TABLE(plan_fields);

/*
 * The slug only: a name that is in use is found when it is inserted, and its
 * first project has no other beside it.
 */
static const struct statement plan = {
	.scope = SCOPE_SELF,
	.columns = "no.id IS NOT NULL AS name_taken",
	.text = "LEFT JOIN organizations no ON no.name = ?",
	.values = 1,
	.tables = { &plan_table },
};

/*
 * Organization, project, licence and the creator's roles are sent together,
 * each behind the one before (store_run_together).
 */
static const struct statement insert = {
	.text = "INSERT INTO organizations (id, name, display_name, name_key,"
		" write_count, created_at, modified_at, created_by, audit_seq,"
		" audit_at, audit_hash) VALUES (?, ?, ?, ?, 1, ?, ?, ?, 1,"
		" UTC_TIMESTAMP(6), " AUDIT_FIRST_HASH ")",
	.values = 9,
};

static const struct statement insert_project = {
	.text = PROJECT_INSERT " SELECT " PROJECT_VALUES
			       " FROM DUAL WHERE " IF_CHANGED,
	.values = 9,
};

static const struct statement insert_claim = {
	.text = "INSERT INTO licence_claims (jti, organization_id, claimed_at)"
		" SELECT ?, ?, ? FROM DUAL WHERE " IF_CHANGED,
	.values = 3,
};

static const struct statement insert_licence = {
	.text = "INSERT INTO licences (organization_id, id, jti, kid,"
		" licence_type, limit_projects, limit_users, issued_at,"
		" expires_at, installed_at) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
		" FROM DUAL WHERE " IF_CHANGED,
	.values = 10,
};

static const struct statement bind = {
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at) SELECT ?, ?, 'admin', ? FROM DUAL"
		" WHERE " IF_CHANGED,
	.values = 3,
};

static const struct statement bind_project = {
	.text = PROJECT_BIND " AND " IF_CHANGED,
	.values = 4,
};

static const struct statement activate = {
	.text = "UPDATE users SET active_project_id = ? WHERE id = ?"
		" AND active_project_id IS NULL AND " IF_CHANGED,
	.values = 2,
};

/* It changes the row, so that it is one lock for all nodes of a cluster. */
static const struct statement lock_creator = {
	.text = "UPDATE users SET write_count = write_count + 1 WHERE id = ?",
	.values = 1,
};

static const struct statement count_created = {
	.bounded = "organizations of one user, by the index, up to the limit",
	.text = "SELECT COUNT(*) AS value FROM organizations"
		" WHERE created_by = ?",
	.values = 1,
	.tables = { &statement_number_table },
};

static const struct statement name_taken = {
	.text = "SELECT 1 AS found FROM organizations"
		" WHERE name_key = ? LOCK IN SHARE MODE",
	.values = 1,
	.tables = { &statement_found_table },
};

const struct statement *const organization_create_statements[] = { &plan,
	&insert, &insert_project, &insert_claim, &insert_licence, &bind,
	&bind_project, &activate, &lock_creator, &count_created, &name_taken,
	NULL };

struct create {
	struct asker *asker;
	struct organization_create *in;
	bool claims_before; /* the licence's key, which is known */
};

/* Of two that the user creates at once, the second counts the first. */
static enum err check_creator(struct store *st, const struct create *c)
{
	const struct db_value user = db_text(c->asker->caller.user_id);
	struct fault *fault = c->asker->fault;
	int64_t most = c->in->most, count = 0;
	enum err err;

	if (most == 0)
		return ERR_NONE;
	if ((err = store_run(st, &lock_creator, &user, NULL)) ||
	    (err = store_number(st, &count_created, &user, &count)))
		return err;
	if (count < most)
		return ERR_NONE;
	(void)fault_set(fault, ERR_ORGANIZATION_LIMIT,
	    "a user may create %lld organizations here, and this one has"
	    " created %lld; one that is deleted counts until it is purged",
	    (long long)most, (long long)count);
	fault_limit(fault, "organizations", most, count);
	return ERR_ORGANIZATION_LIMIT;
}

/* What it begins with; the user of the row is an admin of both. */
static const char *change_of(struct store *st, const struct create *c)
{
	const struct organization_create *in = c->in;
	const char *project = AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_TEXT("id", in->project.id),
	    AUDIT_MEMBER_TEXT("name", in->project.display_name));

	return AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_TIME("expiresAt", in->licence->expires_at),
	    AUDIT_MEMBER_TEXT("licenseType", in->licence->type),
	    AUDIT_MEMBER_JSON(
		"limits", licence_limits_text(st->mem, &in->licence->limits)),
	    AUDIT_MEMBER_TEXT("name", in->organization.display_name),
	    AUDIT_MEMBER_JSON("project", project),
	    AUDIT_MEMBER_TEXT("role", "admin"));
}

static struct audit_entry entry_of(struct store *st, const struct create *c)
{
	const struct organization *row = &c->in->organization;

	return (struct audit_entry){
		AUDIT_BY(&c->asker->caller),
		.organization_id = row->id,
		.action = "organization.create",
		.resource_kind = "Organization",
		.resource_id = row->id,
		.detail = row->display_name,
		.change = change_of(st, c),
	};
}

/*
 * One of two unique keys stood in the way: the name is the client's affair, the
 * slug is ours and gives way to the id.
 */
static enum err give_way(struct store *st, struct create *c)
{
	struct organization *row = &c->in->organization;
	const char *name_key = c->in->name->key;
	struct db_value key = db_bytes(name_key, strlen(name_key));
	bool found;
	enum err err = store_exists(st, &name_taken, &key, &found);

	if (err)
		return err;
	if (found)
		return deleted_refuse_name(st, c->asker, name_key);
	name_slug_of_id(row->id, row->name);
	return ERR_NONE;
}

/* The rows of a new organization, with their values. */
struct made {
	struct db_value organization[9], project[9], claim[3], licence[10],
	    binding[3], project_binding[4], active[2];
	struct audit_first first;
	struct store_change changes[DB_TOGETHER_MAX];
	size_t count;
};

#define ADD(made_, statement_, values_) \
	((made_)->changes[(made_)->count++] = (struct store_change){ \
	     .statement = &(statement_), .values = (made_)->values_ })

#define FILL(values_, ...) \
	memcpy(values_, ((const struct db_value[]){ __VA_ARGS__ }), \
	    sizeof(values_))

static void fill_organization(
    struct store *st, const struct create *c, struct made *made)
{
	const struct organization *row = &c->in->organization;
	const char *key = c->in->name->key;
	const struct audit_entry entry = entry_of(st, c);

	audit_first(st, &entry, &made->first);
	FILL(made->organization, db_text(row->id), db_text(row->name),
	    db_text(row->display_name), db_bytes(key, strlen(key)),
	    db_time(st->now), db_time(st->now),
	    db_text(c->asker->caller.user_id), db_text(made->first.begin),
	    db_text(made->first.text));
	ADD(made, insert, organization);
}

static void fill_project(
    struct store *st, const struct create *c, struct made *made)
{
	const struct project *row = &c->in->project;
	const char *key = c->in->project_name->key;

	FILL(made->project, db_text(row->id), db_text(c->in->organization.id),
	    db_text(row->name), db_text(row->display_name),
	    db_bytes(key, strlen(key)), db_text(row->secret_key),
	    db_time(st->now), db_time(st->now), db_text(row->labels));
	ADD(made, insert_project, project);
}

static void fill_licence(
    struct store *st, const struct create *c, struct made *made)
{
	const struct licence *licence = c->in->licence;
	const char *id = c->in->organization.id;

	FILL(made->claim, db_text(licence->jti), db_text(id), db_time(st->now));
	FILL(made->licence, db_text(id), db_text(licence->id),
	    db_text(licence->jti), db_text(licence->kid),
	    db_text(licence->type), db_integer(licence->limits.projects),
	    db_integer(licence->limits.users), db_time(licence->issued_at),
	    db_time(licence->expires_at), db_time(st->now));
	if (!c->claims_before)
		ADD(made, insert_claim, claim);
	ADD(made, insert_licence, licence);
}

static void fill_bindings(
    struct store *st, const struct create *c, struct made *made)
{
	const struct caller *caller = &c->asker->caller;
	const char *id = c->in->organization.id;
	const char *project = c->in->project.id;

	FILL(made->binding, db_text(caller->user_id), db_text(id),
	    db_time(st->now));
	FILL(made->project_binding, db_text(project), db_time(st->now),
	    db_text(caller->user_id), db_text(id));
	FILL(made->active, db_text(project), db_text(caller->user_id));
	ADD(made, bind, binding);
	ADD(made, bind_project, project_binding);
	made->changes[made->count++] = made->first.enter;
	/* the last, since it may change nothing */
	if (caller->active_project_id[0] == '\0')
		ADD(made, activate, active);
}

/* The one that failed, or NULL. */
static const struct statement *failed_of(const struct made *made)
{
	for (size_t i = 0; i < made->count; i++)
		if (made->changes[i].err)
			return made->changes[i].statement;
	return NULL;
}

/* Each has made its row; the last may have had nothing to do. */
static bool is_whole(const struct made *made)
{
	for (size_t i = 0; i < made->count; i++)
		if (made->changes[i].affected != 1 &&
		    made->changes[i].statement != &activate)
			return false;
	return true;
}

/* A key that is known may still be right for this: once more, with it. */
static enum err judge_claim(struct store *st, struct create *c)
{
	enum err err = licence_claim(st, c->asker, c->in->licence);

	c->claims_before = err == ERR_NONE;
	return err ? err : ERR_CONFLICT;
}

/* `*again`: the slug was taken, and has given way. */
static enum err insert_rows(struct store *st, struct create *c, bool *again)
{
	struct made *made = arena_alloc(st->mem, sizeof(*made));
	const struct statement *failed;
	enum err err;

	fill_organization(st, c, made);
	fill_project(st, c, made);
	fill_licence(st, c, made);
	fill_bindings(st, c, made);
	err = store_run_together(st, made->changes, made->count);
	failed = failed_of(made);
	*again = failed == &insert && err == ERR_DUPLICATE;
	if (*again)
		return give_way(st, c);
	if (failed == &insert_claim && err == ERR_DUPLICATE)
		return judge_claim(st, c);
	if (failed == &bind && err == ERR_REFERENCE)
		return fault_set(c->asker->fault, ERR_NOT_CREATED,
		    "the organization could not be created for this user");
	return err || is_whole(made) ? err : ERR_INTERNAL;
}

static enum err create(struct store *st, void *context)
{
	struct create *c = context;
	bool again;
	enum err err;

	if ((err = check_creator(st, c)) ||
	    (c->claims_before &&
		(err = licence_claim(st, c->asker, c->in->licence))))
		return err;
	err = insert_rows(st, c, &again);
	/* no other has the id for a slug */
	if (!err && again)
		err = insert_rows(st, c, &again);
	return !err && again ? ERR_INTERNAL : err;
}

enum err organization_plan(
    struct store *st, struct asker *asker, struct organization_create *in)
{
	struct organization *row = &in->organization;
	struct taken taken = { false };
	struct db_value name;
	void *const into[STATEMENT_TABLES_MAX] = { &taken, NULL };
	enum err err;

	ulid_make(&st->ids, (uint64_t)st->now, row->id);
	ulid_make(&st->ids, (uint64_t)st->now, in->project.id);
	memcpy(row->display_name, in->name->display, sizeof(row->display_name));
	name_slug(row->display_name, row->id, st->reserved, row->name);
	memcpy(row->labels, "{}", 3);
	row->version = 1;
	row->modified_at = st->now;
	project_begin(st, in->project_name, &in->project);
	name = db_text(row->name);
	err = caller_select(st, asker, &plan, &name, into);
	db_finish(st->db);
	if (taken.name_taken)
		name_slug_of_id(row->id, row->name);
	return err;
}

enum err organization_create(
    struct store *st, struct asker *asker, struct organization_create *in)
{
	struct create c = { asker, in, false };

	memcpy(in->licence->organization_id, in->organization.id, ULID_SIZE);
	ulid_make(&st->ids, (uint64_t)st->now, in->licence->id);
	return store_transact(st, create, &c);
}
