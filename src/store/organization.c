#include "store/organization.h"

#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/columns.h"
#include "store/licence.h"
#include "store/project.h"
#include "store/read.h"

/* Memberships that the key does not shut out. */
#define MEMBERSHIPS \
	"LEFT JOIN organization_bindings m ON m.user_id = u.id" \
	" AND (k.organization_id IS NULL" \
	" OR m.organization_id = k.organization_id)" \
	" LEFT JOIN organizations mo ON mo.id = m.organization_id"

static const struct statement list = {
	.id = STATEMENT_ORGANIZATION_LIST,
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS,
	.text = MEMBERSHIPS " ORDER BY m.organization_id",
	.tables = { &organization_resource.table },
};

/* An admin of the organization is one of all its projects. */
static const struct statement tree = {
	.id = STATEMENT_ORGANIZATION_TREE,
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS
	", " PROJECT_COLUMNS("((m.role = 'admin' OR pb.role = 'admin')"
			     " AND COALESCE(k.role, 'admin') = 'admin')"),
	.text = MEMBERSHIPS
	" LEFT JOIN projects p ON p.organization_id = mo.id"
	" AND (k.project_id IS NULL OR p.id = k.project_id)"
	" AND (m.role = 'admin' OR EXISTS (SELECT 1 FROM project_bindings x"
	" WHERE x.user_id = u.id AND x.project_id = p.id))"
	" LEFT JOIN project_bindings pb ON pb.user_id = u.id"
	" AND pb.project_id = p.id"
	" ORDER BY m.organization_id, p.id",
	.tables = { &organization_resource.table, &project_resource.table },
};

static const struct statement get = {
	.id = STATEMENT_ORGANIZATION_GET,
	.scope = SCOPE_TARGET,
	.columns = ORGANIZATION_COLUMNS,
	.text = "LEFT JOIN organizations mo ON mo.id = o.id",
	.tables = { &organization_resource.table },
};

struct verify_row {
	bool in_use;
};
static const struct field verify_fields[] = {
	{ .column = "in_use",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct verify_row, in_use) },
};
static const struct field_table verify_table = FIELD_TABLE(verify_fields);

static const struct statement verify = {
	.id = STATEMENT_ORGANIZATION_VERIFY,
	.scope = SCOPE_SELF,
	.columns = "t.id IS NOT NULL AS in_use",
	.text = "LEFT JOIN organizations t ON t.name_key = ?",
	.values = 1,
	.tables = { &verify_table },
};

static const struct statement insert = {
	.id = STATEMENT_ORGANIZATION_INSERT,
	.text = "INSERT INTO organizations (id, name, display_name, name_key,"
		" write_count, created_at, modified_at)"
		" VALUES (?, ?, ?, ?, 1, ?, ?)",
	.values = 6,
};

static const struct statement name_taken = {
	.id = STATEMENT_ORGANIZATION_NAME_TAKEN,
	.text = "SELECT 1 AS found FROM organizations"
		" WHERE name_key = ? LOCK IN SHARE MODE",
	.values = 1,
	.tables = { &statement_found_table },
};

static const struct statement bind = {
	.id = STATEMENT_ORGANIZATION_BIND,
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at) VALUES (?, ?, ?, ?)",
	.values = 4,
};

static const struct statement lock = {
	.id = STATEMENT_ORGANIZATION_LOCK,
	.text = "UPDATE organizations SET write_count = write_count + 1"
		" WHERE id = ? AND (? = 1 OR EXISTS (SELECT 1"
		" FROM organization_bindings b WHERE b.user_id = ?"
		" AND b.organization_id = organizations.id"
		" AND b.role = 'admin'))",
	.values = 3,
};

static const struct statement rename_it = {
	.id = STATEMENT_ORGANIZATION_RENAME,
	.text = "UPDATE organizations SET version = version + 1,"
		" modified_at = ?, display_name = ?, name_key = ?"
		" WHERE id = ?",
	.values = 4,
};

static const struct statement delete_it = {
	.id = STATEMENT_ORGANIZATION_DELETE,
	.text = "DELETE FROM organizations WHERE id = ?",
	.values = 1,
};

static const struct statement activate = {
	.id = STATEMENT_USER_ACTIVATE,
	.text = "UPDATE users SET active_project_id = ? WHERE id = ?"
		" AND active_project_id IS NULL",
	.values = 2,
};

const struct statement *const organization_statements[] = { &list, &tree, &get,
	&verify, &insert, &name_taken, &bind, &lock, &rename_it, &delete_it,
	&activate, NULL };

enum err organization_list(struct store *st, struct asker *asker,
    struct organization *row, struct rows *rows)
{
	struct read read = { { row, NULL }, row->id };

	return read_rows(st, asker, &list, &read, rows);
}

enum err organization_tree(struct store *st, struct asker *asker,
    struct tree_row *row, struct rows *rows)
{
	struct read read = { { &row->organization, &row->project },
		row->organization.id };

	return read_rows(st, asker, &tree, &read, rows);
}

enum err organization_get(
    struct store *st, struct asker *asker, struct organization *out)
{
	void *const into[STATEMENT_TABLES_MAX] = { out, NULL };
	enum err err = caller_select(st, asker, &get, NULL, into);

	db_finish(st->db);
	return err;
}

enum err organization_verify(struct store *st, struct asker *asker,
    const struct name *name, bool *in_use)
{
	struct db_value key = db_bytes(name->key, strlen(name->key));
	struct verify_row row = { false };
	void *const into[STATEMENT_TABLES_MAX] = { &row, NULL };
	enum err err = caller_select(st, asker, &verify, &key, into);

	db_finish(st->db);
	*in_use = row.in_use;
	return err;
}

enum err organization_lock(struct store *st, const struct asker *asker)
{
	const struct caller *caller = &asker->caller;
	struct db_value values[3] = { db_text(caller->organization_id),
		db_integer(caller->is_system_admin), db_text(caller->user_id) };
	uint64_t affected;
	enum err err = store_run(st, &lock, values, &affected);

	if (err || affected == 1)
		return err;
	return fault_set(asker->fault,
	    asker->ask.unknown == ERR_NO_RESOURCE ? ERR_NO_RESOURCE
						  : ERR_FORBIDDEN,
	    "the organization is not there, or not yours, any more");
}

/*
 * One of two unique keys stood in the way: the name is the client's affair,
 * the slug is ours and gives way to the id.
 */
static enum err insert_row(
    struct store *st, struct organization_create *in, struct fault *fault)
{
	struct organization *row = &in->organization;
	struct db_value key = db_bytes(in->name->key, strlen(in->name->key));
	struct db_value values[6] = { db_text(row->id), db_text(row->name),
		db_text(row->display_name), key, db_time(st->now),
		db_time(st->now) };
	bool found;
	enum err err = store_run(st, &insert, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	if ((err = store_exists(st, &name_taken, &key, &found)))
		return err;
	if (found)
		return fault_set(fault, ERR_NAME_IN_USE,
		    "an organization of that name exists");
	name_slug("", row->id, row->name);
	values[1] = db_text(row->name);
	return store_run(st, &insert, values, NULL);
}

struct create {
	struct asker *asker;
	struct organization_create *in;
};

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

static enum err create(struct store *st, void *context)
{
	struct create *c = context;
	struct organization_create *in = c->in;
	struct fault *fault = c->asker->fault;
	struct audit_entry entry = { c->asker->caller.user_id,
		in->organization.id, "organization.create", "Organization",
		in->organization.id, in->organization.display_name };
	enum err err;

	if ((err = insert_row(st, in, fault)) ||
	    (err = project_insert(st, in->organization.id, in->project_name,
		 &in->project, fault)) ||
	    (err = licence_put(st, in->licence, fault)) ||
	    (err = bind_creator(st, c)))
		return err;
	return audit_insert(st, &entry);
}

enum err organization_create(
    struct store *st, struct asker *asker, struct organization_create *in)
{
	struct create c = { asker, in };
	struct organization *row = &in->organization;

	memcpy(in->licence->organization_id, row->id, sizeof(row->id));
	ulid_make(&st->ids, (uint64_t)st->now, in->licence->id);
	ulid_make(&st->ids, (uint64_t)st->now, in->project.id);
	memcpy(row->display_name, in->name->display, sizeof(row->display_name));
	name_slug(row->display_name, row->id, row->name);
	row->version = 1;
	row->modified_at = st->now;
	return store_transact(st, create, &c);
}

struct change {
	struct asker *asker;
	const struct name *name;
};

static enum err audit_change(struct store *st, const struct change *change,
    const char *action, const char *detail)
{
	const struct caller *caller = &change->asker->caller;
	struct audit_entry entry = { caller->user_id, caller->organization_id,
		action, "Organization", caller->organization_id, detail };

	return audit_insert(st, &entry);
}

static enum err change_name(struct store *st, void *context)
{
	struct change *change = context;
	const struct name *name = change->name;
	struct db_value values[4] = { db_time(st->now), db_text(name->display),
		db_bytes(name->key, strlen(name->key)),
		db_text(change->asker->caller.organization_id) };
	enum err err;

	if ((err = organization_lock(st, change->asker)))
		return err;
	err = store_run(st, &rename_it, values, NULL);
	if (err == ERR_DUPLICATE)
		return fault_set(change->asker->fault, ERR_NAME_IN_USE,
		    "an organization of that name exists");
	if (err)
		return err;
	return audit_change(st, change, "organization.rename", name->display);
}

enum err organization_rename(
    struct store *st, struct asker *asker, const struct name *name)
{
	struct change change = { asker, name };

	return store_transact(st, change_name, &change);
}

static enum err delete_all(struct store *st, void *context)
{
	struct change *change = context;
	struct db_value id = db_text(change->asker->caller.organization_id);
	enum err err;

	if ((err = organization_lock(st, change->asker)) ||
	    (err = store_run(st, &delete_it, &id, NULL)))
		return err;
	return audit_change(st, change, "organization.delete", "");
}

enum err organization_delete(struct store *st, struct asker *asker)
{
	struct change change = { asker, NULL };

	return store_transact(st, delete_all, &change);
}
