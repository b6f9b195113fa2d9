#include "store/licence.h"

#include <string.h>

#include "store/audit.h"
#include "store/organization.h"

#define USE_ROW(type_, column_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct licence_use, member_) \
	}

static const struct field use_fields[] = {
	USE_ROW(FIELD_INTEGER, "projects", projects),
	USE_ROW(FIELD_INTEGER, "users", users),
	USE_ROW(FIELD_INTEGER, "limit_projects", limit_projects),
	USE_ROW(FIELD_INTEGER, "limit_users", limit_users),
	USE_ROW(FIELD_TIME, "expires_at", expires_at),
};
static const struct field_table use_table = FIELD_TABLE(use_fields);

static const struct statement read_use = {
	.id = STATEMENT_LICENCE_USE,
	.text = "SELECT (SELECT COUNT(*) FROM projects p"
		" WHERE p.organization_id = l.organization_id) AS projects,"
		" (SELECT COUNT(*) FROM organization_bindings b"
		" WHERE b.organization_id = l.organization_id) AS users,"
		" l.limit_projects, l.limit_users, l.expires_at"
		" FROM licences l WHERE l.organization_id = ?",
	.values = 1,
	.tables = { &use_table },
};

static const struct statement replace = {
	.id = STATEMENT_LICENCE_REPLACE,
	.text = "REPLACE INTO licences (organization_id, id, jti, kid,"
		" licence_type, limit_projects, limit_users, issued_at,"
		" expires_at, installed_at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 10,
};

static const struct statement claim = {
	.id = STATEMENT_LICENCE_CLAIM,
	.text = "INSERT INTO licence_claims (jti, organization_id, claimed_at)"
		" VALUES (?, ?, ?)",
	.values = 3,
};

struct owner {
	char organization_id[ULID_SIZE];
};
static const struct field owner_fields[] = {
	{ .column = "organization_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct owner, organization_id) },
};
static const struct field_table owner_table = FIELD_TABLE(owner_fields);

static const struct statement claimed_by = {
	.id = STATEMENT_LICENCE_CLAIMED_BY,
	.text = "SELECT organization_id FROM licence_claims WHERE jti = ?"
		" LOCK IN SHARE MODE",
	.values = 1,
	.tables = { &owner_table },
};

const struct statement *const licence_statements[] = { &read_use, &replace,
	&claim, &claimed_by, NULL };

enum err licence_lock(
    struct store *st, const struct asker *asker, struct licence_use *use)
{
	struct db_value id = db_text(asker->caller.organization_id);
	bool found;
	enum err err;

	if ((err = organization_lock(st, asker)))
		return err;
	if ((err = store_find(st, &read_use, &id, use, &found)))
		return err;
	return found ? ERR_NONE : ERR_INTERNAL;
}

static enum err claim_jti(
    struct store *st, const struct licence *licence, struct fault *fault)
{
	struct db_value values[3] = { db_text(licence->jti),
		db_text(licence->organization_id), db_time(st->now) };
	struct owner owner;
	bool found;
	enum err err = store_run(st, &claim, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	err = store_find(st, &claimed_by, values, &owner, &found);
	if (err)
		return err;
	/* the claim that stood in the way may be gone again: try once more */
	if (!found)
		return ERR_CONFLICT;
	if (strcmp(owner.organization_id, licence->organization_id) == 0)
		return ERR_NONE;
	return fault_set(fault, ERR_BAD_LICENCE,
	    "the license key is in use in another organization");
}

enum err licence_put(
    struct store *st, const struct licence *licence, struct fault *fault)
{
	struct db_value values[10] = { db_text(licence->organization_id),
		db_text(licence->id), db_text(licence->jti),
		db_text(licence->kid), db_text(licence->type),
		db_integer(licence->limits.projects),
		db_integer(licence->limits.users), db_time(licence->issued_at),
		db_time(licence->expires_at), db_time(st->now) };
	enum err err = claim_jti(st, licence, fault);

	return err ? err : store_run(st, &replace, values, NULL);
}

struct install {
	struct asker *asker;
	struct licence *licence;
	struct licence_use *use;
};

static enum err install(struct store *st, void *context)
{
	struct install *in = context;
	struct licence *licence = in->licence;
	struct audit_entry entry = { in->asker->caller.user_id,
		in->asker->caller.organization_id, "licence.install", "License",
		licence->id, licence->type };
	enum err err;

	if ((err = licence_lock(st, in->asker, in->use)))
		return err;
	if (!licence_allows(licence->limits.projects, in->use->projects) ||
	    !licence_allows(licence->limits.users, in->use->users))
		return fault_set(in->asker->fault, ERR_LIMIT,
		    "the license"
		    " allows less than the organization uses");
	if ((err = licence_put(st, licence, in->asker->fault)))
		return err;
	return audit_insert(st, &entry);
}

enum err licence_install(struct store *st, struct asker *asker,
    struct licence *licence, struct licence_use *use)
{
	struct install in = { asker, licence, use };

	ulid_make(&st->ids, (uint64_t)st->now, licence->id);
	memcpy(licence->organization_id, asker->caller.organization_id,
	    sizeof(licence->organization_id));
	return store_transact(st, install, &in);
}
