/*
 * Licences: routes that functions answer.
 */
#include "api/handlers.h"
#include "resource/module.h"

#define MEMBER(name_, type_, flags_, struct_, member_, ...) \
	{ \
		.member = name_, .type = type_, .flags = flags_, \
		FIELD_AT(struct_, member_), __VA_ARGS__ \
	}

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
	.handle = licences_install

static const struct route routes[] = {
	{ LICENCE("/v1/organization-license", SCOPE_CONTEXT, ERR_NO_CONTEXT,
	      &install_table),
	    .operation_id = "installLicense", .describe = &install_words },
	{ LICENCE("/v1/organizations/{id}/license", SCOPE_NAMED,
	      ERR_NO_RESOURCE, &licence_table),
	    .operation_id = "setLicense", .describe = &set_words },
};

extern const struct module other_module;
const struct module other_module = { ROUTES(routes) };
