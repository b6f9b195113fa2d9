#include "serve/openapi_problem.h"

#include <string.h>

#include "serve/openapi_parts.h"

/* What the responses of one status have in common. */
struct status {
	int status;
	const char *name, *says;
	const char *header; /* beside those of every answer, or NULL */
};

static const struct status statuses[] = {
	{ 304, "NotModified",
	    "If-None-Match is `*`, and there is an answer. It has no entity tag"
	    " that could be named.",
	    NULL },
	{ 400, "BadRequest",
	    "The request is malformed, has a header twice that says who calls"
	    " or what about, the body is not acceptable JSON, a member is"
	    " missing or wrong, or a license key fails a check.",
	    NULL },
	{ 401, "Unauthorized", "The credential is missing or wrong.",
	    "WWWAuthenticate" },
	{ 403, "Forbidden",
	    "The caller may not do this, the license of the organization has"
	    " expired, or a page of another origin has sent a login and"
	    " password.",
	    NULL },
	{ 404, "NotFound",
	    "There is no such resource, or none that the caller may know of; or"
	    " the resource could not be created. A path outside this document"
	    " is a 404 too.",
	    NULL },
	{ 405, "MethodNotAllowed",
	    "What this path answers to any method that this document does not"
	    " list for it; HEAD (where there is GET) and OPTIONS are answered"
	    " on every path.",
	    "Allow" },
	{ 406, "NotAcceptable", "The header Accept rules JSON out.", NULL },
	{ 408, "RequestTimeout",
	    "The body did not arrive within the deadline, 10 s where no other"
	    " is set. Nothing has changed, and the connection is closed.",
	    NULL },
	{ 409, "Conflict",
	    "Something is in the way, and nothing has changed. `type` says"
	    " what.",
	    "RetryAfterKey" },
	{ 410, "Gone",
	    "The changes do not go back so far. `next` is the number from which"
	    " on they can be read, once the lists have been read anew.",
	    NULL },
	{ 411, "LengthRequired", "The request has no Content-Length.", NULL },
	{ 412, "PreconditionFailed",
	    "What there is now is not as If-Match or If-None-Match wants it."
	    " Nothing has changed.",
	    NULL },
	{ 413, "TooLarge",
	    "The body is over the limit, 64 KiB where no other is set.", NULL },
	{ 415, "UnsupportedMediaType",
	    "The body is a multipart form, or has a Content-Encoding.", NULL },
	{ 422, "KeyReused",
	    "The idempotency key came with another request before. Nothing has"
	    " changed.",
	    NULL },
	{ 428, "PreconditionRequired",
	    "The service wants If-Match with this write (setting"
	    " `require_if_match`). Nothing has changed.",
	    NULL },
	{ 429, "Throttled",
	    "Too many wrong passwords for this login from this address, too"
	    " many idempotency keys of this user, or, to a route that has"
	    " RateLimit, too many requests from this address or user.",
	    "RetryAfter" },
	{ 500, "InternalError",
	    "A defect or an unexpected error of the database; no organization"
	    " could be determined for a change of the license; or a license had"
	    " to be issued and no signing key is configured.",
	    NULL },
	{ 501, "NotImplemented",
	    "The service has no key that signs heads of the audit trail.",
	    NULL },
	{ 503, "Unavailable",
	    "The database cannot be reached or is busy, or its schema is not"
	    " one that the program knows, or the connection was lost while a"
	    " change was being committed: whether it took place is unknown"
	    " then.",
	    "RetryAfter" },
};

enum { STATUS_COUNT = sizeof(statuses) / sizeof(statuses[0]) };

const struct describe *openapi_words(const struct route *route)
{
	static const struct describe none = { .summary = "" };

	return route->describe != NULL ? route->describe : &none;
}

/* --- which ---------------------------------------------------------------- */

static bool is_in_plan(const struct plan *plan, enum err code)
{
	for (size_t i = 0; plan != NULL && i < plan->count; i++)
		if (plan->steps[i].none == code ||
		    plan->steps[i].duplicate == code)
			return true;
	return false;
}

/* Whether a session is asked for its password. */
static bool steps_up(const struct route *route)
{
	return (route->flags & ROUTE_STEPS_UP) != 0 ||
	    route->need == NEED_SYSTEM_ADMIN;
}

/* Of this route in particular: its words or its plans name it. */
static bool is_own(const struct route *route, enum err code)
{
	const enum err *words = openapi_words(route)->problems;
	const struct operation *does = route->does;

	for (; words != NULL && *words != ERR_NONE; words++)
		if (*words == code)
			return true;
	if ((route->unknown == code && code == ERR_NO_CONTEXT) ||
	    ((route->need == NEED_PERSON || route->need == NEED_USER) &&
		code == ERR_NOT_FOR_KEYS) ||
	    (steps_up(route) && code == ERR_STEP_UP))
		return true;
	return does != NULL &&
	    (is_in_plan(does->write, code) || is_in_plan(does->insert, code) ||
		(code == ERR_LAST_ADMIN && does->guards != NULL));
}

static bool has_length(const struct route *route)
{
	return route->method == METHOD_POST || route->method == METHOD_PUT ||
	    route->method == METHOD_PATCH;
}

/*
 * Whether there is a version to compare: of the organization, or of what the
 * route changes.  What it creates has none yet.
 */
static bool has_version(const struct route *route)
{
	return route->scope != SCOPE_SELF ||
	    (route->does != NULL && route->does->kind != OPERATION_CREATE);
}

/*
 * The problems that every route of a kind has: those that write, that need a
 * caller, and so on.
 */
static bool is_general(const struct route *route, enum err code)
{
	bool is_get = route->method == METHOD_GET;
	bool is_write = (route->flags & ROUTE_WRITES) != 0;
	bool has_caller = route->scope != SCOPE_PUBLIC ||
	    (route->flags & ROUTE_MAY_SIGN_IN);

	switch (code) {
	case ERR_BAD_REQUEST:
		return has_caller || !(route->flags & ROUTE_ANY_QUERY);
	case ERR_BAD_BODY:
	case ERR_BAD_FIELD:
		return route->body != NULL;
	case ERR_UNAUTHENTICATED:
		return has_caller;
	case ERR_THROTTLED:
		return has_caller || (route->flags & ROUTE_LIMITED);
	case ERR_FORBIDDEN:
		return has_caller &&
		    (!is_get || route->scope != SCOPE_SELF ||
			route->need != NEED_NOTHING);
	case ERR_CROSS_SITE:
		return !is_get;
	case ERR_NO_RESOURCE:
		return strchr(route->pattern, '{') != NULL ||
		    (route->flags & ROUTE_NAMED_BY_BODY);
	case ERR_NOT_ACCEPTABLE:
		return !(route->flags & ROUTE_ANY_ACCEPT);
	case ERR_BODY_LATE:
	case ERR_LENGTH_REQUIRED:
	case ERR_TOO_LARGE:
	case ERR_MEDIA_TYPE:
		return has_length(route);
	case ERR_KEY_IN_USE:
	case ERR_KEY_REUSED:
	case ERR_TOO_MANY_KEYS:
		return is_write;
	case ERR_PRECONDITION:
		return is_get || is_write;
	case ERR_PRECONDITION_REQUIRED:
		return is_write && has_version(route);
	case ERR_METHOD:
	case ERR_INTERNAL:
	case ERR_UNAVAILABLE:
	case ERR_SCHEMA:
	case ERR_BUSY:
	case ERR_OUTCOME_UNKNOWN:
		return true;
	default:
		return false;
	}
}

/* A code of this status that a client can see. */
static bool is_of(int status, enum err code)
{
	const struct err_info *info = err_info(code);

	return info->status == status && info->detail != NULL;
}

/* --- how ------------------------------------------------------------------ */

#define INSTANCE "01JD7R9YQ2C4M6PB8TXE0ZKW5V"

/* What stands in the way, as a member of its own. */
static void put_cause(struct document *d, enum err code)
{
	static const struct {
		enum err code;
		const char *limits;
	} limited[] = {
		{ ERR_LIMIT, "[{'name':'projects','allowed':3,'current':5}]" },
		{ ERR_ORGANIZATION_LIMIT,
		    "[{'name':'organizations','allowed':5,'current':5}]" },
		{ ERR_SEAT_LIMIT,
		    "[{'name':'users','allowed':10,'current':10}]" },
		{ ERR_INVITATION_LIMIT,
		    "[{'name':'invitations','allowed':1000,'current':1000}]" },
		{ ERR_KEY_LIMIT,
		    "[{'name':'apiKeys','allowed':25,'current':25}]" },
		{ ERR_SECRET_KEY_LIMIT,
		    "[{'name':'secretKeys','allowed':10,'current':10}]" },
	};

	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++)
		if (limited[i].code == code) {
			json_key(d->json, "limits");
			document_quoted(d, limited[i].limits);
		}
	if (code == ERR_ALREADY_A_MEMBER)
		document_text(d, "userId", "01JD8A6TQ4C0XK9V3MZ7HBW5RN");
	else if (code == ERR_ALREADY_INVITED)
		document_text(d, "id", "01JDA5T8N2Q6W4K0ZVX7B3MRCE");
	else if (code == ERR_CHANGES_GONE) {
		json_key(d->json, "next");
		json_integer(d->json, 1402);
	}
}

static void put_problem(struct document *d, enum err code)
{
	const struct err_info *info = err_info(code);

	json_key(d->json, info->code);
	json_open_object(d->json);
	json_key(d->json, "value");
	json_open_object(d->json);
	document_text(d, "type",
	    arena_print(d->mem, "urn:tenantry:problem:%s", info->code));
	document_text(d, "title", info->title);
	json_key(d->json, "status");
	json_integer(d->json, info->status);
	document_text(d, "detail", info->detail);
	document_text(d, "instance", INSTANCE);
	json_key(d->json, "errors");
	json_open_list(d->json);
	json_text(d->json, info->detail);
	json_close_list(d->json);
	put_cause(d, code);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void put_problems(struct document *d, int status)
{
	json_key(d->json, "content");
	json_open_object(d->json);
	json_key(d->json, "application/problem+json");
	json_open_object(d->json);
	json_key(d->json, "schema");
	openapi_put_problem(d);
	json_key(d->json, "examples");
	json_open_object(d->json);
	for (enum err code = ERR_NONE; code < ERR_COUNT; code++)
		if (is_of(status, code))
			put_problem(d, code);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void write_status(struct document *d, const void *of)
{
	const struct status *row = of;

	json_open_object(d->json);
	document_text(d, "description", row->says);
	json_key(d->json, "headers");
	json_open_object(d->json);
	openapi_put_header(d, "RequestId");
	openapi_put_header(d, "NoStore");
	if (row->header != NULL)
		openapi_put_header(d, row->header);
	if (row->status == 429)
		openapi_put_rate(d);
	json_close_object(d->json);
	if (row->status >= 400)
		put_problems(d, row->status);
	json_close_object(d->json);
}

/* A list of the problems, where some are of this route in particular. */
static const char *own_words(
    struct document *d, const struct route *route, int status)
{
	const char *words = NULL;
	bool has_own = status == 409;

	for (enum err code = ERR_NONE; code < ERR_COUNT; code++) {
		bool own = is_own(route, code);

		if (!is_of(status, code) || !(own || is_general(route, code)))
			continue;
		has_own |= own;
		words = arena_print(d->mem, "%s%s- `%s`: %s",
		    words != NULL ? words : "", words != NULL ? "\n" : "",
		    err_info(code)->code, err_info(code)->detail);
	}
	return has_own ? words : NULL;
}

static bool has_status(const struct route *route, int status)
{
	if (status == 304)
		return route->method == METHOD_GET && !openapi_has_tag(route);
	for (enum err code = ERR_NONE; code < ERR_COUNT; code++)
		if (is_of(status, code) &&
		    (is_own(route, code) || is_general(route, code)))
			return true;
	return false;
}

void openapi_put_problems(struct document *d, const struct route *route)
{
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		const struct status *row = &statuses[i];

		if (!has_status(route, row->status))
			continue;
		json_key(d->json, arena_print(d->mem, "%d", row->status));
		json_open_object(d->json);
		document_refer(d,
		    (struct component){
			SECTION_RESPONSES, row->name, write_status, row });
		document_text(
		    d, "description", own_words(d, route, row->status));
		json_close_object(d->json);
	}
}
