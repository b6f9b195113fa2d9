/*
 * Installing a licence, by its key or as one of a type that is issued here.
 */
#include "resource/licence_install.h"

#include <string.h>

#include "http/etag.h"
#include "resource/module.h"
#include "store/licence.h"
#include "store/repeat.h"

#define MEMBER(name_, type_, flags_, struct_, member_, ...) \
	{ \
		.member = name_, .type = type_, .flags = flags_, \
		FIELD_AT(struct_, member_), __VA_ARGS__ \
	}

struct licence_body {
	const char *licence_key;
	const char *create_type;
};
static const struct field install_fields[] = {
	MEMBER("licenseKey", FIELD_STRING, FIELD_REQUIRED, struct licence_body,
	    licence_key, .domain = &domain_licence_key),
};
static const struct field licence_fields[] = {
	MEMBER("licenseKey", FIELD_STRING, 0, struct licence_body, licence_key,
	    .domain = &domain_licence_key),
	MEMBER("createLicenseType", FIELD_STRING, 0, struct licence_body,
	    create_type, .domain = &domain_licence_type,
	    .says = "Have a license of this type issued."),
};
static const struct field_table install_table = FIELD_TABLE(install_fields);
static const struct field_table licence_table = FIELD_TABLE(licence_fields);

/* --- functions ------------------------------------------------------------ */

enum err licence_given(struct call *call, const char *key,
    const char *organization_id, struct licence *out)
{
	const struct licence_check check = { &call->config->ring, call->st->now,
		organization_id };

	return licence_key_verify(
	    &check, call->rq->mem, key, out, &call->rq->fault);
}

enum err licence_issued(struct call *call, const char *type,
    const char *organization_id, struct licence *out)
{
	const struct licence_ring *ring = &call->config->ring;
	const struct licence_type *plan = licence_type_find(type);
	struct fault *fault = &call->rq->fault;
	const char *kid;
	enum err err;

	if ((err = licence_key_signer(ring, &kid, fault)))
		return err;
	if (plan == NULL)
		return fault_set(
		    fault, ERR_BAD_FIELD, "the license type is not known");
	/*
	 * Nobody is handed a key of it, so none is signed: the licence is what
	 * such a key would say.
	 */
	memset(out, 0, sizeof(*out));
	ulid_make(&call->st->ids, (uint64_t)call->st->now, out->jti);
	memcpy(out->organization_id, organization_id, ULID_SIZE);
	memcpy(out->type, plan->name, strlen(plan->name) + 1);
	out->limits = plan->limits;
	out->issued_at = call->st->now;
	memcpy(out->kid, kid, strlen(kid) + 1);
	return ERR_NONE;
}

static enum err read_licence(struct call *call, struct licence *out)
{
	const struct licence_body *body = call->body;
	const char *organization_id = call->asker.caller.organization_id;
	struct fault *fault = &call->rq->fault;
	enum err err;

	if ((body->licence_key != NULL) == (body->create_type != NULL))
		return fault_set(fault, ERR_BAD_FIELD,
		    "exactly one of"
		    " licenseKey and createLicenseType is needed");
	if (body->licence_key != NULL) {
		if (body->licence_key[0] == '\0')
			return fault_set(
			    fault, ERR_BAD_FIELD, "licenseKey is empty");
		return licence_given(
		    call, body->licence_key, organization_id, out);
	}
	if (licence_type_find(body->create_type) == NULL)
		return fault_set(
		    fault, ERR_BAD_FIELD, "createLicenseType is not known");
	if (!caller_is_system_admin(&call->asker.caller))
		return call_refuse(call, CAUSE_ROLE, "system-admin",
		    "createLicenseType"
		    " needs a system administrator");
	if ((err = caller_step_up(&call->asker.caller, fault)))
		return err;
	return licence_issued(call, body->create_type, organization_id, out);
}

static void name_limits(struct fault *fault, const struct licence *licence,
    const struct licence_use *use)
{
	if (!licence_allows(licence->limits.projects, use->projects))
		fault_limit(
		    fault, "projects", licence->limits.projects, use->projects);
	if (!licence_allows(licence->limits.users, use->users + use->invited))
		fault_limit(fault, "users", licence->limits.users,
		    use->users + use->invited);
}

static void put_limit(struct json_writer *json, const char *name,
    int64_t allowed, int64_t current)
{
	json_open_object(json);
	json_key(json, "name");
	json_text(json, name);
	json_key(json, "allowed");
	json_integer(json, allowed);
	json_key(json, "current");
	json_integer(json, current);
	json_close_object(json);
}

/* What the organization would be allowed, and what it has; 0: any number. */
static enum err respond_dry_run(struct response *rs,
    const struct licence *licence, const struct licence_use *use)
{
	struct json_writer *json = &rs->json;

	response_type(rs, 200, "application/json");
	json_raw_open(json,
	    "{\"dryRun\":true,\"keys\":[],\"wouldRemove\":{},\"limits\":");
	json_open_list(json);
	put_limit(json, "projects", licence->limits.projects, use->projects);
	put_limit(
	    json, "users", licence->limits.users, use->users + use->invited);
	json_close_list(json);
	json_raw_close(json, "}");
	return json->failed;
}

/*
 * If-Match and If-None-Match may name the licence itself, by the tag that it is
 * read with (resource/licence.c), in place of its organization.
 */
static enum err expect_licence(struct call *call, struct licence_use *use)
{
	const char *match = request_list(call->rq, "HTTP_IF_MATCH");
	const char *none = request_list(call->rq, "HTTP_IF_NONE_MATCH");
	const struct caller *caller = &call->asker.caller;
	int64_t *expected = &call->asker.expected_version;
	struct licence_use now;
	enum err err;

	if (match == NULL && none == NULL)
		return ERR_NONE;
	err = licence_use_find(call->st, caller->organization_id, &now);
	if (err)
		return err;
	if (none != NULL &&
	    (etag_compare(none, 'l', now.installed_at) == ETAG_MATCHES ||
		etag_compare(none, 0, caller->organization_version) !=
		    ETAG_FAILS)) {
		*expected = VERSION_NONE;
	} else if (match != NULL &&
	    etag_compare(match, 'l', now.installed_at) == ETAG_MATCHES) {
		*expected = VERSION_ANY;
		use->installed_at = now.installed_at;
	}
	return ERR_NONE;
}

static enum err install(struct call *call, struct response *rs)
{
	struct licence licence = { .id = "" };
	struct licence_use use = { 0 };
	const struct repeat_answer answer = { .status = 204 };
	bool is_dry = query_is_true(&call->query, "dryRun");
	enum err err;

	repeat_promise(call->st, answer);
	if ((err = read_licence(call, &licence)) ||
	    (err = expect_licence(call, &use)))
		return err;
	err = licence_install(call->st, &call->asker, &licence, &use, is_dry);
	if (err == ERR_LIMIT)
		name_limits(&call->rq->fault, &licence, &use);
	if (err)
		return err;
	return is_dry ? respond_dry_run(rs, &licence, &use)
		      : respond_empty(rs, 204);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer nothing = { .status = 204 };

static const struct describe install_words = {
	.tag = "Licenses",
	.summary = "Install a license key",
	.says = "In the context's organization. For its admins. Where no"
		" organization can be determined the answer is 500.",
	.answer = "The license is installed.",
	.body = "InstallLicense",
	.body_says = "The license.",
	BODIES({ "key", "licenseKey" }),
	PROBLEMS(ERR_BAD_LICENCE, ERR_LIMIT),
	.function = &nothing,
};

static const struct describe set_words = {
	.tag = "Licenses",
	.summary = "Set the license of an organization",
	.says = "An admin of the organization may install a key; only a system"
		" administrator may have one issued with `createLicenseType`.",
	.answer = "The license is installed.",
	.body = "SetLicense",
	.body_says =
	    "A license key, or the type of a license to issue: exactly one.",
	BODIES({ "key", "licenseKey" }, { "issue", "createLicenseType" }),
	.forms = "InstallLicense IssueLicense",
	PROBLEMS(ERR_STEP_UP, ERR_BAD_LICENCE, ERR_LIMIT, ERR_NO_SIGNING_KEY),
	.function = &nothing,
};

/* --- routes --------------------------------------------------------------- */

#define LICENCE(path_, scope_, unknown_, table_) \
	.method = METHOD_PUT, .pattern = path_, .scope = scope_, \
	.need = NEED_ADMIN, .unknown = unknown_, \
	.flags = ROUTE_WRITES | ROUTE_MANAGES, .body = table_, \
	.body_size = sizeof(struct licence_body), .query = &dry_run_query, \
	.handle = install

static const struct route routes[] = {
	{ LICENCE("/v1/organization-license", SCOPE_CONTEXT, ERR_NO_CONTEXT,
	      &install_table),
	    .operation_id = "installLicense", .describe = &install_words },
	{ LICENCE("/v1/organizations/{id}/license", SCOPE_NAMED,
	      ERR_NO_RESOURCE, &licence_table),
	    .operation_id = "setLicense", .describe = &set_words },
};

extern const struct module licence_install_module;
const struct module licence_install_module = { ROUTES(routes) };
