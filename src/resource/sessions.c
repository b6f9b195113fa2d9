/*
 * All sessions of a person: to list them, to end one or all.
 */
#include <string.h>

#include "http/cookie.h"
#include "resource/module.h"
#include "resource/session.h"

struct session_row {
	char id[ULID_SIZE];
	int64_t created_at, seen_at, expires_at;
	bool is_current;
};

#define MEMBER(member_, column_, type_, at_) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		.part = PART_FLAT, FIELD_AT(struct session_row, at_) \
	}
static const struct field fields[] = {
	MEMBER("id", "id", FIELD_TEXT, id),
	MEMBER("createdAt", "created_at", FIELD_TIME, created_at),
	MEMBER("lastSeenAt", "seen_at", FIELD_TIME, seen_at),
	MEMBER("expiresAt", "expires_at", FIELD_TIME, expires_at),
	MEMBER("current", "is_current", FIELD_BOOL, is_current),
};
static const struct resource resource = { .table = FIELD_TABLE(fields) };

/* Which one is the caller's is known when the caller is. */
static const struct statement list = {
	.text = "SELECT s.id, s.created_at, s.seen_at,"
		" LEAST(s.idle_ends_at, s.ends_at) AS expires_at,"
		" s.id <=> ? AS is_current FROM users u"
		" JOIN sessions s FORCE INDEX (PRIMARY) ON s.user_id = u.id"
		" AND s.epoch = u.session_epoch AND " SESSION_IS_LIVE(
		    "s") " WHERE u.id = ? ORDER BY s.id",
	.values = 2,
	.tables = { &resource.table },
};

static const struct statement *const statements[] = { &list, NULL };

static enum err put_rows(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	const struct db_value values[] = { db_text(caller->session_id),
		db_text(caller->user_id) };
	const struct db_query query = { list.text, values, list.values, false };
	struct session_row row;
	const struct db_target target = { { { &resource.table, &row } }, 1, 0 };
	bool more = false;
	enum err err = db_select(call->st->db, &query, &target);

	while (!err && !(err = db_next(call->st->db, &more)) && more)
		represent_resource(rs, &resource, &row);
	return err;
}

static enum err list_all(struct call *call, struct response *rs)
{
	struct json_writer *json = &rs->json;
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "sessions");
	json_open_list(json);
	if ((err = put_rows(call, rs)))
		return err;
	json_close_list(json);
	json_close_object(json);
	return json->failed;
}

static enum err end_one(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	const char *id = route_value(call->match, "id");
	bool found = false;
	enum err err = ERR_NONE;

	if (values_is_name(id))
		err = session_end(call->st, caller->user_id, id, &found);
	if (err)
		return err;
	if (!found)
		return fault_set(&call->rq->fault, ERR_NO_RESOURCE,
		    "there is no session of that id: GET /v1/sessions lists"
		    " those of the caller");
	if (strcmp(id, caller->session_id) == 0)
		cookie_set(rs, NULL);
	return respond_empty(rs, 204);
}

static enum err end_all(struct call *call, struct response *rs)
{
	const struct caller *caller = &call->asker.caller;
	enum err err = session_end_all(call->st, caller->user_id);

	if (err)
		return err;
	if (caller->session_id[0] != '\0')
		cookie_set(rs, NULL);
	return respond_empty(rs, 204);
}

#define OWN(method_, path_) \
	.method = method_, .pattern = path_, .scope = SCOPE_SELF, \
	.need = NEED_PERSON, .unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ OWN(METHOD_GET, "/v1/sessions"), .handle = list_all,
	    .operation_id = "listSessions", .describe = &sessions_list_words },
	{ OWN(METHOD_DELETE, "/v1/sessions/{id}"), .handle = end_one,
	    .operation_id = "endSession",
	    .describe = &sessions_delete_one_words },
	{ OWN(METHOD_DELETE, "/v1/sessions"), .handle = end_all,
	    .operation_id = "endSessions", .describe = &sessions_delete_words },
};

extern const struct module sessions_module;
const struct module sessions_module = { ROUTES(routes),
	.statements = statements };
