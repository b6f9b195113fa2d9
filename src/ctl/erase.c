#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "store/erase.h"

/* Says which organizations would be left without an admin. */
static int refuse_alone(struct ctl *ctl, const char *user_id)
{
	struct admin_alone *rows = arena_alloc(
	    &ctl->mem, ADMIN_ALONE_MAX * sizeof(*rows));
	size_t count = 0;
	enum err err = usable_admin_alone(&ctl->store, user_id, rows, &count);

	if (err)
		return ctl_store_failed(ctl, err);
	for (size_t i = 0; i < count; i++)
		ctl_say("this is the last usable admin of the organization %s",
		    rows[i].name);
	return count == 0 ? CTL_DONE
			  : ctl_fail("make another member the admin of each, or"
				     " delete it; --force erases nevertheless");
}

/* Each step is a request of its own to the database. */
static enum err take_steps(struct ctl *ctl, const struct erase *erase)
{
	bool is_done = false;
	enum err err = erase_check(&ctl->store, erase);

	while (!err && !is_done) {
		db_begin_request(ctl->store.db);
		err = erase_step(&ctl->store, erase, &is_done);
	}
	return err;
}

int run_user_erase(struct ctl *ctl)
{
	struct admin_user user;
	const struct listing_filter one = { .user_id = user.id };
	struct erase erase = { .user_id = user.id,
		.is_forced = ctl->options[OPTION_FORCE] != NULL,
		.fault = &ctl->fault };
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	erase.is_system_admin = user.is_system_admin;
	if (!erase.is_forced &&
	    (status = refuse_alone(ctl, user.id)) != CTL_DONE)
		return status;
	err = take_steps(ctl, &erase);
	return err ? ctl_store_failed(ctl, err)
		   : print_result(ctl, LISTING_USERS, &one);
}
