/*
 * The changes of an organization, for a program that keeps a copy of what it
 * needs: the rows of the trail in the order of the commits, from a number on.
 * Without one it waits a while for the next (docs/decisions/0057).
 */
#include <string.h>

#include "api/call.h"
#include "resource/module.h"
#include "store/columns.h"

enum {
	MOST = QUERY_LIMIT_MAX,
	WAIT_MAX = 8,    /* seconds */
	WAIT_MARGIN = 2, /* which the deadline leaves for the answer */
	LOOK_EVERY = 500 /* ms */
};

struct change {
	int64_t seq;
	char at[28], hash[65], id[ULID_SIZE];
	char user_id[ULID_SIZE], key_id[ULID_SIZE], session_id[ULID_SIZE];
	char action[41], kind[21];
	char resource_id[ULID_SIZE], project_id[ULID_SIZE];
	char request_id[65];
	char text[262144]; /* as store/chain.h has it */
};

/* --- what is shown -------------------------------------------------------- */

#define FIELD(name_, type_, member_, flags_) \
	{ \
		.member = name_, .column = name_, .type = type_, \
		.part = PART_FLAT, .flags = flags_, \
		FIELD_AT(struct change, member_) \
	}
#define TEXT(name_, member_) FIELD(name_, FIELD_TEXT, member_, 0)
#define ID(name_, member_) FIELD(name_, FIELD_TEXT, member_, FIELD_OMIT_EMPTY)

static const struct field fields[] = {
	FIELD("seq", FIELD_INTEGER, seq, 0),
	TEXT("at", at),
	TEXT("hash", hash),
	TEXT("id", id),
	ID("user", user_id),
	ID("key", key_id),
	ID("session", session_id),
	TEXT("action", action),
	TEXT("kind", kind),
	TEXT("resource", resource_id),
	ID("project", project_id),
	TEXT("request", request_id),
	FIELD("change", FIELD_JSON, text, 0),
};

static const struct resource resource = { .table = FIELD_TABLE(fields) };

struct feed {
	struct call *call;
	int64_t after, newest, limit;
	struct change *row;
	bool more; /* there is a row in it */
};

/* --- statements ----------------------------------------------------------- */

#define AT MICROSECONDS("e.chain_at")
#define COLUMNS \
	"e.seq, " AT " AS at, LOWER(HEX(e.hash)) AS hash, e.id," \
	" e.user_id AS user, e.key_id AS `key`, e.session_id AS session," \
	" e.action, e.resource_kind AS kind, e.resource_id AS resource," \
	" e.project_id AS project, e.request_id AS request," \
	" COALESCE(e.change_json, '{}') AS `change`"

static const struct statement page = {
	.text = "SELECT " COLUMNS
		" FROM audit_events e FORCE INDEX (audit_events_chain)"
		" WHERE e.chain_id = ? AND e.seq > ?"
		" ORDER BY e.chain_id, e.seq LIMIT ?",
	.tables = { &resource.table },
	IN(CALLER(organization_id), ROW(INTEGER, struct feed, after), LIMIT),
};

static const struct statement newest = {
	.text = "SELECT audit_seq AS value FROM organizations WHERE id = ?",
	.values = 1,
	.tables = { &statement_number_table },
};

static const struct statement *const statements[] = { &page, &newest, NULL };

/* --- who may, and how far it goes ----------------------------------------- */

/* A deleted one is shown to those who were its admins. */
static enum err find_caller(struct call *call)
{
	struct caller_ask *ask = &call->asker.ask;
	enum err err;

	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	err = caller_find(call->st, &call->asker);
	if (err != ERR_NO_RESOURCE || ask->scope == SCOPE_TRAIL)
		return err;
	ask->scope = SCOPE_TRAIL;
	memset(&call->asker.caller, 0, sizeof(call->asker.caller));
	return caller_find(call->st, &call->asker);
}

static enum err find_newest(struct feed *feed)
{
	const struct db_value id = db_text(
	    feed->call->asker.caller.organization_id);

	return store_number(feed->call->st, &newest, &id, &feed->newest);
}

static enum err gone(struct feed *feed)
{
	struct fault *fault = &feed->call->rq->fault;

	(void)fault_set(
	    fault, ERR_CHANGES_GONE, "%s", err_detail(ERR_CHANGES_GONE));
	fault_number(fault, "next", feed->newest);
	return ERR_CHANGES_GONE;
}

/* --- wait ----------------------------------------------------------------- */

/* Seconds; none for HEAD, which shows nothing, and in a process for itself. */
static int64_t wait_of(struct call *call)
{
	int64_t wait = query_number(&call->query, "wait");
	int64_t most = call->config->deadline - WAIT_MARGIN;

	if (call->rq->is_head || request_is_cgi(call->rq) || most < 0)
		return 0;
	if (most > WAIT_MAX)
		most = WAIT_MAX;
	return wait < most ? wait : most;
}

/* Each look has the time of a request; the caller is asked again at the end. */
static enum err look_again(struct feed *feed, int64_t wait)
{
	struct call *call = feed->call;
	bool is_ending = false;
	enum err err = ERR_NONE;

	for (int64_t left = wait * 1000;
	     left > 0 && !is_ending && !err && feed->newest <= feed->after;
	     left -= LOOK_EVERY) {
		is_ending = !request_pause(call->rq, LOOK_EVERY);
		db_begin_request(call->st->db);
		err = find_newest(feed);
	}
	return err ? err : find_caller(call);
}

static enum err wait_for_more(struct feed *feed)
{
	const struct slots_file *slots = feed->call->slots;
	int64_t wait = wait_of(feed->call);
	int place;
	enum err err;

	if (wait == 0 || feed->newest > feed->after)
		return ERR_NONE;
	place = slots_take_listening(slots);
	if (place == SLOTS_NONE)
		return ERR_NONE;
	err = look_again(feed, wait);
	slots_give_listening(slots, place);
	return err;
}

/* --- the answer ----------------------------------------------------------- */

/* The first row, if there is to be one; a gap before it was cut. */
static enum err read_first(struct feed *feed)
{
	struct store *st = feed->call->st;
	const struct given given = { .row = feed,
		.caller = &feed->call->asker.caller,
		.limit = feed->limit };
	struct db_value values[CALLER_VALUES_MAX];
	const struct db_query query = { page.text, values, page.values, false };
	const struct db_target target = { { { &resource.table, feed->row } }, 1,
		0 };
	enum err err;

	if (feed->newest == feed->after)
		return ERR_NONE;
	values_fill(&page, &given, values);
	if ((err = db_select(st->db, &query, &target)) ||
	    (err = db_next(st->db, &feed->more)))
		return err;
	if (feed->more && feed->row->seq == feed->after + 1)
		return ERR_NONE;
	db_finish(st->db);
	return gone(feed);
}

static enum err put_rows(struct feed *feed, struct response *rs)
{
	enum err err = ERR_NONE;

	while (feed->more && !err && rs->json.failed == ERR_NONE &&
	    !(rs->rq->is_head && rs->is_started)) {
		represent_resource(rs, &resource, feed->row);
		feed->after = feed->row->seq;
		err = db_next(feed->call->st->db, &feed->more);
	}
	return err;
}

static enum err give(struct feed *feed, struct response *rs)
{
	struct json_writer *json = &rs->json;
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "changes");
	json_open_list(json);
	if ((err = put_rows(feed, rs)))
		return err;
	json_close_list(json);
	json_key(json, "next");
	json_integer(json, feed->after);
	json_close_object(json);
	return json->failed;
}

static enum err list_changes(struct call *call, struct response *rs)
{
	struct feed feed = { .call = call,
		.after = query_number(&call->query, "after"),
		.limit = call->query.limit > 0 ? call->query.limit : MOST };
	enum err err;

	if ((err = find_caller(call)) || (err = find_newest(&feed)) ||
	    (err = wait_for_more(&feed)))
		return err;
	if (feed.after > feed.newest)
		return gone(&feed);
	feed.row = arena_alloc(call->rq->mem, sizeof(*feed.row));
	err = read_first(&feed);
	if (!err)
		err = give(&feed, rs);
	db_finish(call->st->db);
	return err;
}

/* --- words ---------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "after",
	    .type = QUERY_NUMBER,
	    .component = "AfterSeq",
	    .says = "The changes behind this number: `next` of the answer"
		    " before. 0, or without it: from the first one on.",
	    .example = "0" },
	{ .name = "wait",
	    .type = QUERY_NUMBER,
	    .component = "Wait",
	    .says = "Seconds to wait for a change while there is none; 8 at"
		    " most, and less if the service has a short deadline. If"
		    " too many wait, it is answered at once.",
	    .example = "0" },
	{ .name = "limit", .type = QUERY_LIMIT },
};
static const struct query_table query = QUERY_TABLE(parameters);

/* No resource of a shape has it, so that it is written out. */
static const struct domain row_domain = {
	.name = "Change",
	.schema =
	    "'type':'object','description':'A write, in the order of the"
	    " commits.','required':['seq','at','hash','id','action','kind',"
	    "'resource','request','change'],'properties':{"
	    "'seq':{'type':'integer','minimum':1,'description':'The place in"
	    " the chain of the organization.'},"
	    "'at':{'type':'string','format':'date-time'},"
	    "'hash':{'type':'string','pattern':'^[0-9a-f]{64}$',"
	    "'description':'The SHA-256 in the chain.'},"
	    "'id':#Id,'user':#Id,'key':#Id,'session':#Id,"
	    "'action':{'type':'string'},'kind':{'type':'string'},"
	    "'resource':{'type':'string'},'project':#Id,"
	    "'request':{'type':'string'},"
	    "'change':{'type':'object','additionalProperties':true,"
	    "'description':'Ids, names and labels of organizations and"
	    " projects, roles, limits, states and ends, as they became.'}}",
};

static const struct describe_answer changes = {
	.status = 200,
	.schema = "Changes",
	.uses = { &row_domain },
	.text = "{'type':'object','required':['changes','next'],"
		"'properties':{'changes':{'type':'array','items':#Change},"
		"'next':{'type':'integer','description':'`after` of the next"
		" request.'}}}",
	.example = "{'changes':[{'seq':7,'at':'2026-01-02T03:04:05.678901Z',"
		   "'hash':'5f70bf18a086007016e948b04aed3b82103a36bea41755b6"
		   "cddfaf10ace3c6ef','id':'01JD8C2W6HZ0B5QK9MTXV3RN4F',"
		   "'user':'01JD8A6TQ4C0XK9V3MZ7HBW5RN',"
		   "'action':'project.rename','kind':'Account',"
		   "'resource':'01JD8C2W6HZ0B5QK9MTXV3RN4F',"
		   "'request':'01JD8C2W6HY4T2N7B0Q8ZC5XVE',"
		   "'change':{'labels':{},'name':'Staging'}}],'next':7}",
};

static const struct describe words = {
	.tag = "Audit",
	.summary = "Follow the changes of an organization",
	.says =
	    "For its admins, and for API keys that are admins. Each write"
	    " in the order of the commits, none left out. Who begins with"
	    " 0 can rebuild ids, names and labels of the organization and"
	    " its projects, roles, limits, and API keys and invitations"
	    " from `change`; the first one may be `audit.genesis`, with"
	    " what an older organization had; a list that is null there is"
	    " to be read first. After 410 read the lists anew and go on with"
	    " its `next`. Also of a deleted organization, for those who"
	    " were its admins, as long as it is not purged.",
	.answer = "The changes.",
	.function = &changes,
	PROBLEMS(ERR_CHANGES_GONE),
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations/{id}/changes",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED,
	    .query = &query,
	    .handle = list_changes,
	    .operation_id = "listChanges",
	    .describe = &words },
};

extern const struct module changes_module;
const struct module changes_module = { ROUTES(routes),
	.statements = statements };
