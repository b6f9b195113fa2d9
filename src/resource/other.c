/*
 * The routes that are not declared by their resource yet.
 */
#include "api/handlers.h"
#include "resource/module.h"

#define MEMBER(name_, alias_, type_, flags_, struct_, member_) \
	{ \
		.member = name_, .alias = alias_, .type = type_, \
		.flags = flags_, FIELD_AT(struct_, member_) \
	}

static const struct field create_fields[] = {
	MEMBER("organizationName", NULL, FIELD_NAME, FIELD_REQUIRED,
	    struct create_body, organization_name),
	MEMBER("accountName", "projectName", FIELD_NAME, FIELD_REQUIRED,
	    struct create_body, project_name),
	MEMBER("eulaAccepted", NULL, FIELD_BOOL, FIELD_REQUIRED,
	    struct create_body, eula_accepted),
	MEMBER("licenseType", NULL, FIELD_STRING, 0, struct create_body,
	    licence_type),
	MEMBER("licenseKey", NULL, FIELD_STRING, 0, struct create_body,
	    licence_key),
};
static const struct field verify_fields[] = {
	MEMBER("organizationName", "displayName", FIELD_NAME, FIELD_REQUIRED,
	    struct verify_body, name),
};
static const struct field rename_fields[] = {
	MEMBER("displayName", "organizationName", FIELD_NAME, FIELD_REQUIRED,
	    struct rename_body, name),
};
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
static const struct field project_fields[] = {
	MEMBER("displayName", NULL, FIELD_NAME, FIELD_REQUIRED,
	    struct project_body, name),
};

static const struct field_table create_table = FIELD_TABLE(create_fields);
static const struct field_table verify_table = FIELD_TABLE(verify_fields);
static const struct field_table rename_table = FIELD_TABLE(rename_fields);
static const struct field_table install_table = FIELD_TABLE(install_fields);
static const struct field_table licence_table = FIELD_TABLE(licence_fields);
static const struct field_table project_table = FIELD_TABLE(project_fields);

#define ORGANIZATIONS "/v1/organizations"
#define TREE(path_) \
	{ \
		METHOD_GET, ORGANIZATIONS path_, SCOPE_SELF, NEED_NOTHING, \
		    ERR_FORBIDDEN, ROUTE_FUSED | ROUTE_ANY_QUERY, NULL, 0, \
		    NULL, organizations_tree, NULL, NULL \
	}
#define VERIFY(method_) \
	{ \
		method_, ORGANIZATIONS "/verify", SCOPE_SELF, NEED_NOTHING, \
		    ERR_FORBIDDEN, ROUTE_FUSED, &verify_table, \
		    sizeof(struct verify_body), NULL, organizations_verify, \
		    NULL, NULL \
	}
#define PROJECT_CREATE(path_) \
	{ \
		METHOD_POST, path_, SCOPE_CONTEXT, NEED_ADMIN, ERR_FORBIDDEN, \
		    ROUTE_WRITES, &project_table, sizeof(struct project_body), \
		    NULL, projects_create, NULL, NULL \
	}
#define DOCTOR(method_, flags_) \
	{ \
		method_, "/doctor", SCOPE_SELF, NEED_SYSTEM_ADMIN, \
		    ERR_FORBIDDEN, flags_, NULL, 0, NULL, doctor_report, NULL, \
		    NULL \
	}
#define PUBLIC(path_, flags_, handle_) \
	{ \
		METHOD_GET, path_, SCOPE_PUBLIC, NEED_NOTHING, ERR_FORBIDDEN, \
		    flags_, NULL, 0, NULL, handle_, NULL, NULL \
	}
#define HEALTH(path_, handle_) \
	PUBLIC(path_, ROUTE_ANY_QUERY | ROUTE_ANY_ACCEPT, handle_)

static const struct route routes[] = {
	{ METHOD_PUT, "/v1/organization-license", SCOPE_CONTEXT, NEED_ADMIN,
	    ERR_NO_CONTEXT, ROUTE_WRITES, &install_table,
	    sizeof(struct licence_body), NULL, licences_install, NULL, NULL },
	{ METHOD_POST, ORGANIZATIONS, SCOPE_SELF, NEED_UNCONFINED,
	    ERR_FORBIDDEN, ROUTE_FUSED | ROUTE_WRITES, &create_table,
	    sizeof(struct create_body), NULL, organizations_create, NULL,
	    NULL },
	{ METHOD_PUT, ORGANIZATIONS "/{id}/license", SCOPE_NAMED, NEED_ADMIN,
	    ERR_NO_RESOURCE, ROUTE_WRITES, &licence_table,
	    sizeof(struct licence_body), NULL, licences_install, NULL, NULL },
	TREE("/accounts/all"),
	TREE("/projects/all"),
	VERIFY(METHOD_PUT),
	VERIFY(METHOD_POST),
	{ METHOD_DELETE, ORGANIZATIONS "/{id}", SCOPE_NAMED, NEED_ADMIN,
	    ERR_FORBIDDEN, ROUTE_WRITES, NULL, 0, NULL, organizations_delete,
	    NULL, NULL },
	{ METHOD_PATCH, ORGANIZATIONS "/{id}/metadata", SCOPE_NAMED, NEED_ADMIN,
	    ERR_NO_RESOURCE, ROUTE_WRITES, &rename_table,
	    sizeof(struct rename_body), NULL, organizations_rename, NULL,
	    NULL },
	PROJECT_CREATE("/v1/projects"),
	PROJECT_CREATE("/v1/accounts"),
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
