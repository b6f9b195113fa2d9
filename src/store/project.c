#include "store/project.h"

#include <string.h>

#include "edge/name.h"
#include "store/audit.h"
#include "store/audit_change.h"
#include "store/lock.h"

static const struct statement insert = {
	.text = "INSERT INTO projects (id, organization_id, name,"
		" display_name, name_key, secret_key, created_at, modified_at,"
		" labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, '{}'))",
	.values = 9,
};

/*
 * Counts one more, where the licence is in force and allows it.  A licence is
 * changed under the lock of its organization only.
 */
static const struct statement count_it = {
	.text = "UPDATE organizations SET project_count = project_count + 1"
		" WHERE id = ? AND EXISTS (SELECT 1 FROM licences l"
		" WHERE l.organization_id = organizations.id"
		" AND (l.limit_projects = 0"
		" OR l.limit_projects > organizations.project_count)"
		" AND (l.expires_at IS NULL OR l.expires_at > ?)"
		" AND NOT EXISTS (SELECT 1 FROM licence_claims c"
		" WHERE c.jti = l.jti AND c.revoked_at IS NOT NULL))",
	.values = 2,
};

static const struct statement name_taken = {
	.text = "SELECT 1 AS found FROM projects"
		" WHERE organization_id = ? AND name_key = ?"
		" LOCK IN SHARE MODE",
	.values = 2,
	.tables = { &statement_found_table },
};

/*
 * A system administrator may add to an organization without belonging to it; a
 * service key belongs to one and is bound to nothing.
 */
static const struct statement bind = {
	.text = "INSERT INTO project_bindings (user_id, project_id,"
		" organization_id, role, created_at)"
		" SELECT b.user_id, ?, b.organization_id, 'admin', ?"
		" FROM organization_bindings b"
		" WHERE b.user_id = ? AND b.organization_id = ?",
	.values = 4,
};

const struct statement *const project_statements[] = { &count_it, &insert,
	&name_taken, &bind, NULL };

void project_begin(
    const struct store *st, const struct name *name, struct project *out)
{
	struct ulid_clock apart; /* a secret must not follow from an id */

	memset(&apart, 0, sizeof(apart));
	ulid_make(&apart, (uint64_t)st->now, out->secret_key);
	memcpy(out->display_name, name->display, sizeof(out->display_name));
	name_slug(out->display_name, out->id, st->reserved, out->name);
	if (out->labels[0] == '\0')
		memcpy(out->labels, "{}", 3);
	memcpy(out->alternate_keys, "[]", 3);
	out->version = 1;
	out->modified_at = st->now;
	out->is_admin = true;
}

enum err project_insert(struct store *st, const char *organization_id,
    const struct name *name, struct project *out, struct fault *fault)
{
	struct db_value key = db_bytes(name->key, strlen(name->key));
	struct db_value where[2] = { db_text(organization_id), key };
	struct db_value values[9] = { db_text(out->id), where[0],
		db_text(out->name), db_text(out->display_name), key,
		db_text(out->secret_key), db_time(st->now), db_time(st->now),
		db_text(out->labels) };
	bool found;
	enum err err = store_run(st, &insert, values, NULL);

	if (err != ERR_DUPLICATE)
		return err;
	if ((err = store_exists(st, &name_taken, where, &found)))
		return err;
	if (found)
		return fault_set(fault, ERR_NAME_IN_USE,
		    "the organization has a project of that name");
	name_slug_of_id(out->id, out->name);
	values[2] = db_text(out->name);
	return store_run(st, &insert, values, NULL);
}

enum err project_bind(struct store *st, const char *user_id,
    const char *organization_id, const char *project_id)
{
	struct db_value values[4] = { db_text(project_id), db_time(st->now),
		db_text(user_id), db_text(organization_id) };

	return store_run(st, &bind, values, NULL);
}

struct create {
	struct asker *asker;
	const struct name *name;
	struct project *out;
	struct licence_use *use;
};

/* What a caller does next about a licence. */
#define INSTALL_ANOTHER \
	"install another license key by PUT /v1/organizations/%s/license"

/* Why the project could not be counted. */
static enum err refuse_growth(struct store *st, const struct create *c)
{
	const char *organization = c->asker->caller.organization_id;
	const struct licence_use *use = c->use;
	struct fault *fault = c->asker->fault;
	enum err err = licence_use_find(st, organization, c->use);

	if (err)
		return err;
	if (use->is_revoked)
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has been revoked:"
		    " " INSTALL_ANOTHER,
		    organization);
	if (licence_is_over(use->expires_at, st->now))
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has expired: " INSTALL_ANOTHER,
		    organization);
	if (!licence_allows(use->limit_projects, use->projects + 1))
		return fault_set(fault, ERR_LIMIT,
		    "the license of type %s allows no further project"
		    " (projects: %lld allowed, %lld in use): " INSTALL_ANOTHER,
		    use->type, (long long)use->limit_projects,
		    (long long)use->projects, organization);
	return ERR_CONFLICT;
}

static enum err count(struct store *st, const struct create *c)
{
	const struct db_value values[] = {
		db_text(c->asker->caller.organization_id),
		db_time(st->now - LICENCE_GRACE_DAYS * LICENCE_DAY)
	};
	uint64_t affected = 0;
	enum err err = store_run(st, &count_it, values, &affected);

	return !err && affected == 0 ? refuse_growth(st, c) : err;
}

/* The user of the row is an admin of it, if that is a member. */
static const char *change_of(struct store *st, const struct create *c)
{
	const struct caller *caller = &c->asker->caller;
	bool binds = !caller_is_service(caller) &&
	    caller->organization_role[0] != '\0';

	return AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_JSON("labels", c->out->labels),
	    AUDIT_MEMBER_TEXT("name", c->name->display),
	    AUDIT_MEMBER_TEXT("role", binds ? "admin" : NULL));
}

static enum err create(struct store *st, void *context)
{
	struct create *c = context;
	const struct caller *caller = &c->asker->caller;
	const char *organization = caller->organization_id;
	struct audit_entry entry = {
		AUDIT_BY(caller),
		.organization_id = organization,
		.action = "project.create",
		.resource_kind = "Account",
		.project_id = c->out->id,
		.resource_id = c->out->id,
		.detail = c->name->display,
		.change = change_of(st, c),
	};
	struct fault *fault = c->asker->fault;
	enum err err;

	if ((err = lock_organization(st, c->asker)) || (err = count(st, c)) ||
	    (err = project_insert(st, organization, c->name, c->out, fault)) ||
	    (err = project_bind(st, caller->user_id, organization, c->out->id)))
		return err;
	return audit_insert(st, &entry);
}

enum err project_create(struct store *st, struct asker *asker,
    const struct name *name, struct project *out, struct licence_use *use)
{
	struct create c = { asker, name, out, use };

	ulid_make(&st->ids, (uint64_t)st->now, out->id);
	project_begin(st, name, out);
	return store_transact(st, create, &c);
}
