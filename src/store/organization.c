#include "store/organization.h"

#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"
#include "store/columns.h"
#include "store/deleted.h"
#include "store/licence.h"
#include "store/lock.h"
#include "store/project.h"
#include "store/read.h"
#include "store/rights.h"

/*
 * Memberships that the key does not shut out.  The primary key (user,
 * organization) brings them in the order of the organizations.  None is
 * without its organization (a foreign key); an inner join of the two costs the
 * optimizer 2 us more.
 */
#define MEMBERSHIPS \
	"LEFT JOIN organization_bindings m FORCE INDEX (PRIMARY)" \
	" ON m.user_id = u.id AND (k.organization_id IS NULL" \
	" OR m.organization_id = k.organization_id)" \
	" LEFT JOIN organizations mo ON mo.id = m.organization_id"

static const struct statement tree = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS
	", " PROJECT_COLUMNS(IS_PROJECT_ADMIN("m")),
	.text = MEMBERSHIPS
	" LEFT JOIN projects p FORCE INDEX (PRIMARY)"
	" ON p.organization_id = mo.id AND " MAY_USE_PROJECT("m"),
	.tables = { &organization_resource.table, &project_resource.table },
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
	.scope = SCOPE_SELF,
	.columns = "t.id IS NOT NULL AS in_use",
	.text = "LEFT JOIN organizations t ON t.name_key = ?",
	.values = 1,
	.tables = { &verify_table },
};

static const struct statement rename_it = {
	.text = "UPDATE organizations SET version = version + 1,"
		" modified_at = ?, display_name = ?, name_key = ?"
		" WHERE id = ? AND NOT (display_name = ? AND name_key = ?)",
	.values = 6,
};

const struct statement *const organization_statements[] = { &tree, &verify,
	&rename_it, NULL };

enum err organization_tree(struct store *st, struct asker *asker,
    struct tree_row *row, struct rows *rows)
{
	struct read read = { { &row->organization, &row->project },
		row->organization.id, NULL };

	return read_rows(st, asker, &tree, &read, rows);
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

struct change {
	struct asker *asker;
	const struct name *name;
};

static struct audit_entry entry_of(
    struct store *st, const struct asker *asker, const struct name *name)
{
	const struct caller *caller = &asker->caller;

	return (struct audit_entry){
		AUDIT_BY(caller),
		.organization_id = caller->organization_id,
		.action = "organization.rename",
		.resource_kind = "Organization",
		.resource_id = caller->organization_id,
		.detail = name->display,
		.change = AUDIT_CHANGE(
		    st->mem, AUDIT_MEMBER_TEXT("name", name->display)),
	};
}

static enum err change_name(struct store *st, void *context)
{
	struct change *change = context;
	const struct name *name = change->name;
	struct db_value display = db_text(name->display);
	struct db_value key = db_bytes(name->key, strlen(name->key));
	struct db_value values[6] = { db_time(st->now), display, key,
		db_text(change->asker->caller.organization_id), display, key };
	const struct audit_entry entry = entry_of(st, change->asker, name);
	struct store_change renamed = { .statement = &rename_it,
		.values = values };
	enum err err;

	if ((err = lock_organization(st, change->asker)))
		return err;
	err = audit_insert_behind(st, &renamed, &entry);
	if (renamed.err == ERR_DUPLICATE)
		return deleted_refuse_name(st, change->asker, name->key);
	if (err)
		return err;
	return renamed.affected == 0 ? ERR_UNCHANGED : ERR_NONE;
}

enum err organization_rename(
    struct store *st, struct asker *asker, const struct name *name)
{
	struct change change = { asker, name };

	return store_transact(st, change_name, &change);
}
