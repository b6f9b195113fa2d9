/*
 * The outbox, for who runs the service: what waits, and what became of the
 * mails of the last week.
 */
#include "store/outbox.h"

#include "resource/module.h"

struct listed {
	char id[ULID_SIZE];
	char kind[11];
	char state[8];
	char organization_id[ULID_SIZE];
	char invitation_id[ULID_SIZE];
	char user_id[ULID_SIZE];
	int64_t attempts, created_at, due_at, ended_at;
	char last_error[OUTBOX_ERROR_SIZE];
	int64_t version; /* it has none */
};

#define MAIL(name_, type_, member_, flags_, domain_, says_) \
	{ \
		.member = name_, .column = #member_, .type = type_, \
		.part = PART_FLAT, .flags = flags_, \
		FIELD_AT(struct listed, member_), .domain = domain_, \
		.says = says_ \
	}

static const struct domain kinds = { .words = "invitation|reset|old|new" };
static const struct domain states = { .words = "queued|sent|failed|dropped" };

static const struct field fields[] = {
	MAIL("id", FIELD_TEXT, id, 0, &domain_id, NULL),
	MAIL("kind", FIELD_TEXT, kind, 0, &kinds,
	    "An invitation, a new password, or a change of address: to the"
	    " `old` one and to the `new` one."),
	MAIL("state", FIELD_TEXT, state, 0, &states,
	    "A `dropped` one was about something that ended before."),
	MAIL("organizationId", FIELD_TEXT, organization_id, FIELD_OMIT_EMPTY,
	    &domain_id, "Of an invitation."),
	MAIL("invitationId", FIELD_TEXT, invitation_id, FIELD_OMIT_EMPTY,
	    &domain_id, "Of an invitation."),
	MAIL("userId", FIELD_TEXT, user_id, FIELD_OMIT_EMPTY, &domain_id,
	    "To whom, of other kinds."),
	MAIL("attempts", FIELD_INTEGER, attempts, 0, NULL,
	    "How often it was handed over, or tried to."),
	MAIL("createdAt", FIELD_TIME, created_at, 0, NULL, NULL),
	MAIL("dueAt", FIELD_TIME, due_at, 0, NULL,
	    "Not before; while it is being sent, the end of that."),
	MAIL("endedAt", FIELD_TIME, ended_at, FIELD_MAY_BE_NULL, NULL,
	    "When it was sent, or given up."),
	MAIL("lastError", FIELD_TEXT, last_error, FIELD_OMIT_EMPTY, NULL,
	    "What the program that sends said last, without addresses."),
};
static const struct resource resource = {
	.table = FIELD_TABLE(fields),
	.schema = "Mail",
	.says = "A mail that is to be sent, or was. No address and no token is"
		" shown.",
};

static const struct shape shape = {
	.resource = &resource,
	.many = "outbox",
	SHAPE_OF(struct listed),
	EXAMPLES(struct listed,
	    { .id = "01JD8C2W6HZ0B5QK9MTXV3RN4F",
		.kind = "invitation",
		.state = "queued",
		.organization_id = "01JD7Q4M8K3ZT5W9XBVN2RC6HY",
		.invitation_id = "01JDA5T8N2Q6W4K0ZVX7B3MRCE",
		.attempts = 1,
		.created_at = EXAMPLE_TIME,
		.due_at = EXAMPLE_TIME + 120000,
		.last_error = "exit status 75: mail queue is full" }),
};

static const struct statement list = {
	.bounded = "rows behind one id, by the primary key",
	.scope = SCOPE_SELF,
	.columns = "x.id, x.kind, x.state, x.organization_id, x.invitation_id,"
		   " x.user_id, x.attempts, x.created_at, x.due_at,"
		   " x.ended_at, x.last_error",
	.text = "LEFT JOIN outbox x FORCE INDEX (PRIMARY) ON x.id > ?"
		" AND (? IS NULL OR x.state = ?) LIMIT ?",
	.tables = { &resource.table },
	IN(AFTER, QUERY("state"), QUERY("state"), LIMIT),
};

static const struct statement *const statements[] = { &list, NULL };

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "state",
	    .type = QUERY_WORD,
	    .words = "queued sent failed dropped",
	    .component = "MailState",
	    .says = "Only mails in this state.",
	    .example = "failed" },
};
static const struct query_table query = QUERY_TABLE(parameters);

static const struct describe words = {
	.tag = "Service",
	.summary = "List the outbox",
	.says = "What is to be sent by `tenantryctl mail send`, and what became"
		" of the mails of the last week, ordered by creation. For"
		" system administrators.",
	.answer = "The mails.",
};

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/system/outbox",
	    .scope = SCOPE_SELF,
	    .need = NEED_SYSTEM_ADMIN,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_LIST,
	    .query = &query,
	    .does = &list_all,
	    .operation_id = "listOutbox",
	    .describe = &words },
};

extern const struct module outbox_module;
const struct module outbox_module = { ROUTES(routes),
	.statements = statements };
