#include "store/licence.h"

#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/invitation.h"
#include "store/lock.h"

#define USE_ROW(type_, column_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct licence_use, member_) \
	}

static const struct field use_fields[] = {
	USE_ROW(FIELD_INTEGER, "projects", projects),
	USE_ROW(FIELD_INTEGER, "users", users),
	USE_ROW(FIELD_INTEGER, "invited", invited),
	USE_ROW(FIELD_INTEGER, "limit_projects", limit_projects),
	USE_ROW(FIELD_INTEGER, "limit_users", limit_users),
	USE_ROW(FIELD_TIME, "expires_at", expires_at),
	USE_ROW(FIELD_TIME, "installed_at", installed_at),
	USE_ROW(FIELD_TEXT, "licence_type", type),
	USE_ROW(FIELD_TEXT, "jti", jti),
	USE_ROW(FIELD_BOOL, "is_revoked", is_revoked),
};
static const struct field_table use_table = FIELD_TABLE(use_fields);

#define INVITED_THERE INVITED("l.organization_id")

static const struct statement read_use = {
	.text = "SELECT o.project_count AS projects, o.member_count AS users,"
		" " INVITED_THERE " AS invited, l.limit_projects,"
		" l.limit_users, l.expires_at, l.installed_at,"
		" l.licence_type, l.jti,"
		" EXISTS (SELECT 1 FROM licence_claims c WHERE c.jti = l.jti"
		" AND c.revoked_at IS NOT NULL) AS is_revoked"
		" FROM licences l JOIN organizations o"
		" ON o.id = l.organization_id WHERE l.organization_id = ?",
	.values = 1,
	.tables = { &use_table },
};

static const struct statement replace = {
	.text = "REPLACE INTO licences (organization_id, id, jti, kid,"
		" licence_type, limit_projects, limit_users, issued_at,"
		" expires_at, installed_at)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.values = 10,
};

const struct statement *const licence_statements[] = { &read_use, &replace,
	NULL };

enum err licence_refuse_seat(
    struct fault *fault, int64_t allowed, int64_t users, int64_t invited)
{
	(void)fault_set(fault, ERR_SEAT_LIMIT,
	    "the license allows %lld users, and there are %lld members and"
	    " %lld pending invitations; nothing was changed: install a larger"
	    " license, remove a member or revoke an invitation",
	    (long long)allowed, (long long)users, (long long)invited);
	fault_limit(fault, "users", allowed, users + invited);
	return ERR_SEAT_LIMIT;
}

enum err licence_use_find(
    struct store *st, const char *organization_id, struct licence_use *use)
{
	struct db_value id = db_text(organization_id);
	bool found;
	enum err err = store_find(st, &read_use, &id, use, &found);

	return !err && !found ? ERR_INTERNAL : err;
}

enum err licence_lock(
    struct store *st, const struct asker *asker, struct licence_use *use)
{
	enum err err = lock_organization(st, asker);

	return err ? err
		   : licence_use_find(st, asker->caller.organization_id, use);
}

enum err licence_put(
    struct store *st, const struct asker *asker, const struct licence *licence)
{
	struct db_value values[10] = { db_text(licence->organization_id),
		db_text(licence->id), db_text(licence->jti),
		db_text(licence->kid), db_text(licence->type),
		db_integer(licence->limits.projects),
		db_integer(licence->limits.users), db_time(licence->issued_at),
		db_time(licence->expires_at), db_time(st->now) };
	enum err err = licence_claim(st, asker, licence);

	return err ? err : store_run(st, &replace, values, NULL);
}

const char *licence_limits_text(
    struct arena *mem, const struct licence_limits *limits)
{
	return AUDIT_CHANGE(mem,
	    AUDIT_MEMBER_NUMBER("projects", limits->projects),
	    AUDIT_MEMBER_NUMBER("users", limits->users));
}

const char *licence_change(struct store *st, const struct licence *licence)
{
	return AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_TIME("expiresAt", licence->expires_at),
	    AUDIT_MEMBER_TEXT("licenseType", licence->type),
	    AUDIT_MEMBER_JSON(
		"limits", licence_limits_text(st->mem, &licence->limits)));
}

struct install {
	struct asker *asker;
	struct licence *licence;
	struct licence_use *use;
	bool is_dry;
	int64_t installed_at; /* of the one that is replaced; 0: any */
};

static const char *over(
    struct arena *mem, const char *name, int64_t limit, int64_t count)
{
	if (licence_allows(limit, count))
		return "";
	return arena_print(mem, " %s: %lld allowed, %lld in use;", name,
	    (long long)limit, (long long)count);
}

static enum err check_limits(struct store *st, const struct install *in)
{
	const struct licence_limits *limits = &in->licence->limits;
	const char *projects = over(
	    st->mem, "projects", limits->projects, in->use->projects);
	const char *users = over(
	    st->mem, "users", limits->users, in->use->users + in->use->invited);

	if (projects[0] == '\0' && users[0] == '\0')
		return ERR_NONE;
	return fault_set(in->asker->fault, ERR_LIMIT,
	    "the license of type %s allows less than the organization has:"
	    "%s%s remove what is over, or install a license that allows more",
	    in->licence->type, projects, users);
}

/* A limit that a system administrator has lowered must not come back. */
static bool revokes_old(const struct asker *asker)
{
	return asker->ask.scope != SCOPE_CONTEXT &&
	    caller_is_system_admin(&asker->caller);
}

static enum err install(struct store *st, void *context)
{
	struct install *in = context;
	struct licence *licence = in->licence;
	struct audit_entry entry = {
		AUDIT_BY(&in->asker->caller),
		.organization_id = in->asker->caller.organization_id,
		.action = "licence.install",
		.resource_kind = "License",
		.resource_id = licence->id,
		.detail = licence->type,
		.change = licence_change(st, licence),
	};
	enum err err;

	if ((err = licence_lock(st, in->asker, in->use)))
		return err;
	if (in->installed_at != 0 && in->installed_at != in->use->installed_at)
		return ERR_PRECONDITION;
	if (strcmp(in->use->jti, licence->jti) == 0 && !in->use->is_revoked)
		return ERR_UNCHANGED;
	if ((err = check_limits(st, in)))
		return err;
	if (revokes_old(in->asker) &&
	    (err = licence_claim_revoke(st, in->use->jti)))
		return err;
	if ((err = licence_put(st, in->asker, licence)))
		return err;
	return in->is_dry ? ERR_UNCHANGED : audit_insert(st, &entry);
}

enum err licence_install(struct store *st, struct asker *asker,
    struct licence *licence, struct licence_use *use, bool is_dry)
{
	struct install in = { asker, licence, use, is_dry, use->installed_at };
	enum err err;

	ulid_make(&st->ids, (uint64_t)st->now, licence->id);
	memcpy(licence->organization_id, asker->caller.organization_id,
	    sizeof(licence->organization_id));
	err = store_transact(st, install, &in);
	if (!err && !is_dry)
		asker->licence = (struct licence_facts){ licence->expires_at,
			licence->limits, { use->projects, use->users }, false };
	return err;
}
