#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "store/member.h"

/* What the options name. */
struct member {
	struct admin_user user;
	struct admin_place place;
	struct membership membership;
};

static bool is_role(const char *role, bool in_project)
{
	return in_project ? role_is_of_project(role)
			  : role_is_of_organization(role);
}

static int find(struct ctl *ctl, struct member *member)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG],
		ctl->options[OPTION_PROJECT] };
	const char *role = ctl->options[OPTION_ROLE];
	bool in_project = names.project != NULL;
	int status;

	if (role != NULL && !is_role(role, in_project))
		return ctl_refuse("--role must be %s",
		    in_project ? "admin, user or viewer" : "admin or user");
	if ((status = ctl_user_find(ctl, &member->user)) != CTL_DONE ||
	    (status = ctl_place_find(ctl, &names, &member->place)) != CTL_DONE)
		return status;
	member->membership = (struct membership){
		.user_id = member->user.id,
		.organization_id = member->place.organization_id,
		.project_id = in_project ? member->place.project_id : NULL,
		.role = role,
		.is_forced = ctl->options[OPTION_FORCE] != NULL,
		.fault = &ctl->fault,
	};
	return CTL_DONE;
}

static int write_member(struct ctl *ctl,
    enum err (*change)(struct store *, const struct membership *))
{
	struct member member;
	struct listing_filter one;
	int status = find(ctl, &member);
	enum err err;

	if (status != CTL_DONE)
		return status;
	if ((err = change(&ctl->store, &member.membership)))
		return ctl_store_failed(ctl, err);
	one = (struct listing_filter){ .user_id = member.user.id,
		.organization_id = member.place.organization_id };
	return print_result(ctl, LISTING_MEMBERS, &one);
}

int run_member_add(struct ctl *ctl)
{
	return write_member(ctl, member_add);
}

int run_member_role(struct ctl *ctl)
{
	return write_member(ctl, member_change);
}

/*
 * Who leaves the organization is shown as the member who has gone: there is no
 * row afterwards, so it is read before.  Who leaves a project stays a member.
 */
static int remove_from_organization(struct ctl *ctl)
{
	struct member member;
	struct listing_filter one;
	struct listing_page *page;
	bool more;
	int status = find(ctl, &member);
	enum err err;

	if (status != CTL_DONE)
		return status;
	one = (struct listing_filter){ .user_id = member.user.id,
		.organization_id = member.place.organization_id };
	page = listing_begin(&ctl->mem, LISTING_MEMBERS, &one);
	if ((err = listing_next(&ctl->store, page, &more)) ||
	    (err = member_remove(&ctl->store, &member.membership)))
		return ctl_store_failed(ctl, err);
	if (ctl->options[OPTION_JSON] != NULL && page->count > 0)
		print_one(
		    ctl, listing_table(LISTING_MEMBERS), listing_row(page, 0));
	return CTL_DONE;
}

int run_member_remove(struct ctl *ctl)
{
	return ctl->options[OPTION_PROJECT] != NULL
	    ? write_member(ctl, member_remove)
	    : remove_from_organization(ctl);
}

int run_member_list(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG],
		ctl->options[OPTION_PROJECT] };

	return print_list_of(ctl,
	    names.project != NULL ? LISTING_PROJECT_MEMBERS : LISTING_MEMBERS,
	    &names);
}
