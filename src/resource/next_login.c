/*
 * The project that a person wants to be in after the next login.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "model/example.h"
#include "resource/module.h"
#include "store/columns.h"

/* The person as a member of the project's organization. */
static const struct shape shape = {
	.resource = &user_resource,
	.one = "user",
	SHAPE_OF(struct user),
	.kind = 'u',
	EXAMPLES(struct user, EXAMPLE_ADA("admin")),
};

struct next_login {
	const char *project_id;
};
static const struct field body_fields[] = {
	{ .member = "accountId",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct next_login, project_id),
	    .domain = &domain_id,
	    .says = "The project.",
	    .example = "01JD8C2W6HZ0B5QK9MTXV3RN4F" },
};
static const struct field_table body_table = FIELD_TABLE(body_fields);

static const struct statement find = {
	.scope = SCOPE_PROJECT,
	.columns = USER_COLUMNS ", mb.role",
	.text =
	    "LEFT JOIN organization_bindings mb"
	    " ON mb.organization_id = o.id AND mb.user_id = u.id" USER_JOINS,
	.tables = { &user_resource.table },
};

/* The person as a member where the next project is: for a replay. */
static const struct statement find_again = {
	.scope = SCOPE_SELF,
	.columns = USER_COLUMNS ", mb.role",
	.text = "LEFT JOIN users xu ON xu.id = u.id"
		" LEFT JOIN projects xp ON xp.id = xu.next_login_project_id"
		" LEFT JOIN organization_bindings mb ON mb.user_id = u.id"
		" AND mb.organization_id = xp.organization_id" USER_JOINS,
	.tables = { &user_resource.table },
};

static const struct statement set_it = {
	.text = "UPDATE users SET next_login_project_id = ?, modified_at = ?,"
		" version = version + 1 WHERE id = ? AND version = ?",
	IN(ROW(TEXT, struct user, next_login_project_id), NOW,
	    OLD(TEXT, struct user, id), OLD(INTEGER, struct user, version)),
};

static const struct statement *const statements[] = { &find, &find_again,
	&set_it, NULL };

/* That of the scope, which the body has named. */
static enum err make(struct call *call, void *row)
{
	struct user *made = row;

	text_set(made->next_login_project_id,
	    sizeof(made->next_login_project_id), call->asker.caller.project_id);
	return ERR_NONE;
}

static const struct plan plan = {
	STEPS({ &set_it, ERR_STALE, ERR_NONE }),
	.action = "user.next-login",
	.kind = "User",
	.subject = OLD(TEXT, struct user, id),
	.detail = ROW(TEXT, struct user, next_login_project_id),
	ABOUT_PROJECT(ROW(TEXT, struct user, next_login_project_id)),
	PARTS({ "project", ROW(TEXT, struct user, next_login_project_id),
	    false }),
};

static const struct operation get_again = {
	.kind = OPERATION_GET,
	.shape = &shape,
	.read = &find_again,
	.need = NEED_PERSON,
};
static const struct operation change = {
	.kind = OPERATION_CHANGE,
	.shape = &shape,
	.read = &find,
	.make = make,
	.seen = &get_again,
	.modified_at = offsetof(struct user, modified_at),
	.write = &plan,
};

static const struct describe words = {
	.tag = "Users",
	.summary = "Say which project comes next",
	.says =
	    "The project that the caller wants to be in after the next login:"
	    " one that the caller is bound to. For a person with login and"
	    " password; an API key gets 403 `not-for-keys`. The organization"
	    " is that of the project.",
	.answer = "The person as a member of the project's organization.",
	.body = "SetNextProject",
	.body_says = "The project.",
	BODIES({ "project", "accountId" }),
	PROBLEMS(ERR_NOT_FOR_KEYS),
};

#define NEXT_LOGIN(path_, id_) \
	{ \
		.method = METHOD_PATCH, .pattern = path_, \
		.scope = SCOPE_PROJECT, .need = NEED_PERSON, \
		.unknown = ERR_NO_RESOURCE, \
		.flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_NAMED_BY_BODY, \
		.body = &body_table, .body_size = sizeof(struct next_login), \
		.does = &change, .operation_id = id_, .describe = &words \
	}

static const struct route routes[] = {
	NEXT_LOGIN("/v1/projects/next-login", "setNextProject"),
	NEXT_LOGIN("/v1/accounts/next-login", "setNextAccount"),
};

extern const struct module next_login_module;
const struct module next_login_module = { ROUTES(routes),
	.statements = statements };
