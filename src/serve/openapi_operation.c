#include "serve/openapi_operation.h"

#include <ctype.h>
#include <string.h>

#include "model/credential.h"
#include "serve/openapi_parts.h"
#include "serve/openapi_problem.h"
#include "serve/openapi_schema.h"

/* --- what a success brings ------------------------------------------------ */

static bool has_secrets(const struct field_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].flags & FIELD_SECRET)
			return true;
	return false;
}

static const char *cache_of(const struct route *route)
{
	if (!openapi_has_tag(route))
		return "NoStore";
	if (route->does == NULL)
		return "PublicCache";
	return has_secrets(&route->does->shape->resource->table)
	    ? "CallerCache"
	    : "PrivateNoCache";
}

/* What shows a secret has no entity tag. */
static bool has_changed_tag(const struct operation *does)
{
	return (does->kind == OPERATION_CHANGE ||
		   does->kind == OPERATION_PUT) &&
	    does->status != 204 &&
	    (does->shape->beside == NULL || !has_secrets(does->shape->beside));
}

static const char *tag_of(const struct route *route)
{
	const struct operation *does = route->does;

	if (!openapi_has_tag(route))
		return does != NULL && has_changed_tag(does) ? "ChangedTag"
							     : NULL;
	if (does == NULL)
		return "DocumentTag";
	return does->shape->kind == 0 ? "ETag" : "ResourceTag";
}

static bool has_pages(const struct route *route)
{
	const struct query_table *query = route->query;

	for (size_t i = 0; query != NULL && i < query->count; i++)
		if (query->rows[i].type == QUERY_LIMIT)
			return true;
	return false;
}

static bool has_location(const struct route *route, int status)
{
	if (route->does != NULL)
		return route->does->location != NULL &&
		    (status == 201 || route->does->kind == OPERATION_CREATE);
	return status == 201 && openapi_words(route)->function != NULL &&
	    openapi_words(route)->function->has_location;
}

static void put_headers(
    struct document *d, const struct route *route, int status)
{
	json_key(d->json, "headers");
	json_open_object(d->json);
	openapi_put_header(d, "RequestId");
	if (route->flags & ROUTE_WRITES)
		openapi_put_header(d, "IdempotencyReplayed");
	if ((route->flags & ROUTE_WRITES) &&
	    scope_has_organization(route->scope))
		openapi_put_header(d, "LicenseState");
	if (tag_of(route) != NULL)
		openapi_put_header(d, tag_of(route));
	if (has_location(route, status))
		openapi_put_header(d, "Location");
	openapi_put_header(d, cache_of(route));
	if (route->flags & ROUTE_LIMITED)
		openapi_put_rate(d);
	if (has_pages(route))
		openapi_put_header(d, "Link");
	json_close_object(d->json);
}

static bool has_content(const struct route *route)
{
	const struct describe_answer *function = openapi_words(route)->function;

	return route->does != NULL
	    ? route->does->kind != OPERATION_REMOVE &&
		route->does->status != 204
	    : function != NULL && function->schema != NULL;
}

static void put_text(struct document *d, const char *type, const char *says)
{
	json_key(d->json, type);
	json_open_object(d->json);
	json_key(d->json, "schema");
	json_open_object(d->json);
	document_text(d, "type", "string");
	document_text(d, "description", says);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void put_json(struct document *d, const struct route *route)
{
	json_key(d->json, "application/json");
	json_open_object(d->json);
	json_key(d->json, "schema");
	document_reference(d, openapi_answer_schema(d, route));
	openapi_put_answer(d, route);
	json_close_object(d->json);
}

static void put_content(struct document *d, const struct route *route)
{
	const struct describe_answer *function = openapi_words(route)->function;

	json_key(d->json, "content");
	json_open_object(d->json);
	if (function == NULL || function->plain == NULL)
		put_json(d, route);
	else
		put_text(d,
		    function->plain_type != NULL ? function->plain_type
						 : "text/plain",
		    function->plain);
	if (function != NULL && function->page != NULL)
		put_text(d, "text/html", function->page);
	if (function != NULL && function->token != NULL)
		put_text(d, "application/jwt", function->token);
	json_close_object(d->json);
}

static void put_success(
    struct document *d, const struct route *route, int status, const char *says)
{
	json_key(d->json, arena_print(d->mem, "%d", status));
	json_open_object(d->json);
	document_text(d, "description", says);
	put_headers(d, route, status);
	if (has_content(route) && status != 304)
		put_content(d, route);
	json_close_object(d->json);
}

static int status_of(const struct route *route)
{
	static const int statuses[] = {
		[OPERATION_LIST] = 200,
		[OPERATION_GET] = 200,
		[OPERATION_CREATE] = 201,
		[OPERATION_CHANGE] = 200,
		[OPERATION_PUT] = 200,
		[OPERATION_REMOVE] = 204,
	};
	const struct describe_answer *function = openapi_words(route)->function;

	if (route->does != NULL && route->does->status != 0)
		return route->does->status;
	if (route->does != NULL)
		return statuses[route->does->kind];
	return function != NULL ? function->status : 200;
}

static bool has_dry_run(const struct route *route)
{
	const struct query_table *query = route->query;

	for (size_t i = 0; query != NULL && i < query->count; i++)
		if (strcmp(query->rows[i].name, "dryRun") == 0)
			return true;
	return false;
}

static void put_dry_run(struct document *d, const struct route *route)
{
	json_key(d->json, "200");
	json_open_object(d->json);
	document_text(d, "description",
	    route->does != NULL ? "A dry run: what would go."
				: "A dry run: what the license would allow.");
	json_key(d->json, "headers");
	json_open_object(d->json);
	openapi_put_header(d, "RequestId");
	openapi_put_header(d, "NoStore");
	json_close_object(d->json);
	json_key(d->json, "content");
	json_open_object(d->json);
	json_key(d->json, "application/json");
	json_open_object(d->json);
	json_key(d->json, "schema");
	openapi_put_dry_run_schema(d);
	openapi_put_dry_run(d, route);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

/* The route as whoever makes something of it sees it. */
static const struct route *creating_route(
    struct document *d, const struct route *route)
{
	struct route *created;

	if (openapi_words(route)->created_by == NULL)
		return route;
	created = arena_alloc(d->mem, sizeof(*created));
	*created = *route;
	created->does = openapi_words(route)->created_by;
	return created;
}

static void put_responses(struct document *d, const struct route *route)
{
	const struct describe *words = openapi_words(route);

	json_key(d->json, "responses");
	json_open_object(d->json);
	put_success(d, route, status_of(route),
	    words->answer != NULL ? words->answer : "");
	if (words->created != NULL)
		put_success(d, creating_route(d, route), 201, words->created);
	/* where the success is 200, the dry run is described with it */
	if (has_dry_run(route) && status_of(route) != 200)
		put_dry_run(d, route);
	if (openapi_has_tag(route))
		put_success(d, route, 304,
		    "What there is still has the entity tag of"
		    " If-None-Match.");
	openapi_put_problems(d, route);
	json_close_object(d->json);
}

/* --- the operation -------------------------------------------------------- */

/* The first row with the same words; the row itself. */
static const struct route *first_of(
    struct document *d, const struct route *route)
{
	for (size_t i = 0; i < d->routes.count; i++)
		if (route->describe != NULL &&
		    d->routes.rows[i]->describe == route->describe)
			return d->routes.rows[i];
	return route;
}

static const char *summary_of(struct document *d, const struct route *route)
{
	const struct route *first = first_of(d, route);
	const char *summary = openapi_words(route)->summary;

	return first == route
	    ? summary
	    : arena_print(d->mem, "%s (same as %s %s)", summary,
		  request_method_name(first->method), first->pattern);
}

/* Where it is not as everywhere: any credential. */
static const char *security_of(const struct route *route)
{
	if (route->flags & ROUTE_MAY_SIGN_IN)
		return "[{},{'basic':[]},{'session':[]}]";
	if (route->scope == SCOPE_PUBLIC)
		return "[]";
	return route->need == NEED_PERSON ? "[{'basic':[]},{'session':[]}]"
					  : NULL;
}

static void put_words(struct document *d, const struct route *route)
{
	const struct describe *words = openapi_words(route);

	document_text(d, "operationId", route->operation_id);
	json_key(d->json, "tags");
	json_open_list(d->json);
	if (words->tag != NULL)
		json_text(d->json, words->tag);
	json_close_list(d->json);
	document_text(d, "summary", summary_of(d, route));
	document_text(d, "description",
	    route->flags & ROUTE_MANAGES
		? arena_print(
		      d->mem, "%s A service key needs `manage`.", words->says)
		: words->says);
	if (security_of(route) != NULL) {
		json_key(d->json, "security");
		document_quoted(d, security_of(route));
	}
}

void openapi_put_operation(struct document *d, const struct route *route)
{
	char *method = arena_text(d->mem, request_method_name(route->method));

	for (char *at = method; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	json_key(d->json, method);
	json_open_object(d->json);
	put_words(d, route);
	openapi_put_parameters(d, route);
	if (route->body != NULL) {
		json_key(d->json, "requestBody");
		document_reference(d, openapi_request_body(route));
	}
	put_responses(d, route);
	json_close_object(d->json);
}
