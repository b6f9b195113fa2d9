#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"
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

static const struct statement call_create = {
	.text = "CALL organization_create_3(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.procedure = "organization_create_3",
	.values = 26,
};

static const struct statement insert = {
	.text = "INSERT INTO organizations (id, name, display_name, name_key,"
		" write_count, created_at, modified_at, created_by)"
		" VALUES (?, ?, ?, ?, 1, ?, ?, ?)",
	.values = 7,
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

static const struct statement bind = {
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at) VALUES (?, ?, ?, ?)",
	.values = 4,
};

static const struct statement activate = {
	.text = "UPDATE users SET active_project_id = ? WHERE id = ?"
		" AND active_project_id IS NULL",
	.values = 2,
};

const struct statement *const organization_create_statements[] = { &plan,
	&call_create, &lock_creator, &count_created, &insert, &name_taken,
	&bind, &activate, NULL };

/*
 * One of two unique keys stood in the way: the name is the client's affair,
 * the slug is ours and gives way to the id.
 */
static enum err insert_row(
    struct store *st, struct organization_create *in, const struct asker *asker)
{
	struct organization *row = &in->organization;
	struct db_value key = db_bytes(in->name->key, strlen(in->name->key));
	struct db_value values[7] = { db_text(row->id), db_text(row->name),
		db_text(row->display_name), key, db_time(st->now),
		db_time(st->now), db_text(asker->caller.user_id) };
	bool found;
	enum err err = store_run(st, &insert, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	if ((err = store_exists(st, &name_taken, &key, &found)))
		return err;
	if (found)
		return deleted_refuse_name(st, asker, in->name->key);
	name_slug_of_id(row->id, row->name);
	values[1] = db_text(row->name);
	return store_run(st, &insert, values, NULL);
}

struct create {
	struct asker *asker;
	struct organization_create *in;
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

static enum err bind_creator(struct store *st, struct create *c)
{
	const char *user = c->asker->caller.user_id;
	const struct organization_create *in = c->in;
	struct db_value values[4] = { db_text(user),
		db_text(in->organization.id), db_text("admin"),
		db_time(st->now) };
	struct db_value active[2] = { db_text(in->project.id), db_text(user) };
	enum err err = store_run(st, &bind, values, NULL);

	if (err == ERR_REFERENCE)
		return fault_set(c->asker->fault, ERR_NOT_CREATED,
		    "the organization could not be created for this user");
	if (err ||
	    (err = project_bind(st, user, in->organization.id, in->project.id)))
		return err;
	if (c->asker->caller.active_project_id[0] != '\0')
		return ERR_NONE;
	return store_run(st, &activate, active, NULL);
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

static enum err create(struct store *st, void *context)
{
	struct create *c = context;
	struct organization_create *in = c->in;
	struct fault *fault = c->asker->fault;
	const struct audit_entry entry = entry_of(st, c);
	enum err err;

	if ((err = check_creator(st, c)) ||
	    (err = insert_row(st, in, c->asker)) ||
	    (err = project_insert(st, in->organization.id, in->project_name,
		 &in->project, fault)) ||
	    (err = licence_put(st, c->asker, in->licence)) ||
	    (err = bind_creator(st, c)))
		return err;
	return audit_insert(st, &entry);
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

static bool call(struct store *st, const struct create *c, enum err *err)
{
	const struct organization_create *in = c->in;
	const struct organization *row = &in->organization;
	const struct project *project = &in->project;
	const struct licence *licence = in->licence;
	const struct caller *caller = &c->asker->caller;
	const char *key = in->name->key, *project_key = in->project_name->key;
	const struct audit_entry entry = entry_of(st, c);
	const struct audit_hashed hashed = audit_hashed(st, &entry);
	const struct db_value values[26] = { db_text(row->id),
		db_text(row->name), db_text(row->display_name),
		db_bytes(key, strlen(key)), db_text(project->id),
		db_text(project->name), db_text(project->display_name),
		db_bytes(project_key, strlen(project_key)),
		db_text(project->secret_key), db_text(licence->id),
		db_text(licence->jti), db_text(licence->kid),
		db_text(licence->type), db_integer(licence->limits.projects),
		db_integer(licence->limits.users), db_time(licence->issued_at),
		db_time(licence->expires_at), db_text(caller->user_id),
		db_integer(caller->active_project_id[0] == '\0'),
		db_text(audit_id(st)), db_text(audit_request(st)),
		db_time(st->now), db_text(hashed.begin), db_text(hashed.text),
		db_text(hashed.change), db_text(caller->key_id) };

	/* the procedure knows of no session, and of no limit */
	if (caller->session_id[0] != '\0' || in->most > 0)
		return false;
	return store_call(st, &call_create, values, err);
}

enum err organization_create(
    struct store *st, struct asker *asker, struct organization_create *in)
{
	struct create c = { asker, in };
	enum err err;

	memcpy(in->licence->organization_id, in->organization.id, ULID_SIZE);
	ulid_make(&st->ids, (uint64_t)st->now, in->licence->id);
	return call(st, &c, &err) ? err : store_transact(st, create, &c);
}
