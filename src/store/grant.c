#include "store/grant.h"

#define ROWS "SELECT, INSERT, UPDATE, DELETE"

const struct grant grants[] = {
	{ "api_keys", ROWS, NULL },
	{ "audit_events", "SELECT, INSERT", NULL },
	{ "idempotency_keys", ROWS, NULL },
	{ "licence_claims", ROWS, NULL },
	{ "licences", ROWS, NULL },
	{ "login_failures", ROWS, NULL },
	{ "organization_bindings", ROWS, NULL },
	{ "organizations", ROWS, NULL },
	{ "project_bindings", ROWS, NULL },
	{ "projects", ROWS, NULL },
	{ "schema_migrations", "SELECT", NULL },
	{ "schema_steps", "", NULL },
	{ "users", "SELECT, INSERT, UPDATE", "is_system_admin" },
};
const size_t grant_count = sizeof(grants) / sizeof(grants[0]);
