#include "serve/openapi_parts.h"

#include <string.h>

#include "base/version.h"
#include "model/domain.h"
#include "serve/openapi_schema.h"

/* --- the head ------------------------------------------------------------- */

static const char about[] =
    "Every answer carries `X-Request-Id`. Every failure is a problem"
    " document (RFC 9457) that also has `errors`, a list of strings. Lists"
    " are ordered by creation and never `null`. A list is complete, or by"
    " pages with `limit`; `Accept: application/x-ndjson` brings a row as"
    " JSON on each line, `Accept: text/csv` a table (RFC 4180) whose"
    " columns are the paths of the members, without secrets; the types"
    " below are those of JSON. An unknown query parameter is 400, but"
    " ignored where something of the reference is read.\n\nHEAD answers as"
    " GET without the body; OPTIONS answers 204 with `Allow`, without a"
    " credential. The checks are made in this order: path (404), method"
    " (405), page of another origin (403), size, time and kind of the body"
    " (413, 411, 408, 415), Accept (406), credential (401, 429), permission"
    " (403, 404), contents of the body (400), idempotency key (422),"
    " If-Match (428, 412), state (409).\n\nOf two paths that fit, the one"
    " with a literal segment at the first place where they differ"
    " counts.\n\nA write with an `Idempotency-Key` can be sent again for 24"
    " hours: it is made once, and answered with the first status and the"
    " resource of now. A write with `If-Match` is made only where what it"
    " changes, or its organization, is as its sender has seen it, one with"
    " `If-None-Match` only where it is not. `If-Match` counts on reads too"
    " (412). What a web server adds to a tag when it compresses an answer,"
    " such as `-gzip` or `W/`, is seen through.";

static const char *const tags[][2] = {
	{ "Organizations", "Create, read, rename and delete organizations." },
	{ "Projects",
	    "The projects of organizations; `accounts` is an older word for"
	    " them." },
	{ "Users", "The members of an organization and of its projects." },
	{ "Invitations",
	    "Ask a person to become a member, and join an organization." },
	{ "API keys",
	    "Credentials of users: make, list, rotate, change, revoke." },
	{ "Checks",
	    "What an application asks: what a credential may do here." },
	{ "Licenses", "What an organization may grow to." },
	{ "Audit", "What was done in an organization, as a chain of hashes." },
	{ "Sessions", "Sign in with a browser, and out." },
	{ "Service",
	    "About the service itself; no credential needed, but for"
	    " `/doctor`." },
	{ "System", "For system administrators." },
};

/* The kinds of credentials: one of them is enough. */
static const char security[] =
    "[{'bindplaneApiKey':[]},{'apiKey':[]},{'bearer':[]},{'basic':[]},"
    "{'session':[]}]";

static const char schemes[] =
    "{'bindplaneApiKey':{'type':'apiKey','in':'header',"
    "'name':'X-Bindplane-Api-Key','description':'An API key, `tny_…`.'},"
    "'apiKey':{'type':'apiKey','in':'header','name':'X-Api-Key',"
    "'description':'The same API key in an older header.'},"
    "'bearer':{'type':'http','scheme':'bearer',"
    "'description':'The same API key as a bearer token.'},"
    "'basic':{'type':'http','scheme':'basic',"
    "'description':'E-mail or login, and password.'},"
    "'session':{'type':'apiKey','in':'cookie','name':'__Host-tenantry',"
    "'description':'A session of a browser. Below a path the cookie is"
    " `__Secure-tenantry`, without TLS (on loopback) `tenantry`.'}}";

static void put_info(struct document *d)
{
	json_key(d->json, "info");
	json_open_object(d->json);
	document_text(d, "title", "Tenantry");
	document_text(d, "version", TENANTRY_VERSION);
	document_text(d, "summary",
	    "Organizations, projects, users, API keys and licenses of a"
	    " multi-tenant service.");
	document_text(d, "description", about);
	json_key(d->json, "license");
	document_quoted(d, "{'name':'MIT','identifier':'MIT'}");
	json_close_object(d->json);
}

static void put_servers(struct document *d, const char *server)
{
	json_key(d->json, "servers");
	json_open_list(d->json);
	json_open_object(d->json);
	document_text(d, "url", server);
	document_text(d, "description", "This service");
	json_close_object(d->json);
	json_close_list(d->json);
}

void openapi_put_head(struct document *d, const char *server)
{
	document_text(d, "openapi", "3.1.0");
	put_info(d);
	put_servers(d, server);
	json_key(d->json, "security");
	document_quoted(d, security);
	json_key(d->json, "tags");
	json_open_list(d->json);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		json_open_object(d->json);
		document_text(d, "name", tags[i][0]);
		document_text(d, "description", tags[i][1]);
		json_close_object(d->json);
	}
	json_close_list(d->json);
}

void openapi_put_security(struct document *d)
{
	json_key(d->json, "securitySchemes");
	document_quoted(d, schemes);
}

/* --- headers -------------------------------------------------------------- */

#define DOMAIN(...) (&(const struct domain){ __VA_ARGS__ })
#define REQUEST(component_, name_, domain_, says_) \
	{ \
		component_, "header", \
		{ \
			.member = name_, .type = FIELD_TEXT, \
			.domain = domain_, .says = says_ \
		} \
	}
#define ANSWER(component_, name_, flags_, type_, domain_, says_, example_) \
	{ \
		component_, NULL, \
		{ \
			.member = name_, .type = type_, .flags = flags_, \
			.domain = domain_, .says = says_, .example = example_ \
		} \
	}
#define ALWAYS(component_, name_, type_, domain_, says_, example_) \
	ANSWER(component_, name_, FIELD_REQUIRED, type_, domain_, says_, \
	    example_)
#define MAYBE(component_, name_, type_, domain_, says_, example_) \
	ANSWER(component_, name_, 0, type_, domain_, says_, example_)

static const struct parameter request_headers[] = {
	REQUEST("RequestId", "X-Request-Id",
	    DOMAIN(.pattern = "^[A-Za-z0-9._-]{1,64}$"),
	    "An id of the client's own for this request; any other value is"
	    " replaced."),
	REQUEST("IdempotencyKey", "Idempotency-Key",
	    DOMAIN(.pattern = "^[!-~]{1,255}$"),
	    "A text of the client's own for this write, such as a UUID;"
	    " quotes around it are part of it. The same again within 24"
	    " hours, from the same user to the same route, has the first"
	    " answer's status and Location with `Idempotency-Replayed: true`,"
	    " and shows the resource as it is then: what is gone, or not the"
	    " caller's to see any more, is null. An API key that the answer"
	    " showed is in it again for the very same API key, else it is"
	    " null. With another path, context or body it is a 422. While the"
	    " first is under way the second waits for 2 seconds, then it is a"
	    " 409. Failures are not kept. Of more than 100,000 keys a day"
	    " (`idempotency_max`) the next is a 429."),
	REQUEST("IfMatch", "If-Match", NULL,
	    "Entity tags of the organization in which the write is made: it"
	    " is made only where one of them is that of now, or for `*`."
	    " Where the setting `require_if_match` is on it is needed, but"
	    " not to create an organization, which has no entity tag yet:"
	    " then any is a 412."),
	REQUEST("IfMatchOwn", "If-Match", NULL,
	    "Entity tags of what the write changes, or of its organization:"
	    " the write is made only if one of them is that of now, or for"
	    " `*`. If the setting `require_if_match` is on, a change without"
	    " this header is 428."),
	REQUEST("IfNoneMatch", "If-None-Match", NULL,
	    "Entity tags that the client has."),
	REQUEST("AccountContext", "X-Bindplane-Account-ID", &domain_id,
	    "The id of a project: its organization is the one of the context."
	    " First of these wins: the organization or project of the API"
	    " key, this header or X-Organization-ID, the user's active"
	    " project, the user's only organization."),
	REQUEST("OrganizationContext", "X-Organization-ID", &domain_name_or_id,
	    "The organization of the context, by id or slug; with"
	    " X-Bindplane-Account-ID it must be the project's."),
	REQUEST("AccountOfPath", "X-Bindplane-Account-ID", &domain_id,
	    "Not needed, since the path names what is meant. A project that"
	    " the caller may not use is 403, a project of another"
	    " organization than the path's is 404."),
	REQUEST("OrganizationOfPath", "X-Organization-ID", &domain_name_or_id,
	    "Not needed, since the path names what is meant. An organization"
	    " that the caller is not a member of is 403, another one than the"
	    " path's is 404."),
};

static const struct parameter answer_headers[] = {
	ALWAYS("RequestId", "X-Request-Id", FIELD_TEXT,
	    DOMAIN(.pattern = "^[A-Za-z0-9._-]{1,64}$"),
	    "The id of the request: as it was sent, else made. It stands in"
	    " the log and in `instance` of a problem.",
	    "01JD7R9YQ2C4M6PB8TXE0ZKW5V"),
	MAYBE("IdempotencyReplayed", "Idempotency-Replayed", FIELD_TEXT,
	    DOMAIN(.words = "true"),
	    "The answer is that of an earlier request with the same"
	    " Idempotency-Key.",
	    "true"),
	MAYBE("LicenseState", "X-License-State", FIELD_TEXT,
	    DOMAIN(.words = "active|expiring|grace|expired|revoked|over_limit"),
	    "The state of the organization's license, as it was when the write"
	    " began; after an installation that of the new one. For admins of"
	    " the organization.",
	    "active"),
	ALWAYS("Location", "Location", FIELD_TEXT,
	    DOMAIN(.format = "uri-reference"), "The path of what was created.",
	    "/v1/organizations/01JD7Q4M8K3ZT5W9XBVN2RC6HY"),
	ALWAYS("ETag", "ETag", FIELD_TEXT, NULL,
	    "A strong entity tag of this representation; it begins with the"
	    " version.",
	    "\"3-6d1f0c53a2b84e97c05b7a1e9f3d2c48\""),
	ALWAYS("ResourceTag", "ETag", FIELD_TEXT, NULL,
	    "A strong entity tag of this representation. It begins with a"
	    " letter of the kind (such as `p` of a project, `b` of a user of"
	    " a project, `m` of a member, `k` of an API key, `i` of an"
	    " invitation) and the version.",
	    "\"p3-6d1f0c53a2b84e97c05b7a1e9f3d2c48\""),
	MAYBE("ChangedTag", "ETag", FIELD_TEXT, NULL,
	    "A strong entity tag for the next If-Match. Left out when the"
	    " answer is one that was kept for its idempotency key.",
	    "\"p4-0b9d7c2e5f18463aa1c4e6d08b3f7925\""),
	ALWAYS("DocumentTag", "ETag", FIELD_TEXT, NULL,
	    "A strong entity tag of this document.",
	    "\"d-6d1f0c53a2b84e97c05b7a1e9f3d2c48\""),
	ALWAYS("NoStore", "Cache-Control", FIELD_TEXT,
	    DOMAIN(.words = "no-store"), "Not to be stored.", "no-store"),
	ALWAYS("PublicCache", "Cache-Control", FIELD_TEXT,
	    DOMAIN(.words = "public, max-age=300"),
	    "Anybody may keep it for five minutes.", "public, max-age=300"),
	ALWAYS("PrivateNoCache", "Cache-Control", FIELD_TEXT,
	    DOMAIN(.words = "private, no-cache"),
	    "For this caller alone, and to be revalidated before each use.",
	    "private, no-cache"),
	ALWAYS("CallerCache", "Cache-Control", FIELD_TEXT,
	    DOMAIN(.words = "no-store|private, no-cache"),
	    "Not to be stored when the answer shows secrets. Otherwise for"
	    " this caller alone, and to be revalidated before each use.",
	    "private, no-cache"),
	MAYBE("Link", "Link", FIELD_TEXT, NULL,
	    "The next page, while there is one (RFC 8288).",
	    "</v1/organizations?limit=100&after="
	    "01JD7Q4M8KEP1G0S7AQF4DWJ3T3f2a9c1b7d8e6f50>;"
	    " rel=\"next\""),
	ALWAYS("RetryAfter", "Retry-After", FIELD_INTEGER, DOMAIN(.least = 1),
	    "Seconds to wait before the next attempt.", "1"),
	MAYBE("RetryAfterKey", "Retry-After", FIELD_INTEGER, DOMAIN(.least = 1),
	    "Seconds to wait before the next attempt, where the idempotency"
	    " key is in use.",
	    "1"),
	MAYBE("RateLimitPolicy", "RateLimit-Policy", FIELD_TEXT, NULL,
	    "How many requests (`q`) a network address or a user may send in"
	    " so many seconds (`w`), if the route has such a limit.",
	    "\"lookup\";q=10;w=60"),
	MAYBE("RateLimit", "RateLimit", FIELD_TEXT, NULL,
	    "How many requests are left (`r`), and in how many seconds (`t`)"
	    " the count begins anew.",
	    "\"lookup\";r=9;t=58"),
	ALWAYS("WWWAuthenticate", "WWW-Authenticate", FIELD_TEXT, NULL,
	    "The HTTP authentication schemes, a field for each: Basic first,"
	    " which is left out for a script of a page, then Bearer.",
	    "Basic realm=\"tenantry\", charset=\"UTF-8\""),
	ALWAYS("Allow", "Allow", FIELD_TEXT, NULL, "The methods of this path.",
	    "GET, HEAD, OPTIONS"),
};

static void write_parameter(struct document *d, const void *of)
{
	const struct parameter *parameter = of;
	struct field bare = parameter->field;

	json_open_object(d->json);
	if (parameter->in != NULL) {
		document_text(d, "name", bare.member);
		document_text(d, "in", parameter->in);
	}
	document_text(d, "description", bare.says);
	if (bare.flags & FIELD_REQUIRED) {
		json_key(d->json, "required");
		json_boolean(d->json, true);
	}
	json_key(d->json, "schema");
	bare.says = NULL;
	openapi_schema(d, &bare);
	if (bare.example != NULL) {
		json_key(d->json, "example");
		openapi_put_example(d, &bare, NULL);
	}
	json_close_object(d->json);
}

void openapi_put_parameter(
    struct document *d, const struct parameter *parameter)
{
	if (parameter->component == NULL)
		write_parameter(d, parameter);
	else
		document_reference(d,
		    (struct component){ SECTION_PARAMETERS,
			parameter->component, write_parameter, parameter });
}

void openapi_put_request_header(struct document *d, const char *component)
{
	size_t i = 0;

	while (strcmp(request_headers[i].component, component) != 0)
		i++;
	openapi_put_parameter(d, &request_headers[i]);
}

void openapi_put_header(struct document *d, const char *component)
{
	size_t i = 0;

	while (strcmp(answer_headers[i].component, component) != 0)
		i++;
	json_key(d->json, answer_headers[i].field.member);
	document_reference(d,
	    (struct component){ SECTION_HEADERS, component, write_parameter,
		&answer_headers[i] });
}

void openapi_put_rate(struct document *d)
{
	openapi_put_header(d, "RateLimitPolicy");
	openapi_put_header(d, "RateLimit");
}

bool openapi_has_tag(const struct route *route)
{
	const struct describe_answer *function = route->describe != NULL
	    ? route->describe->function
	    : NULL;

	if (route->does != NULL)
		return route->does->kind == OPERATION_GET;
	return function != NULL && function->is_document;
}

/* --- problems and dry runs ------------------------------------------------ */

static const char limit_schema[] =
    "{'type':'object','required':['name','allowed','current'],"
    "'properties':{'name':{'type':'string','enum':["
    "'projects','users','invitations','apiKeys','secretKeys',"
    "'organizations']},"
    "'allowed':{'type':'integer','format':'int64'},"
    "'current':{'type':'integer','format':'int64'}}}";

static const char problem_schema[] =
    "{'type':'object','description':'A problem document (RFC 9457).',"
    "'required':['type','title','status','detail','instance','errors'],"
    "'properties':{"
    "'type':{'type':'string','format':'uri','description':"
    "'`urn:tenantry:problem:` and a code that does not change."
    " `about:blank` where the web server answers in place of the program.',"
    "'examples':['urn:tenantry:problem:name-in-use']},"
    "'title':{'type':'string',"
    "'description':'The same for every problem of this type.'},"
    "'status':{'type':'integer','minimum':400,'maximum':599},"
    "'detail':{'type':'string',"
    "'description':'What is wrong with this request.'},"
    "'instance':{'type':'string','description':'The request id.'},"
    "'errors':{'type':'array','description':"
    "'The detail, for clients that look for it here.',"
    "'minItems':1,'items':{'type':'string'}},"
    "'needed':{'type':'string','description':'What the request needs, as"
    " one word; only with 403.','examples':['admin']},"
    "'have':{'type':'string','description':'What the caller has of that.',"
    "'examples':['user']},"
    "'next':{'type':'integer','description':"
    "'Where the changes go on; only with `changes-gone`.'},"
    "'userId':{'$ref':'#/components/schemas/Id','description':"
    "'The member who has the address; only with `already-a-member`.'},"
    "'id':{'$ref':'#/components/schemas/Id','description':"
    "'The invitation of the address; only with `already-invited`.'},"
    "'features':{'type':'object','description':'What the service can do;"
    " only with 401 at `/v1/session`.','required':['mail','links','tls',"
    "'methodOverride'],'properties':{'mail':{'type':'boolean'},"
    "'links':{'type':'boolean'},'tls':{'type':'boolean'},"
    "'methodOverride':{'type':'boolean'}}},"
    "'organizations':{'type':'array','description':'Of which the person is"
    " the last usable admin; only with `last-admin` at"
    " `/v1/users/me/erase`.','items':{'type':'object','required':['id',"
    "'name','displayName'],'properties':{'id':#Id,'name':#Name,"
    "'displayName':#DisplayName}}},"
    "'limits':{'type':'array',"
    "'description':'What is full; only with 409 of a limit.',"
    "'items':#ExceededLimit}}}";

static const char dry_run_schema[] =
    "{'type':'object','description':'What a removal would take along.',"
    "'required':['dryRun','keys','wouldRemove','limits'],'properties':{"
    "'dryRun':{'type':'boolean','const':true},"
    "'keys':{'type':'array','description':'The API keys that would end.',"
    "'items':{'type':'object','required':"
    "['id','hint','description','lastUsedOn'],"
    "'properties':{'id':#Id,'hint':{'type':'string','description':"
    "'The last characters of the key; empty for an old one.'},"
    "'description':{'type':'string'},"
    "'lastUsedOn':{'type':['string','null'],'format':'date','description':"
    "'The day in UTC; null: not used yet.'}}}},"
    "'wouldRemove':{'type':'object','description':"
    "'How many of each would go, such as `projects`, `members`,"
    " `projectRoles`, `apiKeys`; empty where it is gone already.',"
    "'additionalProperties':{'type':'integer','minimum':0}},"
    "'limits':{'type':'array','items':#ExceededLimit}}}";

static void write_quoted(struct document *d, const void *of)
{
	document_quoted(d, of);
}

/* A schema that refers to limits. */
static void write_with_limits(struct document *d, const void *of)
{
	document_remember(d,
	    (struct component){
		SECTION_SCHEMAS, "ExceededLimit", write_quoted, limit_schema });
	document_quoted(d, of);
}

void openapi_put_problem(struct document *d)
{
	openapi_remember(d, &domain_id);
	document_reference(d,
	    (struct component){ SECTION_SCHEMAS, "Problem", write_with_limits,
		problem_schema });
}

void openapi_put_dry_run_schema(struct document *d)
{
	openapi_remember(d, &domain_id);
	document_reference(d,
	    (struct component){
		SECTION_SCHEMAS, "DryRun", write_with_limits, dry_run_schema });
}
