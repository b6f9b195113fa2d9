/*
 * The audit trail for those who keep it elsewhere: its head, signed, and all of
 * it as a file.
 */
#include <string.h>

#include "api/call.h"
#include "http/list.h"
#include "resource/audit_event.h"
#include "store/head.h"
#include "store/read.h"

/* The newest row of the caller's organization. */
static enum err find_head(struct call *call, struct chain_head *head)
{
	bool found;

	return chain_find(
	    call->st, call->asker.caller.organization_id, head, &found);
}

/* --- the head ------------------------------------------------------------- */

static enum err give_head(struct call *call, struct response *rs)
{
	struct fault *fault = &call->rq->fault;
	const struct jws_signer *signer = &call->config->head_signer;
	struct chain_head head;
	const char *token;
	enum err err;

	if (!signer->is_there)
		return ERR_NO_HEAD_KEY;
	if ((err = find_head(call, &head)))
		return err;
	if (head.seq == 0)
		return fault_set(fault, ERR_NO_RESOURCE,
		    "the trail of the organization is older than its chain,"
		    " which begins with the next write");
	if ((token = head_sign(call->rq->mem, signer, &head)) == NULL)
		return fault_set(
		    fault, ERR_INTERNAL, "the head could not be made");
	if ((err = response_precondition(rs, NULL)) || rs->status == 304)
		return err;
	response_type(rs, 200, "application/jose");
	rs->length = strlen(token);
	json_bytes(&rs->json, token, rs->length);
	return rs->json.failed;
}

/* --- the file ------------------------------------------------------------- */

struct download {
	struct call *call;
	struct list list;
	struct audit_event *row, *last; /* `last` NULL: no head */
};

/* The head as a record; none without a key or a chain. */
static enum err make_last(struct download *d)
{
	struct call *call = d->call;
	struct chain_head head;
	const char *token;
	enum err err = find_head(call, &head);

	if (err)
		return err;
	token = head_sign(call->rq->mem, &call->config->head_signer, &head);
	if (token == NULL || strlen(token) >= sizeof(d->last->description))
		return ERR_NONE;
	d->last = arena_alloc(call->rq->mem, sizeof(*d->last));
	memcpy(d->last->timestamp, head.at, sizeof(head.at));
	memcpy(d->last->hash, head.hash, sizeof(head.hash));
	memcpy(d->last->resource_name, head.id, sizeof(head.id));
	memcpy(d->last->description, token, strlen(token));
	memcpy(d->last->kind, "AuditHead", sizeof("AuditHead"));
	memcpy(d->last->action, "audit.head", sizeof("audit.head"));
	d->last->seq = head.seq;
	return ERR_NONE;
}

static void fill(struct call *call, struct db_value *values)
{
	const struct query_table *table = call->query.table;
	struct given_text *texts = arena_alloc(
	    call->rq->mem, (table->count + 1) * sizeof(*texts));
	const struct given given = { .texts = texts,
		.text_count = table->count,
		.after = NO_ID,
		.limit = INT64_MAX,
		.caller = &call->asker.caller };

	for (size_t i = 0; i < table->count; i++)
		texts[i] = (struct given_text){ FROM_QUERY, table->rows[i].name,
			call->query.values[i] };
	values_fill(&audit_event_list, &given, values);
}

/* HEAD needs no more than the status, which is out with the first buffer. */
static enum err put_rows(struct download *d, struct rows *rows)
{
	struct response *rs = d->list.rs;
	bool more = true;
	enum err err = ERR_NONE;

	list_open(&d->list);
	while (rs->json.failed == ERR_NONE &&
	    !(rs->rq->is_head && rs->is_started) &&
	    !(err = rows->next(rows, &more)) && more)
		list_put(&d->list, d->row);
	if (!err && d->last != NULL)
		list_put(&d->list, d->last);
	return err ? err : list_close(&d->list);
}

static enum err download(struct call *call, struct response *rs)
{
	struct download *d = arena_alloc(call->rq->mem, sizeof(*d));
	struct db_value values[CALLER_VALUES_MAX];
	struct read read = { { NULL, NULL }, NULL, values };
	struct rows rows;
	enum err err;

	d->call = call;
	d->row = arena_alloc(call->rq->mem, sizeof(*d->row));
	d->list = (struct list){
		.rs = rs, .resource = &audit_event_resource, .kind = ACCEPT_CSV
	};
	read.into[0] = d->row;
	read.id = d->row->id;
	/* the head first: the rows go at least as far */
	if ((err = audit_event_judge(call, NULL)) || (err = make_last(d)))
		return err;
	if ((err = response_precondition(rs, NULL)) || rs->status == 304)
		return err;
	fill(call, values);
	err = read_known(call->st, audit_event_choose(call), &read, &rows);
	if (err)
		return err;
	response_header(rs, "Content-Disposition",
	    "attachment; filename=\"audit-events.csv\"");
	err = put_rows(d, &rows);
	db_finish(call->st->db);
	return err;
}

/* --- words ---------------------------------------------------------------- */

static const struct query_parameter organization_parameters[] = {
	{ .name = "organization",
	    .type = QUERY_ORGANIZATION,
	    .component = "AuditOrganization",
	    .says = "In place of the context's organization the one of this id"
		    " or name; also a deleted one, for those who were its"
		    " admins.",
	    .example = "acme-observability" },
};
static const struct query_table of_organization = QUERY_TABLE(
    organization_parameters);

static const struct describe_answer head_answer = {
	.status = 200,
	.schema = "AuditHead",
	.plain = "A compact JWS (RFC 7515), `typ` is `head+jwt`. Its claims are"
		 " `org`, `seq`, `hash` and `at` of the newest row; its key is"
		 " in `/.well-known/jwks.json`.",
	.plain_type = "application/jose",
};
static const struct describe head_words = {
	.tag = "Audit",
	.summary = "Get the signed head of the audit trail",
	.says = "For admins. Keep one each day where nobody who can write to"
		" the database can write: `tenantryctl audit verify --head`"
		" then finds that a trail was made anew.",
	.answer = "The head.",
	.function = &head_answer,
	PROBLEMS(ERR_NO_HEAD_KEY, ERR_NO_RESOURCE),
};

static const struct describe_answer file_answer = {
	.status = 200,
	.schema = "AuditFile",
	.plain = "CSV (RFC 4180) with the columns of the list. The last record"
		 " has the action `audit.head` and the signed head as its"
		 " description, if the service has a key for it.",
	.plain_type = "text/csv",
};
static const struct describe file_words = {
	.tag = "Audit",
	.summary = "Download the audit trail",
	.says = "The same rows as the list, as a CSV file, and the signed head"
		" behind them.",
	.answer = "The file.",
	.function = &file_answer,
	PROBLEMS(ERR_NO_RESOURCE),
};

/* --- routes --------------------------------------------------------------- */

#define ROUTE(path_, need_) \
	.method = METHOD_GET, .pattern = "/v1/audit-events/" path_, \
	.scope = SCOPE_CONTEXT, .need = need_, .unknown = ERR_FORBIDDEN, \
	.flags = ROUTE_ANY_ACCEPT

static const struct route routes[] = {
	{ ROUTE("head", NEED_ADMIN), .query = &of_organization,
	    .handle = give_head, .operation_id = "getAuditHead",
	    .describe = &head_words },
	{ ROUTE("download", NEED_AUDITOR), .query = &audit_event_filters,
	    .handle = download, .operation_id = "downloadAuditEvents",
	    .describe = &file_words },
};

extern const struct module audit_head_module;
const struct module audit_head_module = { ROUTES(routes) };
