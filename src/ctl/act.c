#include "ctl/act.h"

#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/line.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "resource/tool.h"

enum {
	BODY_SIZE = 32768, /* names and labels, all of it escaped */
	SECRET_SIZE = 64,
	SECONDS_DIGITS = 10
};

/* --- the body ------------------------------------------------------------- */

static bool is_seconds(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= SECONDS_DIGITS &&
	    strspn(text, "0123456789") == length;
}

/* An object and nothing behind it. */
static bool is_object(struct ctl *ctl, const char *text)
{
	static const struct field_table none = { NULL, 0 };
	const struct json_source source = { text, strlen(text) };
	char nothing;

	return json_decode(&ctl->mem, source, &none, &nothing, &ctl->fault) ==
	    ERR_NONE;
}

/* What is wrong with it is said. */
static int put_member(
    struct ctl *ctl, struct json_writer *w, const struct act_member *member)
{
	const char *text = ctl->options[member->option];
	const char *option = option_rows[member->option].name;

	if (text == NULL)
		return CTL_DONE;
	json_key(w, member->name);
	if (member->type == ACT_TEXT) {
		json_text(w, text);
		return CTL_DONE;
	}
	if (member->type == ACT_SECONDS && !is_seconds(text))
		return ctl_refuse("--%s must be a number of seconds", option);
	if (member->type == ACT_OBJECT && !is_object(ctl, text))
		return ctl_refuse("--%s must be a JSON object: %s", option,
		    ctl->fault.detail);
	json_raw(w, text, strlen(text));
	return CTL_DONE;
}

/* NULL, and no error: it has no member. */
static int make_body(struct ctl *ctl, const struct act *act, const char **body)
{
	char *text = arena_alloc(&ctl->mem, BODY_SIZE);
	struct json_writer w;
	int status;

	*body = NULL;
	if (act->members[0].name == NULL)
		return CTL_DONE;
	json_start(&w, text, BODY_SIZE - 1, NULL, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < ACT_MEMBERS_MAX && act->members[i].name != NULL;
	     i++)
		if ((status = put_member(ctl, &w, &act->members[i])) !=
		    CTL_DONE)
			return status;
	json_close_object(&w);
	if (w.failed)
		return ctl_refuse("the options are too long");
	text[w.used] = '\0';
	*body = text;
	return CTL_DONE;
}

/* --- what it is about ----------------------------------------------------- */

/* With - it is on standard input, which `ps` does not show. */
static int read_secret(struct ctl *ctl, char secret[LINE_SIZE])
{
	if (strcmp(ctl->operand, "-") != 0) {
		(void)snprintf(secret, LINE_SIZE, "%s", ctl->operand);
		return CTL_DONE;
	}
	return line_read("secret key", secret)
	    ? CTL_DONE
	    : ctl_fail("standard input must begin with a secret key");
}

static int find_named(struct ctl *ctl, const struct act *act,
    struct admin_place *place, char name[LINE_SIZE])
{
	const struct ctl_names names = {
		act->operand == OPERAND_ORGANIZATION ? ctl->operand : NULL,
		act->operand == OPERAND_PROJECT ? ctl->operand : NULL
	};
	int status = CTL_DONE;

	if (act->operand == OPERAND_SECRET)
		return read_secret(ctl, name);
	if (act->operand == OPERAND_KEY)
		return ctl_key_find(ctl, name);
	if (act->operand == OPERAND_NONE)
		return CTL_DONE;
	if ((status = ctl_place_find(ctl, &names, place)) == CTL_DONE)
		(void)snprintf(name, LINE_SIZE, "%s",
		    act->operand == OPERAND_PROJECT ? place->project_id
						    : place->organization_id);
	return status;
}

static int find_place(
    struct ctl *ctl, const struct act *act, struct admin_place *place)
{
	bool is_project = act->place == OPTION_PROJECT;
	const struct ctl_names names = { is_project ? NULL
						    : ctl->options[OPTION_ORG],
		is_project ? ctl->options[OPTION_PROJECT] : NULL };

	return act->place == OPTION_COUNT ? CTL_DONE
					  : ctl_place_find(ctl, &names, place);
}

/* --- what is printed ------------------------------------------------------ */

struct made {
	char id[ULID_SIZE];
	char secret[SECRET_SIZE];
};
static const struct field made_fields[] = {
	{ .member = "id", .type = FIELD_TEXT, FIELD_AT(struct made, id) },
	{ .member = "key", .type = FIELD_TEXT, FIELD_AT(struct made, secret) },
};
static const struct field_table made_table = FIELD_TABLE(made_fields);
static const struct field_table id_table = { made_fields, 1 };

struct giving {
	struct ctl *ctl;
	const struct act *act;
	const struct tool_order *order;
};

static enum err give(void *context)
{
	const struct giving *giving = context;
	const char *secret = tool_text(giving->order, giving->act->secret);
	struct made made;

	if (secret == NULL)
		return ERR_INTERNAL;
	(void)snprintf(made.id, sizeof(made.id), "%s", tool_id(giving->order));
	(void)snprintf(made.secret, sizeof(made.secret), "%s", secret);
	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &made_table, &made);
	else
		(void)puts(made.secret);
	crypto_wipe(&made, sizeof(made));
	return ctl_handed_over(giving->ctl);
}

static int print_made(
    struct ctl *ctl, const struct act *act, const struct tool_order *order)
{
	struct made made;
	struct listing_filter one = { .id = made.id };

	if (act->secret != NULL || ctl->options[OPTION_JSON] == NULL)
		return CTL_DONE;
	(void)snprintf(made.id, sizeof(made.id), "%s", tool_id(order));
	if (act->shows == LISTING_COUNT) {
		print_one(ctl, &id_table, &made);
		return CTL_DONE;
	}
	if (act->shows == LISTING_ORGANIZATIONS)
		one.organization_id = made.id;
	return print_result(ctl, act->shows, &one);
}

int act_run(struct ctl *ctl, const struct act *act)
{
	struct tool_order order = { .operation_id = act->operation_id,
		.is_forced = ctl->options[OPTION_FORCE] != NULL };
	struct giving giving = { ctl, act, &order };
	struct handover handover = { give, &giving, false };
	struct admin_place place;
	char name[LINE_SIZE] = "";
	int status;
	enum err err;

	if ((status = make_body(ctl, act, &order.body)) != CTL_DONE ||
	    (status = find_place(ctl, act, &place)) != CTL_DONE)
		return status;
	if (act->place == OPTION_ORG)
		order.organization = arena_text(
		    &ctl->mem, place.organization_id);
	if (act->place == OPTION_PROJECT)
		order.project = arena_text(&ctl->mem, place.project_id);
	if ((status = find_named(ctl, act, &place, name)) != CTL_DONE)
		return status;
	order.named = act->operand != OPERAND_NONE ? name : NULL;
	order.handover = act->secret != NULL ? &handover : NULL;
	err = tool_run(&ctl->store, &order, &ctl->fault);
	order.handover = NULL; /* it ends here */
	status = err ? ctl_store_failed(ctl, err)
		     : print_made(ctl, act, &order);
	crypto_wipe(name, sizeof(name));
	return status;
}
