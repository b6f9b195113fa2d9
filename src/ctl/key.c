#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static bool is_role(const char *text)
{
	return strcmp(text, "admin") == 0 || strcmp(text, "user") == 0 ||
	    strcmp(text, "viewer") == 0;
}

/* The organization or project that --org or --project confines the key to. */
static int find_place(struct ctl *ctl, struct admin_place *place)
{
	const char *organization = ctl->options[OPTION_ORG];
	const char *project = ctl->options[OPTION_PROJECT];
	bool found = true;
	enum err err = ERR_NONE;

	if (project != NULL)
		err = admin_project_find(&ctl->store, project, place, &found);
	else if (organization != NULL)
		err = admin_organization_find(
		    &ctl->store, organization, place, &found);
	if (err)
		return ctl_store_failed(ctl, err);
	if (!found)
		return ctl_fail("there is no %s %s",
		    project != NULL ? "project" : "organization",
		    project != NULL ? project : organization);
	return CTL_DONE;
}

int key_add(struct ctl *ctl)
{
	struct admin_user user;
	struct admin_place place;
	struct admin_key key = {
		.user_id = user.id,
		.organization_id = place.organization_id,
		.project_id = place.project_id,
		.role = ctl->options[OPTION_ROLE],
	};
	int status;
	enum err err;

	memset(&place, 0, sizeof(place));
	if (ctl->options[OPTION_ORG] && ctl->options[OPTION_PROJECT])
		return ctl_refuse("--org and --project exclude each other");
	if (key.role != NULL && !is_role(key.role))
		return ctl_refuse("--role must be admin, user or viewer");
	if (!ctl_expires(ctl, &key.expires_at))
		return CTL_BAD_USAGE;
	if ((status = ctl_user_find(ctl, OPTION_USER, &user)) != CTL_DONE ||
	    (status = find_place(ctl, &place)) != CTL_DONE)
		return status;
	admin_key_make(&key);
	err = admin_key_insert(&ctl->store, &key);
	if (err == ERR_NO_RESOURCE)
		return ctl_fail("user, organization or project has just been"
				" deleted");
	if (err)
		return ctl_store_failed(ctl, err);
	(void)puts(key.text);
	return CTL_DONE;
}
