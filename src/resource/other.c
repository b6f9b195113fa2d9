/*
 * Licences and the service: routes that functions answer.
 */
#include "api/handlers.h"
#include "resource/module.h"

#define MEMBER(name_, alias_, type_, flags_, struct_, member_) \
	{ \
		.member = name_, .alias = alias_, .type = type_, \
		.flags = flags_, FIELD_AT(struct_, member_) \
	}

static const struct field install_fields[] = {
	MEMBER("licenseKey", NULL, FIELD_STRING, FIELD_REQUIRED,
	    struct licence_body, licence_key),
};
static const struct field licence_fields[] = {
	MEMBER("licenseKey", NULL, FIELD_STRING, 0, struct licence_body,
	    licence_key),
	MEMBER("createLicenseType", NULL, FIELD_STRING, 0, struct licence_body,
	    create_type),
};
static const struct field_table install_table = FIELD_TABLE(install_fields);
static const struct field_table licence_table = FIELD_TABLE(licence_fields);

#define LICENCE(path_, scope_, unknown_, table_) \
	{ \
		.method = METHOD_PUT, .pattern = path_, .scope = scope_, \
		.need = NEED_ADMIN, .unknown = unknown_, \
		.flags = ROUTE_WRITES, .body = table_, \
		.body_size = sizeof(struct licence_body), \
		.query = &dry_run_query, .handle = licences_install \
	}
#define DOCTOR(method_, flags_) \
	{ \
		.method = method_, .pattern = "/doctor", .scope = SCOPE_SELF, \
		.need = NEED_SYSTEM_ADMIN, .unknown = ERR_FORBIDDEN, \
		.flags = flags_, .handle = doctor_report \
	}
#define PUBLIC(path_, flags_, handle_) \
	{ \
		.method = METHOD_GET, .pattern = path_, .scope = SCOPE_PUBLIC, \
		.unknown = ERR_FORBIDDEN, .flags = flags_, .handle = handle_ \
	}
#define HEALTH(path_, handle_) \
	PUBLIC(path_, ROUTE_ANY_QUERY | ROUTE_ANY_ACCEPT, handle_)

static const struct route routes[] = {
	LICENCE("/v1/organization-license", SCOPE_CONTEXT, ERR_NO_CONTEXT,
	    &install_table),
	LICENCE("/v1/organizations/{id}/license", SCOPE_NAMED, ERR_NO_RESOURCE,
	    &licence_table),
	DOCTOR(METHOD_GET, ROUTE_PAGE),
	DOCTOR(METHOD_PUT, 0),
	DOCTOR(METHOD_PATCH, 0),
	DOCTOR(METHOD_DELETE, 0),
	PUBLIC("/v1/version", ROUTE_ANY_QUERY, service_version),
	PUBLIC("/v1/openapi.json", 0, service_openapi),
	HEALTH("/healthz", service_healthz),
	HEALTH("/health", service_healthz),
	HEALTH("/readyz", service_readyz),
	PUBLIC("/.well-known/jwks.json", 0, service_jwks),
};

extern const struct module other_module;
const struct module other_module = { ROUTES(routes) };
