#include <string.h>

#include "api/handlers.h"
#include "api/openapi.h"
#include "base/version.h"
#include "store/schema.h"

static enum err respond_text(struct response *rs, const char *json)
{
	return respond_raw(rs, 200, "application/json", json, strlen(json));
}

enum err service_version(struct call *call, struct response *rs)
{
	return respond_text(rs,
	    arena_print(call->rq->mem, "{\"version\":\"%s\",\"schema\":%d}",
		TENANTRY_VERSION, schema_version_known()));
}

enum err service_healthz(struct call *call, struct response *rs)
{
	(void)call;
	return respond_text(rs, "{\"status\":\"alive\"}");
}

enum err service_readyz(struct call *call, struct response *rs)
{
	struct schema_state state;
	enum err err = schema_find(call->st, &state);

	if (!err)
		err = schema_fits(&state, &call->rq->fault);
	return err ? err : respond_text(rs, "{\"status\":\"ready\"}");
}

enum err service_jwks(struct call *call, struct response *rs)
{
	return respond_text(
	    rs, licence_key_set(&call->config->ring, call->rq->mem));
}

enum err service_openapi(struct call *call, struct response *rs)
{
	(void)call;
	return respond_raw(
	    rs, 200, "application/json", openapi_json, openapi_json_length);
}
