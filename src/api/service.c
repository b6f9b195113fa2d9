#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/openapi.h"
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
	const char *keys = licence_key_set(&call->config->ring, call->rq->mem);

	return respond_document(rs, 'j', keys, strlen(keys));
}

/* The mount, with each byte that a URL does not take bare as %XX. */
static const char *server_url(const struct request *rq)
{
	static const char bare[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~!$&'()*+,;=:@/%[]";
	const char *from = rq->prefix;
	char *url, *at;

	if (*from == '\0')
		return "/";
	url = arena_alloc(rq->mem, 3 * strlen(from) + 1);
	for (at = url; *from != '\0'; from++) {
		if (strchr(bare, *from) != NULL)
			*at++ = *from;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*from);
	}
	return url;
}

/* Its first URL is that of the server: clients are generated from it. */
enum err service_openapi(struct call *call, struct response *rs)
{
	static const char empty[] = "\"url\": \"/\"";
	const char *at = strstr(openapi_json, empty);
	const char *text;

	if (at == NULL)
		return ERR_INTERNAL;
	text = arena_print(call->rq->mem, "%.*s\"url\": \"%s\"%s",
	    (int)(at - openapi_json), openapi_json, server_url(call->rq),
	    at + sizeof(empty) - 1);
	return respond_document(rs, 'd', text, strlen(text));
}
