/*
 * The audit trail of an organization, the newest row first.  Names are looked
 * up when it is read: a row has ids alone.
 */
#include <string.h>

#include "api/call.h"
#include "resource/audit_event.h"
#include "store/columns.h"

#define EVENT(name_, column_, type_, member_, domain_, says_) \
	{ \
		.member = name_, .column = column_, .type = type_, \
		.part = PART_FLAT, FIELD_AT(struct audit_event, member_), \
		.domain = domain_, .says = says_ \
	}
#define TEXT(name_, column_, member_, says_) \
	EVENT(name_, column_, FIELD_TEXT, member_, NULL, says_)

static const struct domain time_domain = {
	.format = "date-time",
	.example = "2026-01-02T03:04:05.678901Z",
};
static const struct domain hash_domain = {
	.pattern = "^([0-9a-f]{64})?$",
};

static const struct field fields[] = {
	EVENT("id", "id", FIELD_TEXT, id, &domain_id, NULL),
	EVENT("timestamp", "timestamp", FIELD_TEXT, timestamp, &time_domain,
	    "With microseconds, and later than that of the row before."),
	TEXT("resourceName", "resource_name", resource_name,
	    "The name of today; the id where it has none any more."),
	TEXT("description", "description", description, "What was done."),
	TEXT("resourceKind", "resource_kind", kind, "What kind it is."),
	TEXT("configuration", "configuration", configuration,
	    "Empty: there are no configurations here."),
	TEXT("action", "action", action, "For example `project.create`."),
	TEXT("user", "user", user,
	    "The e-mail address or login; `erased user` where the user is"
	    " gone, the id of a service key, or empty: the command line."),
	TEXT("account", "account", account,
	    "The name of the project that it was about, its id where it is"
	    " gone, or empty."),
	EVENT("seq", "seq", FIELD_INTEGER, seq, NULL,
	    "The place in the chain, from 1 on; 0: before the chain."),
	EVENT("hash", "hash", FIELD_TEXT, hash, &hash_domain,
	    "The SHA-256 in the chain; empty: before the chain."),
	TEXT("requestId", "request_id", request_id,
	    "`X-Request-Id` of the request, or `cli`."),
};

const struct resource audit_event_resource = {
	.table = FIELD_TABLE(fields),
	.schema = "AuditEvent",
	.says = "A write: who did what to what, and when.",
};

static const struct shape shape = {
	.resource = &audit_event_resource,
	.many = "auditEvents",
	SHAPE_OF(struct audit_event),
	.text = offsetof(struct audit_event, description),
	EXAMPLES(struct audit_event,
	    { .id = "01JD8C2W6HZ0B5QK9MTXV3RN4F",
		.timestamp = "2026-01-02T03:04:05.678901Z",
		.resource_name = "Staging",
		.description = "Staging",
		.kind = "Account",
		.action = "project.create",
		.user = "ada@example.org",
		.account = "Staging",
		.seq = 7,
		.hash = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf"
			"10ace3c6ef",
		.request_id = "01JD8C2W6HY4T2N7B0Q8ZC5XVE" }),
};

/* --- list ----------------------------------------------------------------- */

#define AT MICROSECONDS("e.listed_at")
#define COLUMNS \
	"e.id, " AT " AS timestamp, CASE e.resource_kind" \
	" WHEN 'Organization'" \
	" THEN COALESCE(ro.display_name, e.resource_id)" \
	" WHEN 'Account'" \
	" THEN COALESCE(rp.display_name, e.resource_id)" \
	" WHEN 'User' THEN COALESCE(ru.email, 'erased user')" \
	" ELSE e.resource_id END AS resource_name," \
	" e.detail AS description, e.resource_kind," \
	" '' AS configuration, e.action, IF(e.user_id IS NULL," \
	" e.key_id, COALESCE(u.email, 'erased user')) AS user," \
	" COALESCE(p.display_name, e.project_id) AS account," \
	" COALESCE(e.seq, 0) AS seq, LOWER(HEX(e.hash)) AS hash," \
	" e.request_id"

/* Of the three names of a resource the one of its kind is looked up. */
#define NAMES \
	" LEFT JOIN organizations ro ON ro.id = e.resource_id" \
	" AND e.resource_kind = 'Organization'" \
	" LEFT JOIN projects rp ON rp.id = e.resource_id" \
	" AND e.resource_kind = 'Account'" \
	" LEFT JOIN users ru ON ru.id = e.resource_id" \
	" AND e.resource_kind = 'User'" \
	" LEFT JOIN users u ON u.id = e.user_id" \
	" LEFT JOIN projects p ON p.id = e.project_id"

#define DATE "CAST(? AS DATETIME(6))"
#define FROM "COALESCE(" DATE ", TIMESTAMP'1000-01-01 00:00:00')"
#define UNTIL(date_) \
	"COALESCE(" date_ ", TIMESTAMP'9999-12-31 23:59:59.999999')"

/* Behind the row of the cursor: its time, and its id where that is the same. */
#define BEHIND \
	" AND e.listed_at <= " DATE " AND (e.listed_at < " DATE " OR e.id < ?)"

static const struct statement time_of = {
	.text = "SELECT CAST(c.listed_at AS CHAR(26)) AS value"
		" FROM audit_events c WHERE c.id = ? AND c.organization_id = ?",
	.values = 2,
	.tables = { &statement_word_table },
};

/* As ASCII, which the columns are; another text is nobody's. */
#define ASCII "CONVERT(? USING ascii) COLLATE ascii_bin"
#define ID "UPPER(CONVERT(? USING ascii)) COLLATE ascii_bin"

/* A user by id or login; what is neither may be a service key, or is gone. */
#define ACTOR \
	"COALESCE((SELECT v.id FROM users v WHERE v.id = " ID ")," \
	" (SELECT w.id FROM users w WHERE w.email_key = ?), " ID ")"

/*
 * Of the caller's organization, and of the project of its key.  One statement
 * for each index: the first filter stands in the index, so that a page reads
 * its own rows, however many others there are (docs/decisions/0051).
 */
#define LIST(index_, project_, actor_, kind_, order_) \
	{ \
		.text = "SELECT " COLUMNS \
			" FROM audit_events e FORCE INDEX (" index_ ")" NAMES \
			" WHERE e.organization_id = ?" \
			" AND e.listed_at >= " FROM \
			" AND e.listed_at >= " FROM \
			" AND e.listed_at <= " UNTIL(DATE) \
			    BEHIND project_ actor_ kind_ \
		    " AND ? IS NULL" \
		    " ORDER BY e.organization_id DESC, " order_ \
		    " e.listed_at DESC, e.id DESC LIMIT ?", \
		.tables = { &audit_event_resource.table }, \
		IN(CALLER(organization_id), QUERY("min-date"), QUERY("since"), \
		    QUERY("max-date"), AFTER_AT, AFTER_AT, AFTER, \
		    CALLER(key_project_id), CALLER(key_project_id), \
		    QUERY("user"), QUERY("user"), QUERY("user"), \
		    QUERY("user"), QUERY("resource-kind"), \
		    QUERY("resource-kind"), QUERY("configuration-name"), \
		    LIMIT), \
	}
#define IS(column_, value_) " AND ? IS NOT NULL AND " column_ " = " value_
#define ANY(empty_, column_, value_) \
	" AND (" empty_ " OR " column_ " = " value_ ")"
#define ANY_PROJECT ANY("? IS NULL", "e.project_id", "?")
#define ANY_ACTOR ANY("COALESCE(?, '') = ''", "e.actor_id", ACTOR)
#define ANY_KIND ANY("? IS NULL", "e.resource_kind", ASCII)

const struct statement audit_event_list = LIST(
    "audit_events_listed", ANY_PROJECT, ANY_ACTOR, ANY_KIND, "");
const struct statement audit_event_list_of_project = LIST(
    "audit_events_project", IS("e.project_id", "?"), ANY_ACTOR, ANY_KIND,
    "e.project_id DESC,");
const struct statement audit_event_list_of_actor = LIST("audit_events_actor",
    ANY_PROJECT, IS("e.actor_id", ACTOR), ANY_KIND, "e.actor_id DESC,");
const struct statement audit_event_list_of_kind = LIST("audit_events_kind",
    ANY_PROJECT, ANY_ACTOR, IS("e.resource_kind", ASCII),
    "e.resource_kind DESC,");

static const struct statement *const statements[] = { &audit_event_list,
	&audit_event_list_of_project, &audit_event_list_of_actor,
	&audit_event_list_of_kind, &time_of, NULL };

const struct statement *audit_event_choose(const struct call *call)
{
	const char *user = query_value(&call->query, "user");

	if (call->asker.caller.key_project_id[0] != '\0')
		return &audit_event_list_of_project;
	if (user != NULL && *user != '\0')
		return &audit_event_list_of_actor;
	if (query_value(&call->query, "resource-kind") != NULL)
		return &audit_event_list_of_kind;
	return &audit_event_list;
}

/* The dates are in UTC and of one form: they compare as texts. */
enum err audit_event_judge(struct call *call, const void *row)
{
	const char *until = query_value(&call->query, "max-date");
	const char *const from[] = { query_value(&call->query, "min-date"),
		query_value(&call->query, "since") };

	(void)row;
	for (size_t i = 0; until != NULL && i < 2; i++)
		if (from[i] != NULL && strcmp(from[i], until) > 0)
			return fault_set(&call->rq->fault, ERR_BAD_REQUEST,
			    "the query parameter max-date is before %s",
			    i == 0 ? "min-date" : "since");
	return ERR_NONE;
}

const struct operation audit_event_operation = {
	.kind = OPERATION_LIST,
	.shape = &shape,
	.read = &audit_event_list,
	.choose = audit_event_choose,
	.time_of = &time_of,
	.judge = audit_event_judge,
};

/* --- words ---------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "user",
	    .type = QUERY_PREFIX,
	    .component = "AuditUser",
	    .says = "Only what this user did: the e-mail address, the login or"
		    " the id; or the id of a service key.",
	    .example = "ada@example.org" },
	{ .name = "min-date",
	    .type = QUERY_FROM,
	    .component = "AuditMinDate",
	    .says = "Only what was done then or later.",
	    .example = "2026-01-02T03:04:05.678901Z" },
	{ .name = "max-date",
	    .type = QUERY_UNTIL,
	    .component = "AuditMaxDate",
	    .says = "Only what was done until then. A time without a fraction"
		    " is the whole second, a date the whole day.",
	    .example = "2026-01-02" },
	{ .name = "since",
	    .type = QUERY_FROM,
	    .component = "AuditSince",
	    .says = "The same as `min-date`; of both the later one counts.",
	    .example = "20260102030405" },
	{ .name = "resource-kind",
	    .type = QUERY_TEXT,
	    .component = "AuditResourceKind",
	    .says = "Only what was done to this kind, for example `Account`.",
	    .example = "Account" },
	{ .name = "configuration-name",
	    .type = QUERY_TEXT,
	    .component = "AuditConfigurationName",
	    .says = "There are no configurations here: with a name the list is"
		    " empty.",
	    .example = "" },
	{ .name = "organization",
	    .type = QUERY_ORGANIZATION,
	    .component = "AuditOrganization",
	    .says = "In place of the context's organization the one of this id"
		    " or name; also a deleted one, for those who were its"
		    " admins.",
	    .example = "acme-observability" },
};
static const struct query_table query = QUERY_TABLE(parameters);

enum { OF_PAGE = 2 }; /* limit and after */
const struct query_table audit_event_filters = { parameters + OF_PAGE,
	sizeof(parameters) / sizeof(parameters[0]) - OF_PAGE };

static const struct describe list_words = {
	.tag = "Audit",
	.summary = "List the audit trail of the organization",
	.says = "What was written in the context's organization, the newest"
		" first. For its admins; an API key that is bound to a project"
		" gets what was done there. To poll, send the newest timestamp"
		" plus one microsecond as `min-date`: nothing is lost and"
		" nothing comes twice.",
	.answer = "The audit events.",
	/* a header names another organization than the query */
	PROBLEMS(ERR_NO_RESOURCE),
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/audit-events",
	    .scope = SCOPE_CONTEXT,
	    .need = NEED_AUDITOR,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_ANY_QUERY | ROUTE_LIST,
	    .query = &query,
	    .does = &audit_event_operation,
	    .operation_id = "listAuditEvents",
	    .describe = &list_words },
};

extern const struct module audit_event_module;
const struct module audit_event_module = { ROUTES(routes),
	.statements = statements };
