#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "resource/invitation_tool.h"

/* Of a file: one that is longer is no list of people to invite. */
enum { FILE_SIZE = 1 << 20, DAY = 86400 };

/* --- the file ------------------------------------------------------------- */

/* A row: name, address, role; names are not used, people choose their own. */
struct row {
	struct row *next;
	const char *address, *role;
	int64_t line;
};

struct list {
	struct row *first, **end;
	int64_t line;
};

/* NULL: it cannot be read, is too long, or has a NUL; and that is said. */
static char *read_file(struct ctl *ctl)
{
	FILE *file = fopen(ctl->operand, "re");
	char *text = arena_alloc(&ctl->mem, FILE_SIZE + 1);
	size_t size = 0;

	if (file != NULL) {
		size = fread(text, 1, FILE_SIZE + 1, file);
		(void)fclose(file);
	}
	if (file == NULL || size > FILE_SIZE) {
		(void)ctl_fail("%s %s", ctl->operand,
		    file == NULL ? "cannot be read" : "is longer than 1 MiB");
		return NULL;
	}
	text[size] = '\0';
	if (strlen(text) == size)
		return text;
	(void)ctl_fail("%s is no text", ctl->operand);
	return NULL;
}

static bool is_head(const struct list *list, const struct csv_record *record)
{
	return list->line == 1 && record->count == 3 &&
	    strcmp(record->cells[0], "name") == 0 &&
	    strcmp(record->cells[1], "address") == 0 &&
	    strcmp(record->cells[2], "role") == 0;
}

/* NULL, or what is wrong with the row. */
static const char *take(
    struct ctl *ctl, struct list *list, const struct csv_record *record)
{
	struct invitation_create create = { .email = NULL };
	struct row *row = arena_alloc(&ctl->mem, sizeof(*row));

	if (is_head(list, record) ||
	    (record->count == 1 && record->cells[0][0] == '\0'))
		return NULL;
	if (record->count != 3)
		return "a row is name, address, role";
	if (!role_is_of_organization(record->cells[2]))
		return "role must be admin or user";
	create.email = record->cells[1];
	if (invitation_read_address(&create, &ctl->fault))
		return ctl->fault.detail;
	*row = (struct row){ NULL, record->cells[1], record->cells[2],
		list->line };
	*list->end = row;
	list->end = &row->next;
	return NULL;
}

/* All rows are looked at before the first one is carried out. */
static int read_rows(struct ctl *ctl, struct list *list)
{
	char *at = read_file(ctl);

	if (at == NULL)
		return CTL_FAILED;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (*at != '\0') {
		struct csv_record record;
		const char *wrong = csv_read(&at, &record);

		list->line++;
		if (wrong == NULL)
			wrong = take(ctl, list, &record);
		if (wrong != NULL)
			return ctl_fail("record %lld: %s; nobody was invited",
			    (long long)list->line, wrong);
	}
	return CTL_DONE;
}

/* --- invitations ---------------------------------------------------------- */

static const struct field made_fields[] = {
	{ .member = "email",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, email) },
	{ .member = "link",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct invitation_row, link) },
};
static const struct field_table made_table = FIELD_TABLE(made_fields);

struct giving {
	struct ctl *ctl;
	const struct invitation_row *row;
};

/* Of a dry run nothing is kept, as if the link could not be shown. */
static enum err give(void *context)
{
	const struct giving *giving = context;

	if (giving->ctl->options[OPTION_DRY_RUN] != NULL)
		return ERR_UNCHANGED;
	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &made_table, giving->row);
	else
		(void)printf("%s %s\n", giving->row->email, giving->row->link);
	return ctl_handed_over(giving->ctl);
}

static int invite(struct ctl *ctl, const struct row *row,
    const struct invitation_order *by, struct invitation_order *order)
{
	struct giving giving = { ctl, &order->row };
	struct handover handover = { give, &giving, false };
	enum err err;

	*order = *by;
	order->create.email = row->address;
	order->create.role = row->role;
	order->create.expires_in = DAY;
	order->fault = &ctl->fault;
	order->handover = &handover;
	db_begin_request(ctl->store.db);
	err = invitation_read_address(&order->create, &ctl->fault);
	if (!err)
		err = invitation_tool_create(&ctl->store, order);
	order->handover = NULL; /* it ends here */
	crypto_wipe(order->row.link, sizeof(order->row.link));
	if (!err)
		return CTL_DONE;
	ctl_say("record %lld:", (long long)row->line);
	return ctl_store_failed(ctl, err);
}

/* Who cannot be invited does not keep the others from it. */
int run_import_members(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };
	struct list list = { .first = NULL };
	struct admin_user user;
	struct admin_place place;
	struct invitation_order *orders = arena_alloc(
	    &ctl->mem, 2 * sizeof(*orders));
	int status, result = CTL_DONE;

	list.end = &list.first;
	if ((status = read_rows(ctl, &list)) != CTL_DONE ||
	    (status = ctl_user_find(ctl, &user)) != CTL_DONE ||
	    (status = ctl_place_find(ctl, &names, &place)) != CTL_DONE)
		return status;
	memset(orders, 0, 2 * sizeof(*orders));
	orders[0].user_id = user.id;
	orders[0].organization_id = place.organization_id;
	orders[0].prefix = ctl->config.public_prefix != NULL
	    ? ctl->config.public_prefix
	    : "";
	for (const struct row *row = list.first; row != NULL; row = row->next) {
		status = invite(ctl, row, &orders[0], &orders[1]);
		if (status != CTL_DONE)
			result = status;
	}
	return result;
}
