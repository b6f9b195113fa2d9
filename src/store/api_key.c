#include "store/api_key.h"

#include <string.h>

#include "edge/crypto.h"
#include "store/audit.h"
#include "store/invitation.h"
#include "store/key_limit.h"
#include "store/member.h"

enum { KEY_BYTES = 24 };

static const char key_prefix[] = KEY_TEXT_PREFIX;

_Static_assert(KEY_BYTES / 3 * 4 == KEY_TEXT_RANDOM,
    "base64url of 24 bytes is without padding");

/* --- statements ----------------------------------------------------------- */

static const struct field owner_fields[] = {
	{ .column = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, id) },
	{ .column = "user_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, user_id) },
	{ .column = "organization_id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, organization_id) },
	{ .column = "is_system_admin",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct api_key_owner, is_system_admin) },
};
static const struct field_table owner_table = FIELD_TABLE(owner_fields);

static const struct statement insert = {
	.text = "INSERT INTO api_keys (id, digest, user_id, organization_id,"
		" project_id, role, created_at, expires_at, description,"
		" manage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, COALESCE(?, ''), ?)",
	.values = 10,
};

static const struct statement keep_to_limit = {
	.text = KEY_LIMIT_KEEP,
	.values = 3,
};

static const struct statement keep_to_service_limit = {
	.text = KEY_LIMIT_KEEP_SERVICE,
	.values = 2,
};

#define FIND \
	"SELECT k.id, k.user_id, k.organization_id, u.is_system_admin" \
	" FROM api_keys k LEFT JOIN users u ON u.id = k.user_id WHERE "

static const struct statement by_id = {
	.text = FIND "k.id = ?",
	.values = 1,
	.tables = { &owner_table },
};

static const struct statement by_digest = {
	.text = FIND "k.digest = ?",
	.values = 1,
	.tables = { &owner_table },
};

static const struct statement delete_it = {
	.text = "DELETE FROM api_keys WHERE id = ?",
	.values = 1,
};

/* Of several requests at once the first writes it. */
static const struct statement use = {
	.text = "UPDATE api_keys SET last_used_on = UTC_DATE() WHERE id = ?"
		" AND (last_used_on IS NULL OR last_used_on < UTC_DATE())",
	.values = 1,
};

static const struct statement keys_going = {
	.bounded = "the keys that one key has made",
	.text = AUDIT_KEYS("f.made_by = ?"),
	.values = 1,
	.tables = { &statement_word_table },
};

static const struct statement invitations_going = {
	.text = INVITATIONS_REVOKED_OF_KEY,
	.values = 2,
	.tables = { &statement_word_table },
};

const struct statement *const api_key_statements[] = { &keys_going,
	&invitations_going, &keep_to_limit, &keep_to_service_limit, &insert,
	&by_id, &by_digest, &delete_it, &use, NULL };

/* --- make ----------------------------------------------------------------- */

void api_key_make(struct api_key *key, char kind)
{
	unsigned char bytes[KEY_BYTES];
	struct arena mem;
	char *text;

	arena_init(&mem);
	crypto_random(bytes, sizeof(bytes));
	text = crypto_base64url(&mem, bytes, sizeof(bytes));
	key_text_make(kind, text, key->text);
	crypto_wipe(text, strlen(text));
	crypto_wipe(bytes, sizeof(bytes));
	arena_release(&mem);
}

static void make_digest(
    const char *text, unsigned char digest[CRYPTO_SHA256_SIZE])
{
	crypto_sha256(text, strlen(text), digest);
}

/* The same words as of the API's writes. */
static const char *detail(
    struct store *st, const char *word, const char *user_id)
{
	return user_id == NULL || user_id[0] == '\0'
	    ? arena_print(st->mem, "%s the organization", word)
	    : arena_print(st->mem, "%s user %s", word, user_id);
}

enum err api_key_put(struct store *st, struct api_key *key)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	enum err err;

	if (key->id[0] == '\0')
		ulid_make(&st->ids, (uint64_t)st->now, key->id);
	make_digest(key->text, digest);

	const struct db_value values[] = {
		db_text(key->id),
		db_bytes(digest, sizeof(digest)),
		db_text(key->user_id),
		db_text(key->organization_id),
		db_text(key->project_id),
		db_text(key->role),
		db_time(st->now),
		db_time(key->expires_at),
		db_text(key->description),
		db_integer(key->can_manage),
	};
	const struct audit_entry entry = {
		.organization_id = key->organization_id,
		.action = "key.create",
		.resource_kind = "Key",
		.resource_id = key->id,
		.detail = detail(st, "for", key->user_id),
		.project_id = key->project_id,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TIME("expiresAt", key->expires_at),
		    AUDIT_MEMBER_TEXT("key", key->id),
		    AUDIT_MEMBER_NUMBER("manage", key->can_manage),
		    AUDIT_MEMBER_TEXT("owner",
			key->user_id != NULL ? key->user_id : "organization"),
		    AUDIT_MEMBER_TEXT("project", key->project_id),
		    AUDIT_MEMBER_TEXT("role", key->role)),
	};

	if ((err = store_run(st, &insert, values, NULL)))
		return err;
	if ((err = audit_insert(st, &entry)))
		return err;
	return handover_do(key->handover);
}

struct making {
	struct api_key *key;
	struct fault *fault;
};

/* A key with bounds has the rights that its user has within them. */
static enum err check_rights(struct store *st, const struct making *making)
{
	const struct api_key *key = making->key;
	const struct membership place = { .user_id = key->user_id,
		.organization_id = key->organization_id,
		.project_id = key->project_id };
	struct member_roles roles;
	bool found;
	enum err err;

	if (key->organization_id == NULL || key->user_id == NULL ||
	    key->is_system_admin)
		return ERR_NONE;
	if ((err = member_find(st, &place, &roles, &found)))
		return err;
	if (!found)
		return fault_refuse(making->fault, ERR_FORBIDDEN,
		    CAUSE_MEMBERSHIP,
		    "the user is no member of the organization, so that the"
		    " key could not do anything: add the user with"
		    " tenantryctl member add first");
	if (key->project_id != NULL && roles.project[0] == '\0' &&
	    strcmp(roles.organization, "admin") != 0)
		return fault_refuse(making->fault, ERR_FORBIDDEN,
		    CAUSE_MEMBERSHIP,
		    "the user has no role in the project, so that the key"
		    " could not do anything: add the user with"
		    " tenantryctl member add --project first");
	return ERR_NONE;
}

/* The organization is locked: nobody else makes one meanwhile. */
static enum err check_limit(struct store *st, const struct making *making)
{
	const struct api_key *key = making->key;
	const struct db_value of_user[] = { db_text(key->organization_id),
		db_text(key->user_id), db_text(key->project_id) };
	const struct db_value of_service[] = { db_text(key->organization_id),
		db_text(key->project_id) };
	bool is_service = key->user_id == NULL;
	uint64_t affected = 0;
	enum err err = store_run(st,
	    is_service ? &keep_to_service_limit : &keep_to_limit,
	    is_service ? of_service : of_user, &affected);

	if (err || affected == 1)
		return err;
	return key_limit_refuse(st,
	    &(struct key_place){
		key->organization_id, key->user_id, key->project_id },
	    "revoke one first by tenantryctl key revoke", making->fault);
}

/* One that is bound nowhere is not limited either. */
static enum err insert_body(struct store *st, void *context)
{
	struct making *making = context;
	const char *organization = making->key->organization_id;
	enum err err = ERR_NONE;

	if (organization != NULL &&
	    ((err = usable_admin_lock(st, organization)) ||
		(err = check_rights(st, making)) ||
		(err = check_limit(st, making))))
		return err;
	err = api_key_put(st, making->key);
	return err == ERR_REFERENCE ? ERR_NO_RESOURCE : err;
}

enum err api_key_insert(
    struct store *st, struct api_key *key, struct fault *fault)
{
	struct making making = { key, fault };

	return store_transact(st, insert_body, &making);
}

/* --- use ------------------------------------------------------------------ */

enum err api_key_use(struct store *st, const char *id)
{
	struct db_value value = db_text(id);
	enum err err = db_wait_for_locks(st->db, 1), again;

	if (err)
		return err;
	err = store_run(st, &use, &value, NULL);
	again = db_wait_for_locks(st->db, 0);
	return err ? err : again;
}

/* --- revoke --------------------------------------------------------------- */

enum err api_key_find(struct store *st, const char *text,
    struct api_key_owner *owner, bool *found)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct db_value value = db_text(text);
	bool is_key = strncmp(text, key_prefix, sizeof(key_prefix) - 1) == 0;

	*found = false;
	if (is_key) {
		make_digest(text, digest);
		value = db_bytes(digest, sizeof(digest));
	} else if (!ulid_is_valid(text)) {
		return ERR_NONE;
	}
	return store_find(
	    st, is_key ? &by_digest : &by_id, &value, owner, found);
}

struct revoking {
	const struct api_key_owner *owner;
	struct admin_guard *guard;
};

/* What goes with it, for the trail. */
static enum err find_going(
    struct store *st, const struct api_key_owner *owner, const char **change)
{
	const struct db_value id = db_text(owner->id);
	const struct db_value of_invitations[] = {
		db_text(owner->organization_id), id
	};
	const char *keys, *invitations;
	enum err err;

	if ((err = audit_list(st, &keys_going, &id, &keys)) ||
	    (err = audit_list(
		 st, &invitations_going, of_invitations, &invitations)))
		return err;
	*change = AUDIT_CHANGE(st->mem,
	    AUDIT_MEMBER_JSON("invitations", invitations),
	    AUDIT_MEMBER_TEXT("key", owner->id),
	    AUDIT_MEMBER_JSON("keys", keys),
	    AUDIT_MEMBER_TEXT("owner", owner->user_id));
	return ERR_NONE;
}

enum err api_key_end(struct store *st, const struct api_key_owner *owner,
    struct audit_entry *entry)
{
	const struct db_value id = db_text(owner->id);
	uint64_t affected = 0;
	enum err err;

	entry->action = "key.revoke";
	entry->resource_kind = "Key";
	entry->resource_id = owner->id;
	if ((err = find_going(st, owner, &entry->change)) ||
	    (err = store_run(st, &delete_it, &id, &affected)))
		return err;
	if (affected == 0)
		return ERR_NO_RESOURCE;
	err = invitation_revoke_of_key(st, owner->organization_id, owner->id);
	return err ? err : audit_insert(st, entry);
}

static enum err revoke_body(struct store *st, void *context)
{
	struct revoking *revoking = context;
	const struct api_key_owner *owner = revoking->owner;
	struct audit_entry entry = {
		.organization_id = owner->organization_id,
		.detail = detail(st, "of", owner->user_id),
	};
	enum err err;

	if ((err = usable_admin_before(st, revoking->guard)) ||
	    (err = api_key_end(st, owner, &entry)))
		return err;
	return usable_admin_after(st, revoking->guard);
}

enum err api_key_revoke(struct store *st, const struct api_key_owner *owner,
    struct admin_guard *guard)
{
	struct revoking revoking = { owner, guard };

	guard->user_id = owner->user_id;
	guard->is_system_admin = owner->is_system_admin;
	/* nobody's way in: only its organization is locked */
	if (owner->user_id[0] == '\0')
		guard->organization_id = owner->organization_id;
	return store_transact(st, revoke_body, &revoking);
}
