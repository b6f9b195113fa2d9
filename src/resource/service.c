/*
 * The service itself: what it is, how it does, what it publishes.
 */
#include "resource/service.h"

#include <string.h>

#include "api/doctor.h"
#include "base/version.h"
#include "resource/module.h"
#include "store/doctor.h"
#include "store/schema.h"

/* --- functions ------------------------------------------------------------ */

static enum err respond_text(struct response *rs, const char *json)
{
	return respond_raw(rs, json, strlen(json));
}

static enum err tell_version(struct call *call, struct response *rs)
{
	return respond_text(rs,
	    arena_print(call->rq->mem,
		"{\"version\":\"%s\",\"tag\":\"v%s\",\"commit\":\"%s\","
		"\"schema\":%d}",
		TENANTRY_VERSION, TENANTRY_VERSION, version_commit,
		schema_version_known()));
}

static enum err tell_alive(struct call *call, struct response *rs)
{
	(void)call;
	return respond_text(rs, "{\"status\":\"alive\"}");
}

static enum err tell_ready(struct call *call, struct response *rs)
{
	struct schema_state state;
	enum err err = schema_find(call->st, &state);

	if (!err)
		err = schema_fits(&state, &call->rq->fault);
	if (!err)
		err = doctor_session(call->st, &call->rq->fault);
	return err ? err : respond_text(rs, "{\"status\":\"ready\"}");
}

static enum err tell_keys(struct call *call, struct response *rs)
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

/* --- words ---------------------------------------------------------------- */

static const struct domain finding_state = {
	.name = "FindingState",
	.words = "ok|warn|fail",
};
static const struct describe_answer report = {
	.status = 200,
	.schema = "Report",
	.text =
	    "{'type':'object','required':['state','checks'],"
	    "'properties':{'state':#FindingState,"
	    "'checks':{'type':'array','items':{'type':'object',"
	    "'required':['check','state','detail','remedy'],"
	    "'properties':{'check':{'type':'string','description':'What was"
	    " looked at.'},"
	    "'state':#FindingState,"
	    "'detail':{'type':'string','description':'What was seen.'},"
	    "'remedy':{'type':'string','description':'What to do; empty where"
	    " nothing is to be done.'}}}}}}",
	.example =
	    "{'state':'warn','checks':[{'check':'authorization','state':'ok',"
	    "'detail':'Authorization arrives','remedy':''},"
	    "{'check':'run-folder','state':'warn','detail':'/run/tenantry has"
	    " mode 0750: others can read it','remedy':'chmod 700"
	    " /run/tenantry'}]}",
	.page = "The same as a page, for a browser that asks for one.",
	.uses = { &finding_state },
};
static const struct describe report_words = {
	.tag = "Service",
	.summary = "Look at the installation",
	.says = "For system administrators: how this request arrived, the files"
		" of the program, the database. `state` is the worst of the"
		" checks; each that is not `ok` says what to do.",
	.answer = "What was found.",
	.function = &report,
};
static const struct describe put_words = {
	.tag = "Service",
	.summary = "See whether PUT arrives",
	.says = "The report of GET, so that it can be seen that the method"
		" arrives. Nothing is changed; a body is only counted.",
	.answer = "What was found.",
	.function = &report,
};
static const struct describe patch_words = {
	.tag = "Service",
	.summary = "See whether PATCH arrives",
	.says = "The report of GET, so that it can be seen that the method"
		" arrives. Nothing is changed; a body is only counted.",
	.answer = "What was found.",
	.function = &report,
};
static const struct describe delete_words = {
	.tag = "Service",
	.summary = "See whether DELETE arrives",
	.says = "The report of GET, so that it can be seen that the method"
		" arrives. Nothing is changed.",
	.answer = "What was found.",
	.function = &report,
};

static const struct describe_answer version = {
	.status = 200,
	.schema = "Version",
	.text =
	    "{'type':'object','required':['version','tag','commit','schema'],"
	    "'properties':{'version':{'type':'string'},'tag':{'type':'string',"
	    "'description':'`v` and the version.'},'commit':{'type':'string',"
	    "'description':'Of the sources, abbreviated; `unknown` where the"
	    " build did not know it.'},'schema':{'type':'integer',"
	    "'description':'Version of the database schema that the program"
	    " needs.'}}}",
	.example = "{'version':'" TENANTRY_VERSION "','tag':'v" TENANTRY_VERSION
		   "','commit':'73c1e8c9a1b2','schema':1}",
};
static const struct describe version_words = {
	.tag = "Service",
	.summary = "Version of the program and its schema",
	.says = "For everybody, without a credential.",
	.answer = "The version.",
	.function = &version,
};

static const struct describe_answer description = {
	.status = 200,
	.schema = "Description",
	.text =
	    "{'type':'object','description':'An OpenAPI 3.1 document, as far"
	    " as a client reads it without a library.','required':['openapi',"
	    "'info','servers','paths','components'],"
	    "'properties':{'openapi':{'type':'string'},"
	    "'info':{'type':'object','required':['title','version'],"
	    "'properties':{'title':{'type':'string'},"
	    "'version':{'type':'string'},'summary':{'type':'string'},"
	    "'description':{'type':'string'},'license':{'type':'object',"
	    "'required':['name'],'properties':{'name':{'type':'string'},"
	    "'identifier':{'type':'string'}}}}},'servers':{'type':'array',"
	    "'items':{'type':'object','required':['url'],"
	    "'properties':{'url':{'type':'string'},"
	    "'description':{'type':'string'}}}},'security':{'type':'array',"
	    "'items':{'type':'object','additionalProperties':{'type':'array',"
	    "'items':{'type':'string'}}}},'tags':{'type':'array',"
	    "'items':{'type':'object','required':['name'],"
	    "'properties':{'name':{'type':'string'},"
	    "'description':{'type':'string'}}}},'paths':{'type':'object',"
	    "'additionalProperties':{'type':'object'}},"
	    "'components':{'type':'object',"
	    "'additionalProperties':{'type':'object'}}}}",
	.example = "{'openapi':'3.1.0','info':{'title':'Tenantry',"
		   "'version':'" TENANTRY_VERSION "'},"
		   "'servers':[{'url':'/'}],'paths':{},'components':{}}",
	.is_document = true,
};
static const struct describe description_words = {
	.tag = "Service",
	.summary = "This document",
	.says = "For everybody, without a credential. It is written from the"
		" same tables by which the program answers.",
	.answer = "An OpenAPI 3.1 document.",
	.function = &description,
};

static const struct describe_answer alive = {
	.status = 200,
	.schema = "State",
	.text = "{'type':'object','required':['status'],"
		"'properties':{'status':{'type':'string'}}}",
	.example = "{'status':'alive'}",
};
static const struct describe alive_words = {
	.tag = "Service",
	.summary = "Whether the program is alive",
	.says = "For supervisors. The database is not asked.",
	.answer = "It is.",
	.function = &alive,
};

static const struct describe_answer ready = {
	.status = 200,
	.schema = "State",
	.text = "{'type':'object','required':['status'],"
		"'properties':{'status':{'type':'string'}}}",
	.example = "{'status':'ready'}",
};
static const struct describe ready_words = {
	.tag = "Service",
	.summary = "Whether the program can serve",
	.says = "For load balancers: 503 while the database cannot be"
		" reached or its schema does not fit the program.",
	.answer = "The database can be reached and its schema is current; 503"
		  " otherwise.",
	.function = &ready,
};

static const struct describe_answer keys = {
	.status = 200,
	.schema = "KeySet",
	.text = "{'type':'object','required':['keys'],"
		"'properties':{'keys':{'type':'array','items':{'type':'object',"
		"'required':['kty','crv','use','typ','kid','x'],"
		"'properties':{'kty':{'type':'string'},'crv':{'type':'string'},"
		"'alg':{'type':'string'},'use':{'type':'string'},"
		"'typ':{'type':'string','description':'The `typ` of what the"
		" key signs: `JWT` of license keys, `check+jwt` of answers of"
		" POST /v1/check, `head+jwt` of heads of the audit trail.'},"
		"'kid':{'type':'string'},'x':{'type':'string'}}}}}}",
	.example =
	    "{'keys':[{'kty':'OKP','crv':'Ed25519','alg':'EdDSA','use':'sig',"
	    "'typ':'JWT','kid':'2026-01',"
	    "'x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}",
	.is_document = true,
};
static const struct describe keys_words = {
	.tag = "Service",
	.summary = "Public keys of what the service signs",
	.says =
	    "For programs that check a license key, or another signed answer,"
	    " without this service. A key is good for one `typ` only.",
	.answer = "A JSON Web Key Set (RFC 7517).",
	.function = &keys,
};

/* --- routes --------------------------------------------------------------- */

#define DOCTOR(method_, flags_, id_, words_) \
	{ \
		.method = method_, .pattern = "/doctor", .scope = SCOPE_SELF, \
		.need = NEED_SYSTEM_ADMIN, .unknown = ERR_FORBIDDEN, \
		.flags = flags_, .handle = doctor_report, .operation_id = id_, \
		.describe = words_ \
	}
#define PUBLIC(path_, flags_, handle_, id_, words_) \
	{ \
		.method = METHOD_GET, .pattern = path_, .scope = SCOPE_PUBLIC, \
		.need = NEED_NOTHING, .unknown = ERR_FORBIDDEN, \
		.flags = flags_, .handle = handle_, .operation_id = id_, \
		.describe = words_ \
	}
#define HEALTH (ROUTE_ANY_QUERY | ROUTE_ANY_ACCEPT)

static const struct route routes[] = {
	DOCTOR(METHOD_GET, ROUTE_PAGE, "getReport", &report_words),
	DOCTOR(METHOD_PUT, 0, "checkPut", &put_words),
	DOCTOR(METHOD_PATCH, 0, "checkPatch", &patch_words),
	DOCTOR(METHOD_DELETE, 0, "checkDelete", &delete_words),
	PUBLIC("/v1/version", ROUTE_ANY_QUERY, tell_version, "getVersion",
	    &version_words),
	PUBLIC("/v1/openapi.json", 0, service_openapi, "getOpenApi",
	    &description_words),
	PUBLIC("/healthz", HEALTH, tell_alive, "getHealth", &alive_words),
	PUBLIC("/health", HEALTH, tell_alive, "getHealthAgain", &alive_words),
	PUBLIC("/readyz", HEALTH, tell_ready, "getReadiness", &ready_words),
	PUBLIC(
	    "/.well-known/jwks.json", 0, tell_keys, "getKeySet", &keys_words),
};

extern const struct module service_module;
const struct module service_module = { ROUTES(routes) };
