/*
 * What the service holds of the caller, and of an organization, to take along.
 */
#include "store/export.h"
#include "api/call.h"
#include "resource/module.h"

/* HEAD needs no more than the status, which is out when the buffer was full. */
static enum err end_of_head(const struct response *rs, enum err err)
{
	return rs->rq->is_head && rs->is_started ? ERR_NONE : err;
}

/* --- of the caller -------------------------------------------------------- */

struct document {
	struct json_writer *json;
	const struct export_section *at; /* whose list is open; NULL: none */
};

/* Lists of sections without a row are empty; the first is no list. */
static void move_to(struct document *d, const struct export_section *section)
{
	while (d->at != section) {
		if (d->at != NULL && d->at != export_person)
			json_close_list(d->json);
		d->at = d->at == NULL ? export_person : d->at + 1;
		if (d->at->name == NULL)
			return;
		json_key(d->json, d->at->name);
		if (d->at != export_person)
			json_open_list(d->json);
	}
}

static enum err put_row(void *context, const struct export_section *section,
    const struct export_row *row)
{
	const struct field_table *table = section->statement.tables[0];
	struct document *d = context;

	move_to(d, section);
	json_open_object(d->json);
	for (size_t i = 0; i < table->count; i++) {
		json_key(d->json, table->rows[i].member);
		json_field(d->json, &table->rows[i], row);
	}
	json_close_object(d->json);
	return d->json->failed;
}

static const struct export_section *end_of(const struct export_section *section)
{
	while (section->name != NULL)
		section++;
	return section;
}

static enum err export_me(struct call *call, struct response *rs)
{
	struct document d = { .json = &rs->json };
	const struct export_to to = { put_row, &d };
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(d.json);
	json_key(d.json, "exportedAt");
	json_time(d.json, call->st->now);
	if ((err = export_each(
		 call->st, export_person, call->asker.caller.user_id, &to)))
		return err;
	move_to(&d, end_of(export_person));
	json_close_object(d.json);
	return d.json->failed;
}

/* --- of an organization --------------------------------------------------- */

static enum err put_line(void *context, const char *line, size_t length)
{
	struct response *rs = context;

	json_bytes(&rs->json, line, length);
	return rs->json.failed;
}

static enum err export_it(struct call *call, struct response *rs)
{
	const struct export_lines out = { put_line, rs };
	const char *id = call->asker.caller.organization_id;
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/x-ndjson");
	response_header(rs, "Content-Disposition",
	    arena_print(
		call->rq->mem, "attachment; filename=\"%s.ndjson\"", id));
	return end_of_head(rs, export_write(call->st, id, &out));
}

/* --- words ---------------------------------------------------------------- */

#define A_STRING "{'type':'string'}"
#define A_TIME "{'type':['string','null'],'format':'date-time'}"
#define A_NUMBER "{'type':'integer'}"
#define A_FLAG "{'type':'boolean'}"
#define A_ROW "{'type':'object','properties':{"
#define A_LIST "{'type':'array','items':" A_ROW

static const struct describe_answer person = {
	.status = 200,
	.schema = "PersonExport",
	.text =
	    "{'type':'object','required':['exportedAt','user','memberships',"
	    "'projectRoles','rolesInDeletedOrganizations','apiKeys',"
	    "'invitationsMade','invitationsReceived','sessions',"
	    "'securityEvents','loginFailures','addressChanges','mails'],"
	    "'properties':{"
	    "'exportedAt':" A_TIME ",'user':" A_ROW "'id':" A_STRING
	    ",'name':" A_STRING ",'displayName':" A_STRING ",'email':" A_STRING
	    ",'activeProjectId':" A_STRING ",'nextLoginProjectId':" A_STRING
	    ",'systemAdmin':" A_FLAG ",'emailProved':" A_FLAG
	    ",'createdAt':" A_TIME ",'modifiedAt':" A_TIME "}}"
	    ",'memberships':" A_LIST "'organizationId':" A_STRING
	    ",'displayName':" A_STRING ",'role':" A_STRING ",'since':" A_TIME
	    "}}}"
	    ",'projectRoles':" A_LIST "'organizationId':" A_STRING
	    ",'projectId':" A_STRING ",'displayName':" A_STRING
	    ",'role':" A_STRING ",'since':" A_TIME "}}}"
	    ",'rolesInDeletedOrganizations':" A_LIST
	    "'organizationId':" A_STRING ",'projectId':" A_STRING
	    ",'role':" A_STRING ",'since':" A_TIME "}}}"
	    ",'apiKeys':" A_LIST "'id':" A_STRING ",'description':" A_STRING
	    ",'organizationId':" A_STRING ",'projectId':" A_STRING
	    ",'role':" A_STRING ",'lastUsedOn':" A_STRING ",'createdAt':" A_TIME
	    ",'expiresAt':" A_TIME "}}}"
	    ",'invitationsMade':" A_LIST "'id':" A_STRING
	    ",'organizationId':" A_STRING ",'email':" A_STRING
	    ",'role':" A_STRING ",'state':" A_STRING ",'createdAt':" A_TIME
	    ",'expiresAt':" A_TIME "}}}"
	    ",'invitationsReceived':" A_LIST "'id':" A_STRING
	    ",'organizationId':" A_STRING ",'email':" A_STRING
	    ",'role':" A_STRING ",'state':" A_STRING ",'createdAt':" A_TIME
	    ",'expiresAt':" A_TIME "}}}"
	    ",'sessions':" A_LIST "'id':" A_STRING ",'createdAt':" A_TIME
	    ",'lastSeenAt':" A_TIME ",'expiresAt':" A_TIME "}}}"
	    ",'securityEvents':" A_LIST "'id':" A_STRING ",'action':" A_STRING
	    ",'sessionId':" A_STRING ",'organizationId':" A_STRING
	    ",'requestId':" A_STRING ",'at':" A_TIME "}}}"
	    ",'loginFailures':" A_LIST "'address':" A_STRING
	    ",'failures':" A_NUMBER ",'lastAt':" A_TIME "}}}"
	    ",'addressChanges':" A_LIST "'email':" A_STRING ",'askedAt':" A_TIME
	    "}}}"
	    ",'mails':" A_LIST "'id':" A_STRING ",'about':" A_STRING
	    ",'state':" A_STRING ",'createdAt':" A_TIME ",'endedAt':" A_TIME
	    "}}}"
	    "}}",
	.example = "{'exportedAt':'2025-11-20T09:14:03.512Z','user':{"
		   "'id':'01JD8A6TQ4C0XK9V3MZ7HBW5RN','name':'ada',"
		   "'displayName':'Ada','email':'ada@acme.example',"
		   "'activeProjectId':'','nextLoginProjectId':'',"
		   "'systemAdmin':false,'emailProved':true,"
		   "'createdAt':'2025-11-20T09:14:03.512Z',"
		   "'modifiedAt':'2025-11-20T09:14:03.512Z'},"
		   "'memberships':[],'projectRoles':[],"
		   "'rolesInDeletedOrganizations':[],'apiKeys':[],"
		   "'invitationsMade':[],'invitationsReceived':[],"
		   "'sessions':[],'securityEvents':[],'loginFailures':[],"
		   "'addressChanges':[],'mails':[]}",
};

static const struct describe person_words = {
	.tag = "Users",
	.summary = "Export what there is of oneself",
	.says = "All that the service holds of the caller as one document:"
		" account, roles, API keys without what is secret, invitations"
		" made and received, sessions, security events, wrong"
		" passwords for the login, an address that waits to be"
		" confirmed, and mails of the last week. What the caller has"
		" done in an organization stands in its audit trail. For a"
		" person with login and password or a session, which gives its"
		" password again; an API key gets 403 `not-for-keys`.",
	.answer = "The document.",
	.function = &person,
};

static const struct describe_answer lines = {
	.status = 200,
	.plain_type = "application/x-ndjson",
	.plain = "A JSON value a line (application/x-ndjson). The first has"
		 " `format`, the last `lines` and `sha256`, of all bytes before"
		 " it; each other one has its `kind`.",
};

static const struct describe organization_words = {
	.tag = "Organizations",
	.summary = "Export an organization",
	.says = "The organization, its license, projects, members and their"
		" roles, pending invitations and API keys, without what is"
		" secret: no key, no token, no digest. `tenantryctl import`"
		" reads it. For its admins; a session gives its password"
		" again.",
	.answer = "The export, as long as its last line is there.",
	.function = &lines,
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/users/me/export",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_STEPS_UP,
	    .handle = export_me,
	    .operation_id = "exportOneself",
	    .describe = &person_words },
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations/{id}/export",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_STEPS_UP | ROUTE_MANAGES | ROUTE_ANY_ACCEPT,
	    .handle = export_it,
	    .operation_id = "exportOrganization",
	    .describe = &organization_words },
};

extern const struct module export_module;
const struct module export_module = { ROUTES(routes) };
