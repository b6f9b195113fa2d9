/*
 * Projects and their secret keys.
 */
#include "ctl/act.h"
#include "ctl/commands.h"
#include "ctl/print.h"

#define NAMED(member_) \
	{ \
		OPTION_NAME, member_, ACT_TEXT \
	}
#define LABELS \
	{ \
		OPTION_LABELS, "labels", ACT_OBJECT \
	}

int run_project_create(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "createProject",
		.place = OPTION_ORG,
		.members = { NAMED("displayName"), LABELS },
		.shows = LISTING_PROJECTS };

	return act_run(ctl, &act);
}

int run_project_rename(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "renameProject",
		.operand = OPERAND_PROJECT,
		.place = OPTION_COUNT,
		.members = { NAMED("displayName") },
		.shows = LISTING_PROJECTS };

	return act_run(ctl, &act);
}

int run_project_label(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "renameProject",
		.operand = OPERAND_PROJECT,
		.place = OPTION_COUNT,
		.members = { LABELS },
		.shows = LISTING_PROJECTS };

	return act_run(ctl, &act);
}

int run_project_delete(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "deleteProject",
		.operand = OPERAND_PROJECT,
		.place = OPTION_COUNT,
		.shows = LISTING_COUNT };

	return act_run(ctl, &act);
}

/* --- read ----------------------------------------------------------------- */

int run_project_list(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };

	return print_list_of(ctl, LISTING_PROJECTS, &names);
}

int run_project_show(struct ctl *ctl)
{
	const struct ctl_names names = { NULL, ctl->operand };
	struct admin_place place;
	const struct listing_filter one = { .id = place.project_id };
	int status = ctl_place_find(ctl, &names, &place);

	return status != CTL_DONE ? status
				  : print_single(ctl, LISTING_PROJECTS, &one);
}

/* --- secret keys ---------------------------------------------------------- */

int run_secret_key_list(struct ctl *ctl)
{
	const struct ctl_names names = { NULL, ctl->options[OPTION_PROJECT] };

	return print_list_of(ctl, LISTING_SECRET_KEYS, &names);
}

int run_secret_key_create(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "createSecretKey",
		.place = OPTION_PROJECT,
		.secret = "secretKey" };

	return act_run(ctl, &act);
}

#define OF_KEY \
	.operand = OPERAND_SECRET, .place = OPTION_PROJECT, \
	.shows = LISTING_COUNT

int run_secret_key_default(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "setDefaultSecretKey",
		OF_KEY };

	return act_run(ctl, &act);
}

int run_secret_key_name(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "nameSecretKey",
		OF_KEY,
		.members = { NAMED("name") } };

	return act_run(ctl, &act);
}

int run_secret_key_delete(struct ctl *ctl)
{
	static const struct act act = { .operation_id = "deleteSecretKey",
		OF_KEY };

	return act_run(ctl, &act);
}
