#include <stdio.h>

#include "ctl/commands.h"
#include "store/export.h"

static enum err not_whole(struct ctl *ctl)
{
	return fault_set(&ctl->fault, ERR_INTERNAL,
	    "standard output cannot be written: the export is not whole");
}

static enum err put_line(void *context, const char *line, size_t length)
{
	return fwrite(line, 1, length, stdout) == length ? ERR_NONE
							 : not_whole(context);
}

int run_export(struct ctl *ctl)
{
	const struct ctl_names names = {
		.organization = ctl->options[OPTION_ORG]
	};
	const struct export_lines out = { put_line, ctl };
	struct admin_place place;
	int status = ctl_place_find(ctl, &names, &place);
	enum err err;

	if (status != CTL_DONE)
		return status;
	err = export_write(&ctl->store, place.organization_id, &out);
	if (!err && (fflush(stdout) != 0 || ferror(stdout)))
		err = not_whole(ctl);
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}
