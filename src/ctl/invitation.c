#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "resource/invitation_tool.h"

enum { DAY = 86400 };

/* --- the link ------------------------------------------------------------- */

static const struct field made_fields[] = {
	{ .member = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, id) },
	{ .member = "link",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, link) },
};
static const struct field_table made_table = FIELD_TABLE(made_fields);

struct giving {
	struct ctl *ctl;
	const struct invitation_row *row;
};

static enum err give(void *context)
{
	const struct giving *giving = context;

	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &made_table, giving->row);
	else
		(void)puts(giving->row->link);
	return ctl_handed_over(giving->ctl);
}

static int run_giving(struct ctl *ctl, struct invitation_order *order,
    enum err (*act)(struct store *, struct invitation_order *))
{
	struct giving giving = { ctl, &order->row };
	struct handover handover = { give, &giving, false };
	enum err err;

	order->prefix = ctl->config.public_prefix != NULL
	    ? ctl->config.public_prefix
	    : "";
	order->fault = &ctl->fault;
	order->handover = &handover;
	err = act(&ctl->store, order);
	order->handover = NULL; /* it ends here */
	crypto_wipe(order->row.link, sizeof(order->row.link));
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}

/* --- create --------------------------------------------------------------- */

/*
 * Who is invited into a project is a `user` of its organization, as with member
 * add.
 */
static void set_roles(
    struct invitation_create *create, const char *role, const char *project_id)
{
	create->role = role;
	if (project_id[0] == '\0')
		return;
	create->role = "user";
	memcpy(create->list, project_id, ULID_SIZE - 1);
	create->list[ULID_SIZE - 1] = role[0];
	create->list_text = create->list;
	create->list_count = 1;
}

int run_invitation_create(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG],
		ctl->options[OPTION_PROJECT] };
	const char *role = ctl->options[OPTION_ROLE];
	bool in_project = names.project != NULL;
	struct invitation_order *order = arena_alloc(&ctl->mem, sizeof(*order));
	struct admin_user user;
	struct admin_place place;
	int status;

	memset(order, 0, sizeof(*order));
	memset(&place, 0, sizeof(place));
	if (!(in_project ? role_is_of_project(role)
			 : role_is_of_organization(role)))
		return ctl_refuse("--role must be %s",
		    in_project ? "admin, user or viewer" : "admin or user");
	order->create.email = ctl->options[OPTION_TO];
	order->create.expires_in = DAY;
	if (invitation_read_address(&order->create, &ctl->fault))
		return ctl_refuse("--to: %s", ctl->fault.detail);
	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE ||
	    (status = ctl_place_find(ctl, &names, &place)) != CTL_DONE)
		return status;
	order->user_id = user.id;
	order->organization_id = place.organization_id;
	set_roles(&order->create, role, in_project ? place.project_id : "");
	return run_giving(ctl, order, invitation_tool_create);
}

/* --- list, resend, revoke ------------------------------------------------- */

int run_invitation_list(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };

	return print_list_of(ctl, LISTING_INVITATIONS, &names);
}

static struct invitation_order *order_of(struct ctl *ctl)
{
	struct invitation_order *order = arena_alloc(&ctl->mem, sizeof(*order));

	memset(order, 0, sizeof(*order));
	/* the ASCII columns refuse other text */
	order->id = values_is_name(ctl->operand) ? ctl->operand : NO_ID;
	order->fault = &ctl->fault;
	return order;
}

int run_invitation_resend(struct ctl *ctl)
{
	return run_giving(ctl, order_of(ctl), invitation_tool_resend);
}

static const struct field revoked_fields[] = {
	{ .member = "id",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, id) },
	{ .member = "email",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, email) },
};
static const struct field_table revoked_table = FIELD_TABLE(revoked_fields);

int run_invitation_revoke(struct ctl *ctl)
{
	struct invitation_order *order = order_of(ctl);
	enum err err = invitation_tool_revoke(&ctl->store, order);

	if (err)
		return ctl_store_failed(ctl, err);
	if (ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &revoked_table, &order->row);
	return CTL_DONE;
}
