/*
 * Creating an organization, with its first project and its licence; and asking
 * before whether its name is in use.
 */
#include <string.h>

#include "api/call.h"
#include "api/limit.h"
#include "resource/licence_install.h"
#include "resource/organization.h"
#include "resource/project.h"
#include "store/organization.h"
#include "store/repeat.h"

#define MEMBER(name_, type_, flags_, struct_, member_, ...) \
	{ \
		.member = name_, .type = type_, .flags = flags_, \
		FIELD_AT(struct_, member_), __VA_ARGS__ \
	}

struct create_body {
	struct name organization_name;
	struct name project_name;
	bool eula_accepted;
	const char *licence_type; /* NULL = absent */
	const char *licence_key;
};
static const struct field create_fields[] = {
	MEMBER("organizationName", FIELD_NAME, FIELD_REQUIRED,
	    struct create_body, organization_name,
	    .says = "The display name of the organization."),
	MEMBER("accountName", FIELD_NAME, FIELD_REQUIRED, struct create_body,
	    project_name, .alias = "projectName",
	    .says = "The display name of its first project.",
	    .example = "Production"),
	MEMBER("eulaAccepted", FIELD_BOOL, FIELD_REQUIRED, struct create_body,
	    eula_accepted, .domain = &domain_true),
	MEMBER("licenseType", FIELD_STRING, 0, struct create_body, licence_type,
	    .domain = &domain_licence_type,
	    .says = "`free` where it is left out. Any other needs a"
		    " `licenseKey`, unless the caller is a system"
		    " administrator."),
	MEMBER("licenseKey", FIELD_STRING, 0, struct create_body, licence_key,
	    .domain = &domain_licence_key,
	    .says = "Used instead of a license that the service issues."),
};
static const struct field_table create_table = FIELD_TABLE(create_fields);

struct verify_body {
	struct name name;
};
static const struct field verify_fields[] = {
	MEMBER("organizationName", FIELD_NAME, FIELD_REQUIRED,
	    struct verify_body, name, .alias = "displayName",
	    .says = "The name asked about."),
};
static const struct field_table verify_table = FIELD_TABLE(verify_fields);

/* --- functions ------------------------------------------------------------ */

static enum err verify(struct call *call, struct response *rs)
{
	const struct verify_body *body = call->body;
	bool in_use;
	enum err err = organization_verify(
	    call->st, &call->asker, &body->name, &in_use);

	return err ? err : respond_flag(rs, "inUse", in_use);
}

/* The licence that a new organization starts with. */
static enum err first_licence(
    struct call *call, const char *organization_id, struct licence *out)
{
	const struct create_body *body = call->body;
	const char *type = body->licence_type ? body->licence_type : "free";
	struct fault *fault = &call->rq->fault;

	if (!body->eula_accepted)
		return fault_set(
		    fault, ERR_BAD_FIELD, "eulaAccepted must be true");
	if (licence_type_find(type) == NULL)
		return fault_set(
		    fault, ERR_BAD_FIELD, "licenseType is not known");
	if (body->licence_key != NULL)
		return licence_given(
		    call, body->licence_key, organization_id, out);
	if (strcmp(type, "free") != 0 &&
	    !caller_is_system_admin(&call->asker.caller))
		return call_refuse(call, CAUSE_ROLE, "system-admin",
		    "a licenseType other than free needs a licenseKey");
	return licence_issued(call, type, organization_id, out);
}

static enum err give_created(
    const struct organization_create *in, int status, struct response *rs)
{
	const struct response_part parts[2] = {
		{ "organization", &organization_resource, &in->organization },
		{ "account", &project_resource, &in->project },
	};

	return respond_created(rs, status,
	    arena_print(
		rs->rq->mem, "/v1/organizations/%s", in->organization.id),
	    parts, 2);
}

/* As many as the settings allow a user, but for a system administrator. */
static enum err create_within(struct call *call, struct organization_create *in)
{
	if (!caller_is_system_admin(&call->asker.caller))
		in->most = call->config->max_organizations;
	return organization_create(call->st, &call->asker, in);
}

/* A function, since it makes two resources. */
static enum err create(struct call *call, struct response *rs)
{
	const struct create_body *body = call->body;
	struct organization_create *in = arena_alloc(
	    call->rq->mem, sizeof(*in));
	struct licence licence = { .id = "" };
	const struct repeat_answer answer = {
		.status = call->config->create_status,
		.id = in->organization.id,
		.beside_id = in->project.id,
	};
	enum err err;

	in->name = &body->organization_name;
	in->project_name = &body->project_name;
	in->licence = &licence;
	repeat_promise(call->st, answer);
	if ((err = organization_plan(call->st, &call->asker, in)) ||
	    (err = limit_create(call, rs)) ||
	    (err = first_licence(call, in->organization.id, &licence)) ||
	    (err = create_within(call, in)))
		return err;
	return give_created(in, call->config->create_status, rs);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer created = {
	.status = 200,
	.schema = "CreatedOrganization",
	.has_location = true,
};

static const struct describe create_words = {
	.tag = "Organizations",
	.summary = "Create an organization",
	.says = "Organization, first project, license and the creator's"
		" memberships are made together or not at all. The creator's"
		" active project becomes the new one where there was none. Not"
		" for API keys that are bound to an organization or project."
		" The service may limit how many a user creates, deleted ones"
		" too (409 `organization-limit`, with `limits`), and how many"
		" in an hour (429).",
	.answer = "The new organization and its first project.",
	.created = "As 200, where the setting `create_status` is 201.",
	.body = "CreateOrganization",
	.body_says = "The new organization.",
	BODIES({ "free", "organizationName accountName eulaAccepted" },
	    { "key", "organizationName accountName eulaAccepted licenseKey" },
	    { "type",
		"organizationName accountName eulaAccepted licenseType" }),
	PROBLEMS(ERR_BAD_LICENCE, ERR_NAME_IN_USE, ERR_NOT_CREATED,
	    ERR_ORGANIZATION_LIMIT, ERR_THROTTLED, ERR_NO_SIGNING_KEY),
	.function = &created,
};

static const struct describe_answer use = {
	.status = 200,
	.schema = "NameUse",
	.text = "{'type':'object','required':['inUse'],"
		"'properties':{'inUse':{'type':'boolean'}}}",
	.example = "{'inUse':false}",
};

static const struct describe verify_words = {
	.tag = "Organizations",
	.summary = "Ask whether a name is in use",
	.says =
	    "Advice only: whether the name is still free is decided when the"
	    " organization is created. Two names are the same where their"
	    " NFKC case-folded forms are.",
	.answer = "Whether the name is in use.",
	.body = "VerifyName",
	.body_says = "The name.",
	BODIES({ "name", "organizationName" }),
	.function = &use,
};

/* --- routes --------------------------------------------------------------- */

#define VERIFY(method_, id_) \
	{ \
		.method = method_, .pattern = "/v1/organizations/verify", \
		.scope = SCOPE_SELF, .need = NEED_NOTHING, \
		.unknown = ERR_FORBIDDEN, .flags = ROUTE_FUSED, \
		.body = &verify_table, \
		.body_size = sizeof(struct verify_body), .handle = verify, \
		.operation_id = id_, .describe = &verify_words \
	}

static const struct route routes[] = {
	{ .method = METHOD_POST,
	    .pattern = "/v1/organizations",
	    .scope = SCOPE_SELF,
	    .need = NEED_UNCONFINED,
	    .unknown = ERR_FORBIDDEN,
	    .flags = ROUTE_FUSED | ROUTE_WRITES | ROUTE_LIMITED,
	    .body = &create_table,
	    .body_size = sizeof(struct create_body),
	    .handle = create,
	    .seen = { &organization_get, &project_get },
	    .operation_id = "createOrganization",
	    .describe = &create_words },
	VERIFY(METHOD_PUT, "verifyOrganizationName"),
	VERIFY(METHOD_POST, "verifyOrganizationNamePost"),
};

extern const struct module organization_create_module;
const struct module organization_create_module = { ROUTES(routes) };
