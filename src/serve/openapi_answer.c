#include "serve/openapi_schema.h"

#include "serve/openapi_problem.h"
#include "serve/operation.h"

/* what a route shows of resources (http/route.h) */
enum {
	SEEN_MAX = sizeof(((struct route *)0)->seen) / sizeof(void *),
	USES_MAX = sizeof(((struct describe_answer *)0)->uses) / sizeof(void *)
};

/* --- the schema of an answer ---------------------------------------------- */

static void write_list(struct document *d, const void *of)
{
	const struct shape *shape = of;

	json_open_object(d->json);
	document_text(d, "type", "object");
	json_key(d->json, "required");
	json_open_list(d->json);
	json_text(d->json, shape->many);
	json_close_list(d->json);
	json_key(d->json, "properties");
	json_open_object(d->json);
	json_key(d->json, shape->many);
	json_open_object(d->json);
	document_text(d, "type", "array");
	json_key(d->json, "items");
	openapi_put_kind(d, shape);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void put_nested(struct document *d, const struct nested *nested);

/* A row beside a resource, whose members are all there. */
static void write_row(struct document *d, const void *of)
{
	const struct nested *nested = of;
	const struct field_table *table = nested->table;

	json_open_object(d->json);
	document_text(d, "type", "object");
	json_key(d->json, "required");
	json_open_list(d->json);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].member != NULL)
			json_text(d->json, table->rows[i].member);
	if (nested->inner != NULL)
		json_text(d->json, nested->inner->member);
	json_close_list(d->json);
	json_key(d->json, "properties");
	json_open_object(d->json);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].member != NULL)
			openapi_put_member(d, &table->rows[i]);
	if (nested->inner != NULL)
		put_nested(d, nested->inner);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void put_nested(struct document *d, const struct nested *nested)
{
	json_key(d->json, nested->member);
	json_open_object(d->json);
	document_text(d, "type", "array");
	document_text(d, "description", nested->says);
	json_key(d->json, "items");
	if (nested->schema == NULL)
		write_row(d, nested);
	else
		document_reference(d,
		    (struct component){
			SECTION_SCHEMAS, nested->schema, write_row, nested });
	json_close_object(d->json);
}

static void put_names(struct document *d, const struct shape *shape)
{
	const struct field_table *beside = shape->beside;

	json_open_list(d->json);
	if (shape->one != NULL)
		json_text(d->json, shape->one);
	for (size_t i = 0; beside != NULL && i < beside->count; i++)
		if ((beside->rows[i].flags & FIELD_OMIT_EMPTY) == 0)
			json_text(d->json, beside->rows[i].member);
	if (shape->nested != NULL)
		json_text(d->json, shape->nested->member);
	json_close_list(d->json);
}

static void put_row(struct document *d, const struct shape *shape)
{
	const struct field row = { .member = shape->one,
		.type = FIELD_JSON,
		.domain = shape->one_is };

	if (shape->one == NULL)
		return;
	if (shape->one_is != NULL) {
		openapi_put_member(d, &row);
		return;
	}
	json_key(d->json, shape->one);
	openapi_put_kind(d, shape);
}

static void put_alone(struct document *d, const struct shape *shape)
{
	const struct field_table *beside = shape->beside;

	json_open_object(d->json);
	document_text(d, "type", "object");
	document_text(d, "description", shape->says);
	json_key(d->json, "required");
	put_names(d, shape);
	json_key(d->json, "properties");
	json_open_object(d->json);
	put_row(d, shape);
	for (size_t i = 0; beside != NULL && i < beside->count; i++)
		openapi_put_member(d, &beside->rows[i]);
	if (shape->nested != NULL)
		put_nested(d, shape->nested);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void write_one(struct document *d, const void *of)
{
	const struct shape *shape = of;

	if (shape->within == NULL) {
		put_alone(d, shape);
		return;
	}
	json_open_object(d->json);
	document_text(d, "type", "object");
	json_key(d->json, "required");
	json_open_list(d->json);
	json_text(d->json, shape->within);
	json_close_list(d->json);
	json_key(d->json, "properties");
	json_open_object(d->json);
	json_key(d->json, shape->within);
	json_open_object(d->json);
	document_text(d, "type", "array");
	json_key(d->json, "items");
	put_alone(d, shape);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void write_function(struct document *d, const void *of)
{
	const struct describe_answer *answer = of;

	for (size_t i = 0; i < USES_MAX && answer->uses[i] != NULL; i++)
		openapi_remember(d, answer->uses[i]);
	document_quoted(d, answer->text);
}

/* The resources that a function shows: each as a member. */
static void write_seen(struct document *d, const void *of)
{
	const struct route *route = of;

	json_open_object(d->json);
	document_text(d, "type", "object");
	json_key(d->json, "required");
	json_open_list(d->json);
	for (size_t i = 0; i < SEEN_MAX && route->seen[i] != NULL; i++)
		json_text(d->json, route->seen[i]->shape->one);
	json_close_list(d->json);
	json_key(d->json, "properties");
	json_open_object(d->json);
	for (size_t i = 0; i < SEEN_MAX && route->seen[i] != NULL; i++) {
		json_key(d->json, route->seen[i]->shape->one);
		openapi_put_kind(d, route->seen[i]->shape);
	}
	json_close_object(d->json);
	json_close_object(d->json);
}

struct component openapi_answer_schema(
    struct document *d, const struct route *route)
{
	const struct describe_answer *answer = openapi_words(route)->function;
	const struct shape *shape;
	const char *kind;

	if (route->does == NULL && answer->text == NULL)
		return (struct component){ SECTION_SCHEMAS, answer->schema,
			write_seen, route };
	if (route->does == NULL)
		return (struct component){ SECTION_SCHEMAS, answer->schema,
			write_function, answer };
	shape = route->does->shape;
	kind = document_kind(d, shape->resource);
	if (route->does->kind == OPERATION_LIST)
		return (struct component){ SECTION_SCHEMAS,
			shape->one == NULL && shape->schema != NULL
			    ? shape->schema
			    : arena_print(d->mem, "%sList", kind),
			write_list, shape };
	return (struct component){ SECTION_SCHEMAS,
		shape->schema != NULL ? shape->schema
				      : arena_print(d->mem, "One%s", kind),
		write_one, shape };
}

/* --- the example of an answer --------------------------------------------- */

static void put_list(struct document *d, const struct shape *shape)
{
	json_open_object(d->json);
	json_key(d->json, shape->many);
	json_open_list(d->json);
	for (size_t i = 0; i < shape->example_count; i++)
		represent_resource(&d->rs, shape->resource,
		    (const char *)shape->examples + i * shape->size);
	json_close_list(d->json);
	json_close_object(d->json);
}

static void put_one(struct document *d, const struct shape *shape)
{
	const struct nested *nested = shape->nested;
	struct represent_nested rows;
	struct representation of = {
		.member = shape->one,
		.within = shape->within,
		.resource = shape->resource,
		.row = shape->examples,
		.beside = shape->beside,
	};

	if (nested != NULL) {
		rows = (struct represent_nested){ nested->member, nested->table,
			nested->example, nested->size, 1,
			operation_inner(nested) };
		of.nested = &rows;
	}
	represent_all(&d->rs, &of);
}

static void put_seen(struct document *d, const struct route *route)
{
	json_open_object(d->json);
	for (size_t i = 0; i < SEEN_MAX && route->seen[i] != NULL; i++) {
		const struct shape *shape = route->seen[i]->shape;

		json_key(d->json, shape->one);
		represent_resource(&d->rs, shape->resource, shape->examples);
	}
	json_close_object(d->json);
}

/* Whether the answer has an example. */
static bool has_example(const struct route *route)
{
	const struct describe_answer *function = openapi_words(route)->function;

	if (route->does != NULL)
		return route->does->shape->example_count > 0;
	if (function == NULL)
		return false;
	return function->text != NULL ? function->example != NULL
				      : route->seen[0] != NULL;
}

void openapi_put_answer(struct document *d, const struct route *route)
{
	const struct describe_answer *function = openapi_words(route)->function;

	if (!has_example(route))
		return;
	json_key(d->json, "example");
	if (route->does == NULL && function->text == NULL)
		put_seen(d, route);
	else if (route->does == NULL)
		document_quoted(d, function->example);
	else if (route->does->kind == OPERATION_LIST)
		put_list(d, route->does->shape);
	else
		put_one(d, route->does->shape);
}

/* One of each, and two of what hangs on it. */
static void put_losses(struct document *d, const struct operation *does)
{
	json_open_object(d->json);
	for (size_t i = 0; i < does->loss_count; i++) {
		if (does->losses[i].is_for_system_admins)
			continue;
		json_key(d->json, does->losses[i].member);
		json_integer(d->json, does->losses[i].count == NULL ? 1 : 2);
	}
	if (does->lost_keys != NULL) {
		json_key(d->json, "apiKeys");
		json_integer(d->json, 0);
	}
	json_close_object(d->json);
}

void openapi_put_dry_run(struct document *d, const struct route *route)
{
	json_key(d->json, "example");
	if (route->does == NULL) {
		document_quoted(d,
		    "{'dryRun':true,'keys':[],'wouldRemove':{},'limits':["
		    "{'name':'projects','allowed':3,'current':1},"
		    "{'name':'users','allowed':0,'current':1}]}");
		return;
	}
	json_open_object(d->json);
	json_key(d->json, "dryRun");
	json_boolean(d->json, true);
	json_key(d->json, "keys");
	document_quoted(d, "[]");
	json_key(d->json, "wouldRemove");
	put_losses(d, route->does);
	json_key(d->json, "limits");
	document_quoted(d, "[]");
	json_close_object(d->json);
}
