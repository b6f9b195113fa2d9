#include <string.h>

#include "api/handlers.h"
#include "base/version.h"
#include "store/doctor.h"
#include "store/schema.h"

static enum err respond_text(struct response *rs, const char *json)
{
	return respond_raw(rs, json, strlen(json));
}

enum err service_version(struct call *call, struct response *rs)
{
	return respond_text(rs,
	    arena_print(call->rq->mem,
		"{\"version\":\"%s\",\"tag\":\"v%s\",\"commit\":\"%s\","
		"\"schema\":%d}",
		TENANTRY_VERSION, TENANTRY_VERSION, version_commit,
		schema_version_known()));
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
	if (!err)
		err = doctor_session(call->st, &call->rq->fault);
	return err ? err : respond_text(rs, "{\"status\":\"ready\"}");
}

enum err service_jwks(struct call *call, struct response *rs)
{
	const struct config *config = call->config;
	struct jws_public all[LICENCE_KEYS_MAX + 2];
	size_t count = licence_key_list(&config->ring, all);
	const char *keys;

	if (config->check_signer.is_there)
		all[count++] = (struct jws_public){
			&config->check_signer.key.public_key, JWS_TYPE_CHECK
		};
	if (config->head_signer.is_there)
		all[count++] = (struct jws_public){
			&config->head_signer.key.public_key, JWS_TYPE_HEAD
		};
	keys = jws_key_set(call->rq->mem, all, count);
	return respond_document(rs, 'j', keys, strlen(keys));
}
