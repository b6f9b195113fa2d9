#include <stdio.h>
#include <string.h>

#include "ctl/act.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/name.h"
#include "resource/tool.h"
#include "store/deleted.h"
#include "store/ended.h"
#include "store/purge.h"

int run_org_list(struct ctl *ctl)
{
	const struct listing_filter all = { .id = NULL };

	return print_list(ctl, LISTING_ORGANIZATIONS, &all);
}

/* One that is deleted. */
static int find_deleted(
    struct ctl *ctl, const char *text, struct admin_place *place)
{
	bool found = *text != '\0' && values_is_name(text);
	enum err err = ERR_NONE;

	/* the ASCII columns refuse other text */
	if (found)
		err = admin_deleted_find(&ctl->store, text, place, &found);
	if (err)
		return ctl_store_failed(ctl, err);
	return found ? CTL_DONE
		     : ctl_fail("there is no deleted organization %s", text);
}

/* One that is deleted, or one that is not. */
static int find_any(struct ctl *ctl, struct admin_place *place)
{
	const struct ctl_names names = { ctl->operand, NULL };
	bool found = *ctl->operand != '\0' && values_is_name(ctl->operand);
	enum err err = ERR_NONE;

	if (found)
		err = admin_deleted_find(
		    &ctl->store, ctl->operand, place, &found);
	if (err)
		return ctl_store_failed(ctl, err);
	return found ? CTL_DONE : ctl_place_find(ctl, &names, place);
}

int run_org_show(struct ctl *ctl)
{
	struct admin_place place;
	const struct listing_filter one = {
		.organization_id = place.organization_id
	};
	int status = find_any(ctl, &place);

	return status != CTL_DONE
	    ? status
	    : print_single(ctl, LISTING_ORGANIZATIONS, &one);
}

/* --- create, rename, label ------------------------------------------------ */

/* A name of an option, or what stands for it; what is wrong is said. */
static bool read_name(const struct ctl *ctl, enum option_id option,
    const char *otherwise, struct name *name)
{
	const char *text = ctl->options[option] != NULL ? ctl->options[option]
							: otherwise;
	const char *wrong = name_make(text, strlen(text), name);

	if (wrong != NULL)
		ctl_say("--%s %s", option_rows[option].name, wrong);
	return wrong == NULL;
}

/* The first project of an organization that is made without one. */
#define FIRST_PROJECT "Default"

int run_org_create(struct ctl *ctl)
{
	const char *type = ctl->options[OPTION_TYPE];
	struct organization_create *in = arena_alloc(&ctl->mem, sizeof(*in));
	struct name name, project_name;
	struct admin_user user;
	const struct tool_creation creation = { user.id,
		type != NULL ? type : "free", in };
	const struct listing_filter one = {
		.organization_id = in->organization.id
	};
	int status;
	enum err err;

	if (!read_name(ctl, OPTION_NAME, "", &name) ||
	    !read_name(ctl, OPTION_FIRST, FIRST_PROJECT, &project_name))
		return CTL_BAD_USAGE;
	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	memset(in, 0, sizeof(*in));
	in->name = &name;
	in->project_name = &project_name;
	err = tool_create_organization(
	    &ctl->store, &ctl->config, &creation, &ctl->fault);
	in->name = in->project_name = NULL; /* they end here */
	if (err)
		return ctl_store_failed(ctl, err);
	if (ctl->options[OPTION_JSON] == NULL)
		(void)puts(in->organization.id);
	return print_result(ctl, LISTING_ORGANIZATIONS, &one);
}

int run_org_rename(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "changeOrganization",
		.operand = OPERAND_ORGANIZATION,
		.place = OPTION_COUNT,
		.members = { { OPTION_NAME, "displayName", ACT_TEXT } },
		.shows = LISTING_ORGANIZATIONS };

	return act_run(ctl, &act);
}

int run_org_label(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "changeOrganization",
		.operand = OPERAND_ORGANIZATION,
		.place = OPTION_COUNT,
		.members = { { OPTION_LABELS, "labels", ACT_OBJECT } },
		.shows = LISTING_ORGANIZATIONS };

	return act_run(ctl, &act);
}

/* --- delete, restore, purge ----------------------------------------------- */

int run_org_delete(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->operand, NULL };
	struct admin_place place;
	const struct listing_filter one = {
		.organization_id = place.organization_id
	};
	int status = ctl_place_find(ctl, &names, &place);
	enum err err;

	if (status != CTL_DONE)
		return status;
	err = deleted_by_tool(
	    &ctl->store, place.organization_id, ctl->config.restore_days);
	if (err)
		return ctl_store_failed(ctl, err);
	return print_result(ctl, LISTING_ORGANIZATIONS, &one);
}

static void say_lost(int64_t count, const char *what)
{
	if (count > 0)
		ctl_say("not restored: %lld %s", (long long)count, what);
}

int run_org_restore(struct ctl *ctl)
{
	struct admin_place place;
	const struct listing_filter one = {
		.organization_id = place.organization_id
	};
	struct restore restore = { .organization_id = place.organization_id,
		.with_keys = ctl->options[OPTION_KEYS] != NULL };
	int status = find_deleted(ctl, ctl->operand, &place);
	enum err err;

	if (status != CTL_DONE)
		return status;
	err = deleted_restore_by_tool(&ctl->store, &restore);
	if (err == ERR_NO_RESOURCE)
		return ctl_fail("the organization %s is being purged: it cannot"
				" be restored",
		    ctl->operand);
	if (err)
		return ctl_store_failed(ctl, err);
	say_lost(restore.members, "members who are disabled");
	say_lost(restore.invitations, "invitations");
	say_lost(restore.keys, "API keys");
	return print_result(ctl, LISTING_ORGANIZATIONS, &one);
}

struct purged {
	int64_t organizations, ended, events;
};
static const struct field purged_fields[] = {
	{ .member = "organizations",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct purged, organizations) },
	{ .member = "ended",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct purged, ended) },
	{ .member = "events",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct purged, events) },
};
static const struct field_table purged_table = FIELD_TABLE(purged_fields);

/*
 * All slices of one; each is a request of its own to the database.  A restore
 * may be the first to come.
 */
static int purge_all(struct ctl *ctl, const char *id, struct purged *purged)
{
	bool is_early = ctl->options[OPTION_NOW] != NULL, is_done = false;
	enum err err;

	while (!is_done) {
		db_begin_request(ctl->store.db);
		err = purge_slice(&ctl->store, id, is_early, &is_done);
		if (err)
			return ctl_store_failed(ctl, err);
	}
	if ((err = purge_is_done(&ctl->store, id, &is_done)))
		return ctl_store_failed(ctl, err);
	purged->organizations += is_done;
	return CTL_DONE;
}

/* The next one that may go. */
static enum err find_next(struct ctl *ctl, char id[ULID_SIZE])
{
	char after[ULID_SIZE];

	memcpy(after, id, sizeof(after));
	return ctl->options[OPTION_NOW] != NULL
	    ? purge_find_deleted(&ctl->store, after, id)
	    : purge_find(&ctl->store, id);
}

static int purge_each(struct ctl *ctl, struct purged *purged)
{
	char id[ULID_SIZE] = "";
	int status = CTL_DONE;
	enum err err;

	do {
		if ((err = find_next(ctl, id)))
			return ctl_store_failed(ctl, err);
		if (id[0] != '\0')
			status = purge_all(ctl, id, purged);
	} while (id[0] != '\0' && status == CTL_DONE);
	return status;
}

/* What ended long ago, and addresses of invitations. */
static int purge_ended(struct ctl *ctl, struct purged *purged)
{
	uint64_t removed;
	enum err err;

	do {
		removed = 0;
		db_begin_request(ctl->store.db);
		if ((err = ended_slice(&ctl->store, &removed)))
			return ctl_store_failed(ctl, err);
		purged->ended += (int64_t)removed;
	} while (removed > 0);
	return CTL_DONE;
}

/* One; where a purge has come to its end before, there is nothing to do. */
static int purge_one(struct ctl *ctl, const char *name, struct purged *purged)
{
	struct admin_place place;
	bool is_done;
	int status;
	enum err err = purge_is_done(&ctl->store, name, &is_done);

	if (err)
		return ctl_store_failed(ctl, err);
	if (is_done) {
		ctl_say("the organization %s is purged already", name);
		return CTL_DONE;
	}
	if ((status = find_deleted(ctl, name, &place)) != CTL_DONE)
		return status;
	status = purge_all(ctl, place.organization_id, purged);
	return status == CTL_DONE && purged->organizations == 0
	    ? ctl_fail("the organization %s is not purged: its time has not"
		       " come (see --now), or it was restored",
		  name)
	    : status;
}

int run_purge(struct ctl *ctl)
{
	const char *name = ctl->options[OPTION_ORG];
	struct purged purged = { 0 };
	int status;

	if (name == NULL) {
		if ((status = purge_each(ctl, &purged)) == CTL_DONE)
			status = purge_ended(ctl, &purged);
		if (status == CTL_DONE)
			status = ctl_cut_trails(ctl, &purged.events);
	} else {
		status = purge_one(ctl, name, &purged);
	}
	if (status == CTL_DONE && ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &purged_table, &purged);
	return status;
}
