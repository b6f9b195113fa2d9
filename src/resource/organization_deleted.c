/*
 * Organizations that are deleted, for those who were their admins: list,
 * restore, purge.  To everybody else they are not there.
 */
#include "resource/organization.h"

#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "store/columns.h"
#include "store/deleted.h"
#include "store/repeat.h"
#include "store/rights.h"

/* --- list ----------------------------------------------------------------- */

#define KEY_IS_FREE \
	"(" KEY_IS_FULL " AND k.project_id IS NULL" \
	" AND k.organization_id IS NULL)"

/* All for a system administrator, else those that were the caller's. */
static const struct statement list = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS
	", mo.deleted_at, mo.purge_after, mo.deleted_by",
	.text = "LEFT JOIN organizations ao"
		" FORCE INDEX (organizations_restorable)"
		" ON ao.is_restorable = IF(u.is_system_admin AND " KEY_IS_FREE
		", 1, NULL) AND ao.id > ?"
		" AND (? IS NULL OR LOCATE(?, ao.name_key) = 1)"
		" LEFT JOIN deleted_bindings m"
		" FORCE INDEX (deleted_bindings_user) ON m.user_id ="
		" IF(NOT u.is_system_admin AND " KEY_IS_FREE ", u.id, NULL)"
		" AND m.role = 'admin' AND m.organization_id > ?"
		" AND m.project_id = ''"
		" AND EXISTS (SELECT 1 FROM organizations f"
		" WHERE f.id = m.organization_id AND f.is_restorable = 1"
		" AND (? IS NULL OR LOCATE(?, f.name_key) = 1))"
		" LEFT JOIN organizations mo"
		" ON mo.id = COALESCE(ao.id, m.organization_id) LIMIT ?",
	.tables = { &deleted_organization_resource.table },
	IN(AFTER, QUERY("q"), QUERY("q"), AFTER, QUERY("q"), QUERY("q"), LIMIT),
};

static const struct shape shape = {
	.resource = &deleted_organization_resource,
	.one = "organization",
	.many = "organizations",
	SHAPE_OF(struct organization),
	.text = offsetof(struct organization, labels),
};

const struct operation organization_list_deleted = {
	.kind = OPERATION_LIST, .shape = &shape, .read = &list
};

/* --- one ------------------------------------------------------------------ */

/* An organization, deleted or not, and what the caller is or was there. */
struct found {
	struct organization organization;
	char not_restored[128]; /* of the answer */
	bool is_deleted, is_restorable, is_admin, is_member;
};

#define FACT(column_, member_) \
	{ \
		.column = column_, .type = FIELD_BOOL, \
		FIELD_AT(struct found, member_) \
	}
static const struct field facts[] = {
	FACT("is_deleted", is_deleted),
	FACT("is_restorable", is_restorable),
	FACT("is_admin", is_admin),
	FACT("is_member", is_member),
};
static const struct field_table fact_table = FIELD_TABLE(facts);

#define IN_BOUNDS "(k.organization_id IS NULL OR k.organization_id = mo.id)"

static const struct statement find = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS
	", mo.deleted_at IS NOT NULL AS is_deleted,"
	" mo.is_restorable IS NOT NULL AS is_restorable,"
	" " KEY_IS_FULL " AND k.project_id IS NULL AND " IN_BOUNDS
	" AND (u.is_system_admin OR mb.role = 'admin' OR md.role = 'admin')"
	" AS is_admin, " IN_BOUNDS " AND (u.is_system_admin"
	" OR mb.role IS NOT NULL) AS is_member",
	.text = "LEFT JOIN organizations mo ON mo.id = COALESCE((SELECT n.id"
		" FROM organizations n WHERE n.name = ?), ?)"
		" LEFT JOIN organization_bindings mb ON mb.user_id = u.id"
		" AND mb.organization_id = mo.id"
		" LEFT JOIN deleted_bindings md ON md.organization_id = mo.id"
		" AND md.user_id = u.id AND md.project_id = ''",
	.values = 2,
	.tables = { &organization_resource.table, &fact_table },
};

static const struct statement *const statements[] = { &list, &find, NULL };

static enum err find_it(struct call *call, struct found *row)
{
	const char *id = route_value(call->match, "id");
	struct db_value value = db_text(values_is_name(id) ? id : NO_ID);
	const struct db_value values[] = { value, value };
	void *const into[STATEMENT_TABLES_MAX] = { row, row };
	enum err err;

	memset(row, 0, sizeof(*row));
	err = caller_select(call->st, &call->asker, &find, values, into);
	db_finish(call->st->db);
	return err;
}

static enum err absent(struct call *call)
{
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_MEMBERSHIP,
	    "there is no deleted organization of that id or name for this"
	    " credential: GET /v1/organizations?state=deleted lists those that"
	    " it can restore");
}

/* Who may not see it, and who sees it only while it is not deleted. */
static enum err judge(struct call *call, const struct found *row)
{
	if (row->organization.id[0] == '\0')
		return absent(call);
	if (row->is_admin)
		return ERR_NONE;
	if (row->is_deleted || !row->is_member)
		return absent(call);
	return call_refuse(call, CAUSE_ROLE, "admin",
	    "this needs an admin of the organization, and a key without a"
	    " lower role");
}

/* --- restore -------------------------------------------------------------- */

struct restore_body {
	bool keys;
};
static const struct field restore_fields[] = {
	{ .member = "keys",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct restore_body, keys),
	    .says = "true: the API keys that are bound to it and that the"
		    " delete has ended work again, until their own end.",
	    .example = "true" },
};
static const struct field_table restore_table = FIELD_TABLE(restore_fields);

static const struct field beside_fields[] = {
	{ .member = "notRestored",
	    .type = FIELD_JSON,
	    FIELD_AT(struct found, not_restored) },
};
static const struct field_table beside = FIELD_TABLE(beside_fields);

struct restoring {
	struct call *call;
	struct found *row;
	struct restore restore;
};

/* It is there, restored already or never deleted: ERR_UNCHANGED. */
static enum err find_to_restore(struct restoring *in)
{
	enum err err = find_it(in->call, in->row);

	if (err || (err = judge(in->call, in->row)))
		return err;
	if (!in->row->is_deleted)
		return ERR_UNCHANGED;
	return in->row->is_restorable ? ERR_NONE : absent(in->call);
}

static enum err restore_body(struct store *st, void *context)
{
	struct restoring *in = context;
	struct organization *organization = &in->row->organization;
	char id[ULID_SIZE];
	enum err err;

	memcpy(id, in->restore.organization_id, sizeof(id));
	err = deleted_lock(st, id);
	if (err)
		return err == ERR_NO_RESOURCE ? absent(in->call) : err;
	if ((err = find_to_restore(in)))
		return err;
	in->restore.organization_id = organization->id;
	in->restore.name = organization->display_name;
	if ((err = deleted_restore(st, &in->restore)))
		return err == ERR_STALE ? ERR_CONFLICT : err;
	organization->version++;
	organization->modified_at = st->now;
	return ERR_NONE;
}

static enum err give_restored(struct restoring *in, struct response *rs)
{
	const struct restore *restore = &in->restore;
	const struct representation of = {
		.member = "organization",
		.resource = &organization_resource,
		.row = in->row,
		.version = in->row->organization.version,
		.beside = &beside,
	};
	struct text text = text_in(
	    in->row->not_restored, sizeof(in->row->not_restored));

	text_put(&text, "{\"members\":");
	text_put_number(&text, restore->members);
	text_put(&text, ",\"invitations\":");
	text_put_number(&text, restore->invitations);
	text_put(&text, ",\"apiKeys\":");
	text_put_number(&text, restore->keys);
	text_put(&text, "}");
	return respond_resource(rs, 200, NULL, &of);
}

static enum err restore(struct call *call, struct response *rs)
{
	const struct restore_body *body = call->body;
	struct restoring *in = arena_alloc(call->rq->mem, sizeof(*in));
	struct repeat_answer answer = { .status = 200 };
	enum err err;

	in->call = call;
	in->row = arena_alloc(call->rq->mem, sizeof(*in->row));
	if ((err = find_to_restore(in)) && err != ERR_UNCHANGED)
		return err;
	if (body->keys && err == ERR_NONE &&
	    (err = caller_step_up(&call->asker.caller, &call->rq->fault)))
		return err;
	if (err == ERR_NONE) {
		in->restore.with_keys = body->keys;
		in->restore.by = &call->asker.caller;
		in->restore.organization_id = arena_text(
		    call->rq->mem, in->row->organization.id);
		answer.id = in->restore.organization_id;
		repeat_promise(call->st, answer);
		err = store_transact(call->st, restore_body, in);
	}
	return err && err != ERR_UNCHANGED ? err : give_restored(in, rs);
}

/* --- purge ---------------------------------------------------------------- */

struct purge_body {
	const char *slug;
};
static const struct field purge_fields[] = {
	{ .member = "slug",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct purge_body, slug),
	    .domain = &domain_name,
	    .says = "`metadata.name` of the organization, so that no other is"
		    " meant.",
	    .example = "acme-observability" },
};
static const struct field_table purge_table = FIELD_TABLE(purge_fields);

struct purging {
	struct call *call;
	struct found *row;
	const char *id;
};

/* ERR_UNCHANGED: it has begun already. */
static enum err find_to_purge(struct purging *in)
{
	const struct purge_body *body = in->call->body;
	struct fault *fault = &in->call->rq->fault;
	enum err err = find_it(in->call, in->row);

	if (err || (err = judge(in->call, in->row)))
		return err;
	if (!in->row->is_deleted)
		return ERR_NOT_DELETED;
	if (!in->row->is_restorable)
		return ERR_UNCHANGED;
	if (strcmp(body->slug, in->row->organization.name) != 0)
		return fault_set(fault, ERR_BAD_FIELD,
		    "slug must be the name of the organization"
		    " (metadata.name)");
	return ERR_NONE;
}

static enum err purge_body(struct store *st, void *context)
{
	struct purging *in = context;
	enum err err = deleted_lock(st, in->id);

	if (err)
		return err == ERR_NO_RESOURCE ? absent(in->call) : err;
	if ((err = find_to_purge(in)))
		return err;
	return deleted_free(st, in->id, &in->call->asker.caller);
}

static enum err purge(struct call *call, struct response *rs)
{
	struct purging *in = arena_alloc(call->rq->mem, sizeof(*in));
	struct repeat_answer answer = { .status = 202 };
	enum err err;

	in->call = call;
	in->row = arena_alloc(call->rq->mem, sizeof(*in->row));
	err = find_to_purge(in);
	if (err == ERR_NONE) {
		in->id = arena_text(call->rq->mem, in->row->organization.id);
		answer.id = in->id;
		repeat_promise(call->st, answer);
		err = store_transact(call->st, purge_body, in);
	}
	return err && err != ERR_UNCHANGED ? err : respond_empty(rs, 202);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer restored = {
	.status = 200,
	.schema = "RestoredOrganization",
	.text = "{'type':'object','required':['organization'],"
		"'properties':{'organization':#Organization,"
		"'notRestored':{'type':'object',"
		"'description':'How many have not come back; not in a"
		" replay.',"
		"'required':['members','invitations','apiKeys'],"
		"'properties':{'members':{'type':'integer'},"
		"'invitations':{'type':'integer'},"
		"'apiKeys':{'type':'integer'}}}}}",
	.example = "{'organization':@Organization,'notRestored':"
		   "{'members':0,'invitations':1,'apiKeys':2}}",
};

static const struct describe_path path = {
	.name = "id",
	.component = "OrganizationId",
	.says = "The id of the organization, or its name.",
	.domain = &domain_name_or_id,
	.example = "acme-observability",
};

static const struct describe restore_words = {
	.tag = "Organizations",
	.summary = "Restore a deleted organization",
	.says =
	    "For those who were its admins, and for system administrators. It"
	    " is as before, with the same ids and names, and its members have"
	    " their roles again, but for those who were disabled meanwhile. No"
	    " limit of the license is in the way. Invitations do not come"
	    " back, and API keys only with `keys`. An organization that is not"
	    " deleted stays as it is, which is 200 for its admins. After a"
	    " purge has begun it is 404.",
	.answer = "The organization, and what has not come back.",
	.body = "RestoreOrganization",
	.body_says = "What comes back; without a body no API key does.",
	BODIES({ "keys", "keys" }),
	PROBLEMS(ERR_STEP_UP),
	.path = &path,
	.function = &restored,
};

static const struct describe_answer nothing = { .status = 202 };

static const struct describe purge_words = {
	.tag = "Organizations",
	.summary = "Purge a deleted organization",
	.says =
	    "It cannot be restored from now on, and its name is free at once."
	    " What belonged to it is removed bit by bit; audit events stay."
	    " For those who were its admins, and for system administrators,"
	    " with login and password; an API key gets 403 `not-for-keys`. An"
	    " organization that is not deleted is 409 `not-deleted` for its"
	    " admins. A second time it is 202 too, as long as there is"
	    " something to remove.",
	.answer = "The purge has begun.",
	.body = "PurgeOrganization",
	.body_says = "Which organization.",
	BODIES({ "slug", "slug" }),
	PROBLEMS(ERR_NOT_FOR_KEYS, ERR_NOT_DELETED),
	.path = &path,
	.function = &nothing,
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/organizations/{id}/restore",
	    .scope = SCOPE_SELF,
	    .need = NEED_NOTHING,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_MAY_BE_BARE,
	    .body = &restore_table,
	    .body_size = sizeof(struct restore_body),
	    .handle = restore,
	    .seen = { &organization_get },
	    .operation_id = "restoreOrganization",
	    .describe = &restore_words },
	{ .method = METHOD_POST,
	    .pattern = "/v1/organizations/{id}/purge",
	    .scope = SCOPE_SELF,
	    .need = NEED_PERSON,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_STEPS_UP,
	    .body = &purge_table,
	    .body_size = sizeof(struct purge_body),
	    .handle = purge,
	    .operation_id = "purgeOrganization",
	    .describe = &purge_words },
};

extern const struct module organization_deleted_module;
const struct module organization_deleted_module = { ROUTES(routes),
	.statements = statements };
