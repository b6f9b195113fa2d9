#include "serve/openapi_operation.h"

#include <string.h>

#include "model/domain.h"
#include "serve/openapi_parts.h"
#include "serve/openapi_problem.h"

static const struct parameter path_parameters[SCOPE_COUNT] = {
	[SCOPE_NAMED] = { "OrganizationId", "path",
	    { .member = "id",
		.type = FIELD_TEXT,
		.flags = FIELD_REQUIRED,
		.domain = &domain_name_or_id,
		.says = "The id of the organization, or its name.",
		.example = "acme-observability" } },
	[SCOPE_PROJECT] = { "ProjectId", "path",
	    { .member = "id",
		.type = FIELD_TEXT,
		.flags = FIELD_REQUIRED,
		.domain = &domain_id,
		.says = "The id of the project.",
		.example = "01JD8C2W6HZ0B5QK9MTXV3RN4F" } },
	[SCOPE_KEY] = { "KeyId", "path",
	    { .member = "id",
		.type = FIELD_TEXT,
		.flags = FIELD_REQUIRED,
		.domain = &domain_id,
		.says = "The id of the API key, `metadata.id`; not the key"
			" itself.",
		.example = "01JD9F3X7PB6T2WQ8KNV5MZ4RC" } },
	[SCOPE_INVITATION] = { "InvitationId", "path",
	    { .member = "id",
		.type = FIELD_TEXT,
		.flags = FIELD_REQUIRED,
		.domain = &domain_id,
		.says = "The id of the invitation.",
		.example = "01JDA5T8N2Q6W4K0ZVX7B3MRCE" } },
};
static const struct parameter user_parameter = { "UserId", "path",
	{ .member = "userId",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    .domain = &domain_id,
	    .says = "The id of the user.",
	    .example = "01JD8A6TQ4C0XK9V3MZ7HBW5RN" } };
static const struct parameter person_parameter = { "MemberId", "path",
	{ .member = "id",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    .domain = &domain_id_or_me,
	    .says = "The id of the user, or `me` for the caller.",
	    .example = "01JD8A6TQ4C0XK9V3MZ7HBW5RN" } };

/* Whether its statement takes `me` for the caller. */
static bool is_person(const struct route *route, const char *name)
{
	const struct statement *read = route->does ? route->does->read : NULL;

	for (size_t i = 0; read != NULL && read->in && i < read->values; i++)
		if (read->in[i].from == FROM_PERSON &&
		    strcmp(read->in[i].name, name) == 0)
			return true;
	return false;
}

static struct parameter find_path(const struct route *route, const char *name)
{
	const struct describe_path *path = openapi_words(route)->path;

	if (path != NULL && strcmp(path->name, name) == 0)
		return (struct parameter){ path->component, "path",
			{ .member = path->name,
			    .type = FIELD_TEXT,
			    .flags = FIELD_REQUIRED,
			    .domain = path->domain,
			    .says = path->says,
			    .example = path->example } };
	if (is_person(route, name))
		return person_parameter;
	if (strcmp(name, "id") == 0 &&
	    path_parameters[route->scope].component != NULL)
		return path_parameters[route->scope];
	if (strcmp(name, "userId") == 0)
		return user_parameter;
	return (struct parameter){ NULL, "path",
		{ .member = name,
		    .type = FIELD_TEXT,
		    .flags = FIELD_REQUIRED,
		    .domain = &domain_id } };
}

/* The parameter is copied into the arena, since it is written later. */
static void put_parameter(struct document *d, struct parameter parameter)
{
	struct parameter *kept = arena_alloc(d->mem, sizeof(*kept));

	*kept = parameter;
	openapi_put_parameter(d, kept);
}

static void put_path(struct document *d, const struct route *route)
{
	const char *at = route->pattern;

	while ((at = strchr(at, '{')) != NULL) {
		size_t length = strcspn(++at, "}");

		put_parameter(
		    d, find_path(route, arena_copy(d->mem, at, length)));
		at += length;
	}
}

static const struct domain *domain_of_words(
    struct document *d, const char *words)
{
	struct domain *domain = arena_alloc(d->mem, sizeof(*domain));
	char *copy = arena_text(d->mem, words);

	domain->words = copy;
	for (; *copy != '\0'; copy++)
		if (*copy == ' ')
			*copy = '|';
	return domain;
}

static const struct domain page_size = { .least = 1, .most = QUERY_LIMIT_MAX };
static const struct parameter of_limit = { "Limit", "query",
	{ .type = FIELD_INTEGER,
	    .domain = &page_size,
	    .says = "So many rows at most. The answer has a `Link` to the next"
		    " page while there is one. Without it the list is whole.",
	    .example = "100" } };
static const struct parameter of_cursor = { "After", "query",
	{ .type = FIELD_TEXT,
	    .says = "A cursor from a `Link` of the same list with the same"
		    " filters and caller: the rows behind it.",
	    .example = "01JD7Q4M8KEP1G0S7AQF4DWJ3T3f2a9c1b7d8e6f50" } };

static struct parameter of_query(
    struct document *d, const struct query_parameter *row)
{
	static const struct domain prefix = { .most = NAME_POINTS };
	static const struct domain date = {
		.says = "`YYYYMMDDHHMMSS`, `2006-01-02 15:04:05.000000-07`,"
			" RFC 3339, or a date alone; UTC without an offset.",
	};
	static const struct domain number = { .least = 0 };
	static const struct domain flag = {
		.schema = "'type':'boolean','default':false"
	};
	struct parameter parameter = { row->component, "query",
		{ .type = FIELD_TEXT,
		    .says = row->says,
		    .example = row->example } };

	switch (row->type) {
	case QUERY_LIMIT:
		parameter = of_limit;
		break;
	case QUERY_CURSOR:
		parameter = of_cursor;
		break;
	case QUERY_PREFIX:
		parameter.field.domain = &prefix;
		break;
	case QUERY_NUMBER:
		parameter.field.type = FIELD_INTEGER;
		parameter.field.domain = &number;
		break;
	case QUERY_ORGANIZATION:
		parameter.field.domain = &domain_name_or_id;
		break;
	case QUERY_ID:
		parameter.field.domain = &domain_id;
		break;
	case QUERY_FROM:
	case QUERY_UNTIL:
		parameter.field.domain = &date;
		break;
	case QUERY_TEXT:
		break;
	case QUERY_WORD:
		if (strcmp(row->words, "true false") == 0)
			parameter.field.domain = &flag;
		else
			parameter.field.domain = domain_of_words(d, row->words);
		break;
	}
	parameter.field.member = row->name;
	return parameter;
}

/*
 * A write names what it changes; what creates names the organization, and so
 * does what changes one.
 */
static const char *if_match(const struct route *route)
{
	const struct operation *does = route->does;
	bool is_of_organization = does == NULL || does->shape->kind == 0 ||
	    (does->kind == OPERATION_CREATE && does->write == NULL);

	return is_of_organization ? "IfMatch" : "IfMatchOwn";
}

static void put_context(struct document *d, const struct route *route)
{
	bool is_named = route_is_named_by_path(route->scope);

	if (!is_named && route->scope != SCOPE_CONTEXT &&
	    route->scope != SCOPE_CURRENT)
		return;
	openapi_put_request_header(
	    d, is_named ? "AccountOfPath" : "AccountContext");
	openapi_put_request_header(
	    d, is_named ? "OrganizationOfPath" : "OrganizationContext");
}

void openapi_put_parameters(struct document *d, const struct route *route)
{
	const struct query_table *query = route->query;

	json_key(d->json, "parameters");
	json_open_list(d->json);
	openapi_put_request_header(d, "RequestId");
	if (route->flags & ROUTE_WRITES) {
		openapi_put_request_header(d, "IdempotencyKey");
		openapi_put_request_header(d, if_match(route));
	}
	put_context(d, route);
	put_path(d, route);
	for (size_t i = 0; query != NULL && i < query->count; i++)
		put_parameter(d, of_query(d, &query->rows[i]));
	if (openapi_has_tag(route))
		openapi_put_request_header(d, "IfNoneMatch");
	json_close_list(d->json);
}
