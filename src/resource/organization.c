/*
 * Organizations.
 */
#include "resource/organization.h"

#include <string.h>

#include "api/call.h"
#include "resource/named.h"
#include "store/columns.h"
#include "store/deleted.h"
#include "store/organization.h"
#include "store/repeat.h"

const struct shape organization_shape = {
	.resource = &organization_resource,
	.one = "organization",
	.many = "organizations",
	SHAPE_OF(struct organization),
	.text = offsetof(struct organization, labels),
	EXAMPLES(struct organization, EXAMPLE_ORGANIZATION),
};

#define MEMBER(name_, type_, flags_, struct_, member_, ...) \
	{ \
		.member = name_, .type = type_, .flags = flags_, \
		FIELD_AT(struct_, member_), __VA_ARGS__ \
	}

struct rename_body {
	struct name name;
};
static const struct field rename_fields[] = {
	MEMBER("displayName", FIELD_NAME, FIELD_REQUIRED, struct rename_body,
	    name, .alias = "organizationName", .says = "The new display name.",
	    .example = "Acme Telemetry"),
};
static const struct field_table rename_table = FIELD_TABLE(rename_fields);

static const struct field change_fields[] = {
	MEMBER("displayName", FIELD_NAME, FIELD_STRICT, struct named_change,
	    name, .says = "The new display name.", .example = "Acme Telemetry"),
	MEMBER("labels", FIELD_LABELS, 0, struct named_change, labels,
	    .domain = &domain_new_labels),
};
static const struct field_table change_table = FIELD_TABLE(change_fields);

/*
 * The caller's memberships that the key does not shut out.  The primary key
 * (user, organization) brings them in the order of the organizations.  No
 * membership is without its organization (a foreign key); an inner join of the
 * two costs the optimizer 2 us more.
 */
static const struct statement list = {
	.scope = SCOPE_SELF,
	.columns = ORGANIZATION_COLUMNS,
	.text = "LEFT JOIN organization_bindings m FORCE INDEX (PRIMARY)"
		" ON m.user_id = u.id AND (k.organization_id IS NULL"
		" OR m.organization_id = k.organization_id)"
		" AND m.organization_id > ?"
		" AND (? IS NULL OR EXISTS (SELECT 1 FROM organizations f"
		" WHERE f.id = m.organization_id"
		" AND LOCATE(?, f.name_key) = 1))"
		" LEFT JOIN organizations mo ON mo.id = m.organization_id"
		" LIMIT ?",
	.tables = { &organization_resource.table },
	IN(AFTER, QUERY("q"), QUERY("q"), LIMIT),
};

const struct statement organization_read = {
	.scope = SCOPE_NAMED,
	.columns = ORGANIZATION_COLUMNS,
	.text = "LEFT JOIN organizations mo ON mo.id = o.id",
	.tables = { &organization_resource.table },
};

static const struct statement change_row = {
	.text = "UPDATE organizations SET version = version + 1,"
		" modified_at = ?, display_name = ?,"
		" name_key = COALESCE(NULLIF(?, ''), name_key),"
		" labels = NULLIF(?, '{}')"
		" WHERE id = ? AND version = ?",
	IN(NOW, ROW(TEXT, struct organization, display_name),
	    ROW(KEY, struct organization, name_key),
	    ROW(TEXT, struct organization, labels),
	    OLD(TEXT, struct organization, id),
	    OLD(INTEGER, struct organization, version)),
};

static const struct operation *list_deleted(struct call *call)
{
	const char *state = query_value(&call->query, "state");

	return state != NULL && strcmp(state, "deleted") == 0
	    ? &organization_list_deleted
	    : NULL;
}

static const struct operation list_all = {
	.kind = OPERATION_LIST,
	.shape = &organization_shape,
	.read = &list,
	.instead = list_deleted,
};
const struct operation organization_get = {
	.kind = OPERATION_GET,
	.shape = &organization_shape,
	.read = &organization_read,
	.need = NEED_MEMBER,
	.location = "/v1/organizations/{}",
};

static enum err make_changed(struct call *call, void *row)
{
	struct organization *made = row;

	named_make(
	    call->body, made->display_name, made->name_key, made->labels);
	/* labels are for every admin */
	return made->name_key[0] != '\0'
	    ? caller_may_manage(&call->asker.caller, &call->rq->fault)
	    : ERR_NONE;
}

static enum err explain_name(struct call *call, const void *row, enum err err)
{
	const struct organization *made = row;

	return err == ERR_NAME_IN_USE
	    ? deleted_refuse_name(call->st, &call->asker, made->name_key)
	    : err;
}

#define CHANGE_PLAN(action_, detail_) \
	{ \
		STEPS({ &change_row, ERR_STALE, ERR_NAME_IN_USE }), \
		    .action = action_, .kind = "Organization", \
		    .subject = OLD(TEXT, struct organization, id), \
		    .detail = ROW(TEXT, struct organization, detail_), \
		    PARTS({ "labels", ROW(TEXT, struct organization, labels), \
			      true }, \
			{ "name", \
			    ROW(TEXT, struct organization, display_name), \
			    false }) \
	}
static const struct plan rename_plan = CHANGE_PLAN(
    "organization.rename", display_name);
static const struct plan label_plan = CHANGE_PLAN("organization.label", labels);

static const struct plan *choose_plan(const void *row)
{
	const struct organization *made = row;

	return made->name_key[0] != '\0' ? &rename_plan : &label_plan;
}

static const struct operation change_it = {
	.kind = OPERATION_CHANGE,
	.shape = &organization_shape,
	.read = &organization_read,
	.make = make_changed,
	.explain = explain_name,
	.seen = &organization_get,
	.modified_at = offsetof(struct organization, modified_at),
	.write = &rename_plan,
	.choose_plan = choose_plan,
};

/* A function, since it shows nothing, and reads no row before (0038). */
static enum err rename_it(struct call *call, struct response *rs)
{
	const struct rename_body *body = call->body;
	const struct repeat_answer answer = { .status = 200 };
	enum err err;

	repeat_promise(call->st, answer);
	err = organization_rename(call->st, &call->asker, &body->name);
	return err ? err : respond_empty(rs, 200);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe list_words = {
	.tag = "Organizations",
	.summary = "List organizations",
	.says = "The organizations that the caller belongs to, ordered by"
		" creation.",
	.answer = "The organizations.",
	.other = &organization_list_deleted,
};

static const struct describe get_words = {
	.tag = "Organizations",
	.summary = "Read an organization",
	.says = "By id or by name (`metadata.name`, not the display name). For"
		" its members.",
	.answer = "The organization.",
};

static const struct describe_answer empty = { .status = 200 };

static const struct describe change_words = {
	.tag = "Organizations",
	.summary = "Change an organization",
	.says = "For its admins. What is left out stays; what is so already"
		" changes nothing and is 200. `metadata.name` stays in any"
		" case. A service key needs `manage` for a new name.",
	.answer = "The organization as it is now.",
	.body = "ChangeOrganization",
	.body_says = "What changes.",
	BODIES({ "name", "displayName" }, { "labels", "labels" }),
};

static const struct describe rename_words = {
	.tag = "Organizations",
	.summary = "Rename an organization",
	.says =
	    "Changes the display name; `metadata.name` stays. For its admins.",
	.answer = "The organization is renamed. The body is empty.",
	.body = "RenameOrganization",
	.body_says = "The new name.",
	BODIES({ "name", "displayName" }),
	PROBLEMS(ERR_NAME_IN_USE),
	.function = &empty,
};

/* --- routes --------------------------------------------------------------- */

static const struct route routes[] = {
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations",
	    .scope = SCOPE_SELF,
	    .need = NEED_NOTHING,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST,
	    .query = &organization_query,
	    .does = &list_all,
	    .operation_id = "listOrganizations",
	    .describe = &list_words },
	{ .method = METHOD_GET,
	    .pattern = "/v1/organizations/{id}",
	    .scope = SCOPE_NAMED,
	    .need = NEED_MEMBER,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_ANY_QUERY,
	    .does = &organization_get,
	    .operation_id = "getOrganization",
	    .describe = &get_words },
	{ .method = METHOD_PATCH,
	    .pattern = "/v1/organizations/{id}",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_FUSED | ROUTE_WRITES,
	    .body = &change_table,
	    .body_size = sizeof(struct named_change),
	    .does = &change_it,
	    .operation_id = "changeOrganization",
	    .describe = &change_words },
	{ .method = METHOD_PATCH,
	    .pattern = "/v1/organizations/{id}/metadata",
	    .scope = SCOPE_NAMED,
	    .need = NEED_ADMIN,
	    .unknown = ERR_NO_RESOURCE,
	    .flags = ROUTE_WRITES | ROUTE_MANAGES,
	    .body = &rename_table,
	    .body_size = sizeof(struct rename_body),
	    .handle = rename_it,
	    .operation_id = "renameOrganization",
	    .describe = &rename_words },
};

static const struct statement *const statements[] = { &list, &organization_read,
	&change_row, NULL };

extern const struct module organization_module;
const struct module organization_module = { ROUTES(routes),
	.statements = statements };
