#include "store/doctor.h"

#include <stdio.h>

#include "ctl/commands.h"
#include "edge/config_check.h"

static void check_database(struct ctl *ctl, struct findings *out)
{
	enum err err = doctor_database(&ctl->store, ctl->config.workers, out);
	const char *why = db_error(ctl->store.db);

	if (!err)
		return;
	finding_add(out, "database", FINDING_FAIL, "%s",
	    *why != '\0' ? why : err_info(err)->title);
	finding_remedy(out,
	    "see that the database runs, and db_socket or db_host, db_name,"
	    " db_user and db_password in the settings");
}

int run_doctor(struct ctl *ctl)
{
	struct findings found;

	findings_init(&found, &ctl->mem);
	config_check(&ctl->config, &found);
	check_database(ctl, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct finding *row = &found.rows[i];

		(void)printf("%-4s  %s: %s\n", finding_state_name(row->state),
		    row->check, row->detail);
		if (row->remedy[0] != '\0')
			(void)printf("      %s\n", row->remedy);
	}
	(void)printf("\nHow requests arrive is told by GET /doctor of the"
		     " running service,\nto system administrators.\n");
	return findings_state(&found) == FINDING_FAIL ? CTL_FAILED : CTL_DONE;
}
