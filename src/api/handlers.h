/*
 * The handlers, and the bodies they are given decoded.
 */
#ifndef TENANTRY_API_HANDLERS_H
#define TENANTRY_API_HANDLERS_H

#include "api/call.h"
#include "model/label.h"
#include "model/name.h"

struct create_body {
	struct name organization_name;
	struct name project_name;
	bool eula_accepted;
	const char *licence_type; /* NULL = absent */
	const char *licence_key;
};
struct verify_body {
	struct name name;
};
struct rename_body {
	struct name name;
};
struct licence_body {
	const char *licence_key;
	const char *create_type;
};
struct project_body {
	struct name name;
	char labels[LABELS_SIZE]; /* empty: none */
};

enum err organizations_create(struct call *call, struct response *rs);
enum err organizations_tree(struct call *call, struct response *rs);
enum err organizations_verify(struct call *call, struct response *rs);
enum err organizations_rename(struct call *call, struct response *rs);

enum err projects_create(struct call *call, struct response *rs);

enum err licences_install(struct call *call, struct response *rs);

/* Checks a key for an organization, now. */
enum err licences_read(struct call *call, const char *key,
    const char *organization_id, struct licence *out);

/* A licence of the default limits of `type`, signed here. */
enum err licences_make(struct call *call, const char *type,
    const char *organization_id, struct licence *out);

enum err doctor_report(struct call *call, struct response *rs);

enum err service_version(struct call *call, struct response *rs);
enum err service_healthz(struct call *call, struct response *rs);
enum err service_readyz(struct call *call, struct response *rs);
enum err service_jwks(struct call *call, struct response *rs);
/* serve/openapi.c, which sees all modules */
enum err service_openapi(struct call *call, struct response *rs);

#endif
