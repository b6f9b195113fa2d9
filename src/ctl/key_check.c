#include "resource/check.h"

#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/line.h"
#include "edge/crypto.h"
#include "edge/json.h"

enum { ANSWER_SIZE = 1024 };

static int say(const struct ctl *ctl, const struct check *check)
{
	bool is_allowed = strcmp(check->reason, "ok") == 0;
	char buffer[ANSWER_SIZE];
	struct json_writer out;

	if (ctl->options[OPTION_JSON] == NULL) {
		(void)puts(check->reason);
		return is_allowed ? CTL_DONE : CTL_FAILED;
	}
	json_start(&out, buffer, sizeof(buffer), NULL, NULL);
	check_write(&out, check);
	(void)printf("%.*s\n", (int)out.used, buffer);
	return is_allowed ? CTL_DONE : CTL_FAILED;
}

/* As if the organization itself asked. */
static struct check *begin(struct ctl *ctl, const struct admin_place *place)
{
	struct call *call = arena_alloc(&ctl->mem, sizeof(*call));
	struct check *check = arena_alloc(&ctl->mem, sizeof(*check));

	call->rq = arena_alloc(&ctl->mem, sizeof(*call->rq));
	call->st = &ctl->store;
	call->config = &ctl->config;
	memcpy(call->asker.caller.organization_id, place->organization_id,
	    ULID_SIZE);
	check->call = call;
	check->need = ctl->options[OPTION_ROLE];
	check->project = ctl->options[OPTION_PROJECT];
	check->shows_all = true;
	return check;
}

int run_key_check(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };
	struct admin_place place;
	struct check *check;
	char line[LINE_SIZE];
	int status;
	enum err err;

	if ((status = ctl_place_find(ctl, &names, &place)) != CTL_DONE)
		return status;
	check = begin(ctl, &place);
	if (check_need(check))
		return ctl_refuse("%s", check->call->rq->fault.detail);
	if (!line_read("API key", line))
		return ctl_fail("standard input must begin with an API key");
	err = check_by_tool(check, line);
	crypto_wipe(line, sizeof(line));
	return err ? ctl_store_failed(ctl, err) : say(ctl, check);
}
