#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/print.h"

int run_org_list(struct ctl *ctl)
{
	const struct listing_filter all = { NULL, NULL };

	return print_list(ctl, LISTING_ORGANIZATIONS, &all);
}

int run_org_show(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->operand, NULL };
	struct admin_place place;
	const struct listing_filter one = { NULL, place.organization_id };
	struct listing_page *page;
	bool more;
	int status;
	enum err err;

	if ((status = ctl_place_find(ctl, &names, &place)) != CTL_DONE)
		return status;
	page = listing_begin(&ctl->mem, LISTING_ORGANIZATIONS, &one);
	if ((err = listing_next(&ctl->store, page, &more)))
		return ctl_store_failed(ctl, err);
	if (page->count == 0)
		return ctl_fail("there is no organization %s", ctl->operand);
	print_one(
	    ctl, listing_table(LISTING_ORGANIZATIONS), listing_row(page, 0));
	return CTL_DONE;
}
