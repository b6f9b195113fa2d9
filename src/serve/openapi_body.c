#include "serve/openapi_schema.h"

#include <string.h>

#include "serve/openapi_problem.h"

static void put_required(struct document *d, const struct field_table *table)
{
	json_key(d->json, "required");
	json_open_list(d->json);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].flags & FIELD_REQUIRED)
			json_text(d->json, table->rows[i].member);
	json_close_list(d->json);
}

static void write_table(struct document *d, const void *of)
{
	const struct field_table *table = of;

	json_open_object(d->json);
	document_text(d, "type", "object");
	put_required(d, table);
	json_key(d->json, "properties");
	json_open_object(d->json);
	for (size_t i = 0; i < table->count; i++) {
		openapi_put_member(d, &table->rows[i]);
		if (table->rows[i].alias != NULL)
			openapi_put_alias(d, &table->rows[i]);
	}
	json_close_object(d->json);
	json_close_object(d->json);
}

/* The members of the table, and those that it cannot say. */
static const struct field_table *whole_table(
    struct document *d, const struct route *route)
{
	const struct field_table *more = openapi_words(route)->more;
	struct field_table *whole;
	struct field *rows;

	if (more == NULL)
		return route->body;
	whole = arena_alloc(d->mem, sizeof(*whole));
	whole->count = route->body->count + more->count;
	rows = arena_alloc(d->mem, whole->count * sizeof(*rows));
	memcpy(rows, route->body->rows, route->body->count * sizeof(*rows));
	memcpy(
	    rows + route->body->count, more->rows, more->count * sizeof(*rows));
	whole->rows = rows;
	return whole;
}

/* A table of one member, which is required. */
static const struct field_table *table_of_one(
    struct document *d, const struct field *field)
{
	struct field *row = arena_alloc(d->mem, sizeof(*row));
	struct field_table *table = arena_alloc(d->mem, sizeof(*table));

	*row = *field;
	row->flags |= FIELD_REQUIRED;
	*table = (struct field_table){ row, 1 };
	return table;
}

static void write_forms(struct document *d, const void *of)
{
	const struct route *route = of;
	const char *name = route->describe->forms;

	json_open_object(d->json);
	document_text(d, "description", "Exactly one of these members.");
	json_key(d->json, "oneOf");
	json_open_list(d->json);
	for (size_t i = 0; i < route->body->count; i++) {
		size_t length = strcspn(name, " ");

		document_reference(d,
		    (struct component){ SECTION_SCHEMAS,
			arena_print(d->mem, "%.*sBody", (int)length, name),
			write_table, table_of_one(d, &route->body->rows[i]) });
		name += length + strspn(name + length, " ");
	}
	json_close_list(d->json);
	json_close_object(d->json);
}

static const char *name_of(const struct route *route)
{
	const char *name = openapi_words(route)->body;

	return name != NULL ? name : route->operation_id;
}

static struct component body_schema(
    struct document *d, const struct route *route)
{
	struct component body = { SECTION_SCHEMAS,
		arena_print(d->mem, "%sBody", name_of(route)), write_table,
		whole_table(d, route) };

	if (openapi_words(route)->forms != NULL) {
		body.write = write_forms;
		body.of = route;
	}
	return body;
}

/* The member that `word` names; it may have a value behind a `=`. */
static void put_named(struct document *d, const struct field_table *table,
    const char *word, const char *value)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < table->count; i++) {
		const char *member = table->rows[i].member;

		if (strncmp(word, member, length) != 0 ||
		    member[length] != '\0')
			continue;
		json_key(d->json, member);
		openapi_put_example(d, &table->rows[i], value);
	}
}

static void put_body(struct document *d, const struct route *route,
    const struct describe_body *body)
{
	json_open_object(d->json);
	for (const char *at = body->members; *at != '\0';
	     at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		const char *value = memchr(at, '=', length);

		if (value != NULL)
			value = arena_copy(d->mem, value + 1,
			    (size_t)(at + length - value) - 1);
		put_named(d, whole_table(d, route),
		    arena_copy(d->mem, at, length), value);
		at += length;
	}
	json_close_object(d->json);
}

/* The members for which null and "" are no absence. */
static const char *strict_words(struct document *d, const struct route *route)
{
	const char *words = "";

	for (size_t i = 0; i < route->body->count; i++)
		if ((route->body->rows[i].flags &
			(FIELD_STRICT | FIELD_REQUIRED)) == FIELD_STRICT)
			words = arena_print(d->mem, "%s%s`%s`", words,
			    *words != '\0' ? ", " : "",
			    route->body->rows[i].member);
	if (*words == '\0')
		return words;
	return arena_print(d->mem,
	    " Null or an empty text for %s is 400, so that an empty variable of"
	    " a script never makes a request wider.",
	    words);
}

static const char *alias_words(const struct route *route)
{
	for (size_t i = 0; i < route->body->count; i++)
		if (route->body->rows[i].alias != NULL)
			return "; an alias beside its member must have the same"
			       " value";
	return "";
}

/* All members, if the route's words have no example. */
static void put_whole(struct document *d, const struct field_table *table)
{
	json_key(d->json, "all");
	json_open_object(d->json);
	json_key(d->json, "value");
	json_open_object(d->json);
	for (size_t i = 0; i < table->count; i++)
		put_named(d, table, table->rows[i].member, NULL);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void put_bodies(struct document *d, const struct route *route)
{
	const struct describe *words = openapi_words(route);

	json_key(d->json, "examples");
	json_open_object(d->json);
	if (words->body_count == 0)
		put_whole(d, whole_table(d, route));
	for (size_t i = 0; i < words->body_count; i++) {
		json_key(d->json, words->bodies[i].name);
		json_open_object(d->json);
		json_key(d->json, "value");
		put_body(d, route, &words->bodies[i]);
		json_close_object(d->json);
	}
	json_close_object(d->json);
}

static void write_body(struct document *d, const void *of)
{
	const struct route *route = of;
	const char *says = openapi_words(route)->body_says;

	json_open_object(d->json);
	document_text(d, "description",
	    arena_print(d->mem,
		"%s%s Members that are not listed are ignored%s. The"
		" Content-Type is not looked at, except that a multipart form"
		" is refused.",
		says != NULL ? says : "", strict_words(d, route),
		alias_words(route)));
	json_key(d->json, "required");
	json_boolean(d->json, !(route->flags & ROUTE_MAY_BE_BARE));
	json_key(d->json, "content");
	json_open_object(d->json);
	json_key(d->json, "application/json");
	json_open_object(d->json);
	json_key(d->json, "schema");
	document_reference(d, body_schema(d, route));
	put_bodies(d, route);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

struct component openapi_request_body(const struct route *route)
{
	return (struct component){ SECTION_BODIES, name_of(route), write_body,
		route };
}
