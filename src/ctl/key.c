#include <stdio.h>
#include <string.h>

#include "ctl/act.h"
#include "ctl/commands.h"
#include "ctl/line.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "edge/name.h"

/* --- add ------------------------------------------------------------------ */

static const struct field made_fields[] = {
	{ .member = "id", .type = FIELD_TEXT, FIELD_AT(struct api_key, id) },
	{ .member = "key", .type = FIELD_TEXT, FIELD_AT(struct api_key, text) },
};
static const struct field_table made_table = FIELD_TABLE(made_fields);

struct giving {
	struct ctl *ctl;
	const struct api_key *key;
};

static enum err give(void *context)
{
	const struct giving *giving = context;

	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &made_table, giving->key);
	else
		(void)puts(giving->key->text);
	return ctl_handed_over(giving->ctl);
}

/* The owner of --owner; false, and that is said, if it is another word. */
static bool is_service(const struct ctl *ctl, bool *out)
{
	const char *owner = ctl->options[OPTION_OWNER];

	*out = owner != NULL;
	if (owner == NULL || strcmp(owner, "organization") == 0)
		return true;
	(void)ctl_refuse("--owner must be organization");
	return false;
}

/* What options say of the key itself; what is wrong with them is said. */
static bool describe(
    const struct ctl *ctl, struct name *name, struct api_key *key)
{
	const char *given = ctl->options[OPTION_NAME], *wrong;

	key->role = ctl->options[OPTION_ROLE];
	key->can_manage = ctl->options[OPTION_MANAGE] != NULL;
	if (key->role != NULL && !role_is_of_project(key->role)) {
		ctl_say("--role must be admin, user or viewer");
		return false;
	}
	if (given != NULL &&
	    (wrong = name_make(given, strlen(given), name)) != NULL) {
		ctl_say("--name %s", wrong);
		return false;
	}
	if (given != NULL)
		key->description = name->display;
	return ctl_expires(ctl, &key->expires_at);
}

static int insert(struct ctl *ctl, struct api_key *key)
{
	struct giving giving = { ctl, key };
	struct handover handover = { give, &giving, false };
	enum err err;

	key->handover = &handover;
	api_key_make(
	    key, key->user_id == NULL ? KEY_TEXT_SERVICE : KEY_TEXT_PERSONAL);
	err = api_key_insert(&ctl->store, key, &ctl->fault);
	key->handover = NULL; /* it ends here */
	if (err == ERR_NO_RESOURCE)
		return ctl_fail("user, organization or project has just been"
				" deleted");
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}

/* Where it is bound; a key of a user may be bound nowhere. */
static int find_place(
    struct ctl *ctl, struct admin_place *place, struct api_key *key)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG],
		ctl->options[OPTION_PROJECT] };
	int status;

	memset(place, 0, sizeof(*place));
	if (names.organization == NULL && names.project == NULL)
		return CTL_DONE;
	if ((status = ctl_place_find(ctl, &names, place)) != CTL_DONE)
		return status;
	key->organization_id = place->organization_id;
	if (place->project_id[0] != '\0')
		key->project_id = place->project_id;
	return CTL_DONE;
}

static int add_service(struct ctl *ctl, struct api_key *key)
{
	struct admin_place place;
	int status = find_place(ctl, &place, key);

	if (status != CTL_DONE)
		return status;
	if (key->organization_id == NULL)
		return ctl_refuse(
		    "--owner organization needs --org or --project");
	if (key->role == NULL)
		key->role = "user";
	return insert(ctl, key);
}

int run_key_add(struct ctl *ctl)
{
	struct name *name = arena_alloc(&ctl->mem, sizeof(*name));
	struct api_key key = { .id = "" };
	struct admin_user user;
	struct admin_place place;
	bool has_no_user;
	int status;

	if (!is_service(ctl, &has_no_user) || !describe(ctl, name, &key))
		return CTL_BAD_USAGE;
	if (has_no_user)
		return add_service(ctl, &key);
	if (key.can_manage)
		return ctl_refuse("--manage is for --owner organization");
	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	key.user_id = user.id;
	key.is_system_admin = user.is_system_admin;
	if ((status = find_place(ctl, &place, &key)) != CTL_DONE)
		return status;
	return insert(ctl, &key);
}

/* --- list ----------------------------------------------------------------- */

int run_key_list(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };
	struct listing_filter filter = { .id = NULL };
	struct admin_user user;
	struct admin_place place;
	bool has_no_user;
	int status;

	if (!is_service(ctl, &has_no_user))
		return CTL_BAD_USAGE;
	filter.owner = ctl->options[OPTION_OWNER];
	if (ctl->options[OPTION_USER] != NULL) {
		if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
			return status;
		filter.user_id = user.id;
	}
	if (names.organization != NULL) {
		if ((status = ctl_place_find(ctl, &names, &place)) != CTL_DONE)
			return status;
		filter.organization_id = place.organization_id;
	}
	return print_list(ctl, LISTING_KEYS, &filter);
}

/* --- revoke --------------------------------------------------------------- */

static const struct field revoked_fields[] = {
	{ .member = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, id) },
	{ .member = "userId",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, user_id) },
	{ .member = "organizationId",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct api_key_owner, organization_id) },
};
static const struct field_table revoked_table = FIELD_TABLE(revoked_fields);

/* By the operand, or with - by the key itself, which `ps` must not show. */
static int find(struct ctl *ctl, struct api_key_owner *owner)
{
	const char *text = ctl->operand;
	bool is_secret = strcmp(text, "-") == 0, found;
	char line[LINE_SIZE];
	enum err err;

	if (is_secret && !line_read("API key", line))
		return ctl_fail("standard input must begin with an API key");
	err = api_key_find(&ctl->store, is_secret ? line : text, owner, &found);
	if (is_secret)
		crypto_wipe(line, sizeof(line));
	if (err)
		return ctl_store_failed(ctl, err);
	if (!found)
		return ctl_fail("there is no such API key: see tenantryctl key"
				" list");
	return CTL_DONE;
}

int ctl_key_find(struct ctl *ctl, char *id)
{
	struct api_key_owner owner;
	int status = find(ctl, &owner);

	if (status == CTL_DONE)
		memcpy(id, owner.id, sizeof(owner.id));
	return status;
}

int run_key_revoke(struct ctl *ctl)
{
	struct admin_guard guard = { .is_forced = ctl->options[OPTION_FORCE] !=
		    NULL,
		.fault = &ctl->fault };
	struct api_key_owner owner;
	int status = find(ctl, &owner);
	enum err err;

	if (status != CTL_DONE)
		return status;
	if ((err = api_key_revoke(&ctl->store, &owner, &guard)))
		return ctl_store_failed(ctl, err);
	if (ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &revoked_table, &owner);
	return CTL_DONE;
}

/* --- rotate, change ------------------------------------------------------- */

int run_key_rotate(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "rotateApiKey",
		.operand = OPERAND_KEY,
		.place = OPTION_COUNT,
		.members = { { OPTION_OVERLAP, "overlap", ACT_SECONDS } },
		.secret = "key" };

	return act_run(ctl, &act);
}

int run_key_change(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "changeApiKey",
		.operand = OPERAND_KEY,
		.place = OPTION_COUNT,
		.members = { { OPTION_NAME, "description", ACT_TEXT },
		    { OPTION_EXPIRES_IN, "expiresIn", ACT_SECONDS } },
		.shows = LISTING_KEYS };

	if (ctl->options[OPTION_NAME] == NULL &&
	    ctl->options[OPTION_EXPIRES_IN] == NULL)
		return ctl_refuse("--name or --expires-in is missing");
	return act_run(ctl, &act);
}
