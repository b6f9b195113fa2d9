#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/licence.h"

static const struct field claim_fields[] = {
	{ .column = "organization_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct licence_claim, organization_id) },
	{ .column = "licence_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct licence_claim, licence_id) },
	{ .column = "revoked_at",
	    .type = FIELD_TIME,
	    FIELD_AT(struct licence_claim, revoked_at) },
};
static const struct field_table claim_table = FIELD_TABLE(claim_fields);

static const struct statement insert = {
	.text = "INSERT INTO licence_claims (jti, organization_id, claimed_at)"
		" VALUES (?, COALESCE(?, ''), ?)",
	.values = 3,
};

static const struct statement find = {
	.text = "SELECT c.organization_id, l.id AS licence_id, c.revoked_at"
		" FROM licence_claims c LEFT JOIN licences l"
		" ON l.organization_id = c.organization_id AND l.jti = c.jti"
		" AND EXISTS (SELECT 1 FROM organizations o"
		" WHERE o.id = l.organization_id AND o.deleted_at IS NULL)"
		" WHERE c.jti = ? FOR UPDATE",
	.values = 1,
	.tables = { &claim_table },
};

static const struct statement free_it = {
	.text = "UPDATE licence_claims SET organization_id = ?,"
		" revoked_at = NULL WHERE jti = ?",
	.values = 2,
};

static const struct statement revoke_it = {
	.text = "UPDATE licence_claims SET revoked_at = COALESCE(revoked_at, ?)"
		" WHERE jti = ?",
	.values = 2,
};

static const struct statement release_it = {
	.text = "DELETE FROM licence_claims WHERE jti = ?",
	.values = 1,
};

const struct statement *const licence_claim_statements[] = { &insert, &find,
	&free_it, &revoke_it, &release_it, NULL };

static enum err insert_claim(
    struct store *st, const char *jti, const char *organization_id)
{
	struct db_value values[3] = { db_text(jti), db_text(organization_id),
		db_time(st->now) };

	return store_run(st, &insert, values, NULL);
}

static enum err find_claim(
    struct store *st, const char *jti, struct licence_claim *claim, bool *found)
{
	struct db_value value = db_text(jti);

	memset(claim, 0, sizeof(*claim));
	return store_find(st, &find, &value, claim, found);
}

enum err licence_claim_revoke(struct store *st, const char *jti)
{
	struct db_value values[2] = { db_time(st->now), db_text(jti) };

	return store_run(st, &revoke_it, values, NULL);
}

enum err licence_claim(
    struct store *st, const struct asker *asker, const struct licence *licence)
{
	const char *organization = licence->organization_id;
	struct db_value values[2] = { db_text(organization),
		db_text(licence->jti) };
	struct licence_claim claim;
	bool found;
	enum err err = insert_claim(st, licence->jti, organization);

	if (err != ERR_DUPLICATE)
		return err;
	if ((err = find_claim(st, licence->jti, &claim, &found)))
		return err;
	/* the claim that was in the way is gone again: try once more */
	if (!found)
		return ERR_CONFLICT;
	if (claim.organization_id[0] != '\0' &&
	    strcmp(claim.organization_id, organization) != 0)
		return fault_set(asker->fault, ERR_BAD_LICENCE,
		    "the license key has been installed in another"
		    " organization: use a key of your own");
	if (claim.revoked_at == 0)
		return ERR_NONE;
	if (!caller_is_system_admin(&asker->caller))
		return fault_set(asker->fault, ERR_BAD_LICENCE,
		    "the license key has been revoked: use another one");
	return store_run(st, &free_it, values, NULL);
}

/* --- the administrator's tool --------------------------------------------- */

struct act {
	const char *jti;
	struct licence_claim *was;
};

static enum err audit_act(
    struct store *st, const struct act *act, bool is_revoked)
{
	const struct licence_claim *was = act->was;
	const char *organization = was->organization_id;
	struct audit_entry entry = {
		.organization_id = organization[0] ? organization : NULL,
		.action = is_revoked ? "licence.revoke" : "licence.release",
		.resource_kind = "License",
		/* the id of a licence is not known for all of them */
		.resource_id = arena_print(
		    st->mem, "%.*s", ULID_SIZE - 1, act->jti),
		.detail = act->jti,
		/* with the licence, if it is the one in force */
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TEXT("license", was->licence_id),
		    AUDIT_MEMBER_TEXT(
			"state", is_revoked ? "revoked" : "released")),
	};

	return audit_insert(st, &entry);
}

static enum err revoke(struct store *st, void *context)
{
	struct act *act = context;
	bool found;
	enum err err;

	if ((err = find_claim(st, act->jti, act->was, &found)))
		return err;
	if (act->was->revoked_at != 0)
		return ERR_UNCHANGED;
	if (!found && (err = insert_claim(st, act->jti, NULL)))
		return err == ERR_DUPLICATE ? ERR_CONFLICT : err;
	if ((err = licence_claim_revoke(st, act->jti)))
		return err;
	return audit_act(st, act, true);
}

static enum err release(struct store *st, void *context)
{
	struct act *act = context;
	struct db_value jti = db_text(act->jti);
	bool found;
	enum err err;

	if ((err = find_claim(st, act->jti, act->was, &found)))
		return err;
	if (!found)
		return ERR_NO_RESOURCE;
	if (act->was->licence_id[0] != '\0')
		return ERR_REFERENCE;
	if ((err = store_run(st, &release_it, &jti, NULL)))
		return err;
	return audit_act(st, act, false);
}

enum err licence_revoke(
    struct store *st, const char *jti, struct licence_claim *was)
{
	struct act act = { jti, was };

	return store_transact(st, revoke, &act);
}

enum err licence_release(
    struct store *st, const char *jti, struct licence_claim *was)
{
	struct act act = { jti, was };

	return store_transact(st, release, &act);
}
