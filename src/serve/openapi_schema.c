#include "serve/openapi_schema.h"

#include <string.h>

#include "model/domain.h"

static const char *type_name(enum field_type type)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_STRING:
	case FIELD_NAME:
	case FIELD_TIME:
	case FIELD_CREATED:
	case FIELD_BYTES:
		break;
	case FIELD_INTEGER:
	case FIELD_SECONDS:
		return "integer";
	case FIELD_BOOL:
		return "boolean";
	case FIELD_EMPTY_LIST:
		return "array";
	case FIELD_EMPTY_OBJECT:
	case FIELD_JSON: /* its domain says more */
	case FIELD_LABELS:
		return "object";
	}
	return "string";
}

static bool is_time(const struct field *field)
{
	return field->type == FIELD_TIME || field->type == FIELD_CREATED;
}

static bool is_text(const struct field *field)
{
	return strcmp(type_name(field->type), "string") == 0 &&
	    (field->domain == NULL || field->domain->schema == NULL);
}

/* --- one value ------------------------------------------------------------ */

/* A secret is shown once: not in an answer that was kept. */
static bool may_be_null(const struct field *field)
{
	return (field->flags & FIELD_MAY_BE_NULL) ||
	    ((field->flags & FIELD_SECRET) && field->type == FIELD_TEXT);
}

static void put_type(struct document *d, const struct field *field)
{
	json_key(d->json, "type");
	if (!may_be_null(field)) {
		json_text(d->json, type_name(field->type));
		return;
	}
	json_open_list(d->json);
	json_text(d->json, type_name(field->type));
	json_text(d->json, "null");
	json_close_list(d->json);
}

static void put_says(struct document *d, const struct field *field)
{
	const char *says = field->says;
	const char *more = "";

	if (says == NULL && field->domain != NULL &&
	    field->type != FIELD_EMPTY_LIST)
		says = field->domain->says;
	if (is_time(field))
		more = "UTC, in milliseconds.";
	else if (field->type == FIELD_EMPTY_LIST ||
	    field->type == FIELD_EMPTY_OBJECT)
		more = "Always empty.";
	else if ((field->flags & FIELD_SECRET) && may_be_null(field))
		more = "Null where the answer is one that was kept for its"
		       " idempotency key.";
	if (says != NULL && *more != '\0')
		says = arena_print(d->mem, "%s %s", says, more);
	else if (says == NULL && *more != '\0')
		says = more;
	document_text(d, "description", says);
}

/* One of the words of a text, boolean or number. */
static void put_words(struct document *d, const struct field *field)
{
	const char *words = field->domain->words;
	bool is_one = strchr(words, '|') == NULL;

	json_key(d->json, is_one ? "const" : "enum");
	if (!is_one)
		json_open_list(d->json);
	for (const char *end;; words = end + 1) {
		size_t length = strcspn(words, "|");

		end = words + length;
		if (is_text(field))
			json_text(d->json, arena_copy(d->mem, words, length));
		else
			json_raw(d->json, words, length);
		if (*end == '\0')
			break;
	}
	if (!is_one)
		json_close_list(d->json);
}

static void put_number(struct document *d, const char *key, int64_t number)
{
	json_key(d->json, key);
	json_integer(d->json, number);
}

static void put_range(struct document *d, const struct field *field)
{
	const struct domain *domain = field->domain;
	bool is_number = field->type == FIELD_INTEGER;

	if (domain->least > 0 || is_number)
		put_number(
		    d, is_number ? "minimum" : "minLength", domain->least);
	if (domain->most > 0)
		put_number(
		    d, is_number ? "maximum" : "maxLength", domain->most);
}

static void put_inside(struct document *d, const struct field *field)
{
	json_key(d->json,
	    field->type == FIELD_EMPTY_LIST ? "items" : "additionalProperties");
	json_open_object(d->json);
	document_text(d, "type",
	    field->type == FIELD_EMPTY_LIST && field->domain == NULL
		? "object"
		: "string");
	json_close_object(d->json);
}

static void put_limits(struct document *d, const struct field *field)
{
	const struct domain *domain = field->domain;

	if (field->type == FIELD_EMPTY_LIST ||
	    field->type == FIELD_EMPTY_OBJECT)
		put_inside(d, field);
	else if (field->type == FIELD_INTEGER)
		document_text(d, "format", "int64");
	else if (is_time(field))
		document_text(d, "format", "date-time");
	if (domain == NULL || field->type == FIELD_EMPTY_LIST)
		return;
	document_text(d, "pattern", domain->pattern);
	document_text(d, "format", domain->format);
	if (domain->words != NULL)
		put_words(d, field);
	put_range(d, field);
}

/* The member's schema as its domain writes it, not by its type. */
static void put_written(struct document *d, const struct field *field)
{
	document_quoted(d, field->domain->schema);
	document_text(d, "description",
	    field->says != NULL ? field->says : field->domain->says);
	openapi_remember(d, field->domain->uses);
}

static void put_domain(struct document *d, const struct field *field)
{
	put_type(d, field);
	put_says(d, field);
	put_limits(d, field);
}

static void write_domain(struct document *d, const void *of)
{
	const struct domain *domain = of;
	const struct field field = { .type = FIELD_TEXT, .domain = domain };

	json_open_object(d->json);
	if (domain->schema != NULL)
		put_written(d, &field);
	else
		put_domain(d, &field);
	if (domain->example != NULL) {
		json_key(d->json, "examples");
		json_open_list(d->json);
		openapi_put_example(d, &field, NULL);
		json_close_list(d->json);
	}
	json_close_object(d->json);
}

static struct component component_of(const struct domain *domain)
{
	return (struct component){ SECTION_SCHEMAS, domain->name, write_domain,
		domain };
}

void openapi_remember(struct document *d, const struct domain *domain)
{
	if (domain != NULL)
		document_remember(d, component_of(domain));
}

static void put_members(struct document *d, const struct field *field)
{
	struct field one = *field;

	if (one.domain == NULL && one.type == FIELD_NAME)
		one.domain = &domain_display_name;
	if (one.domain != NULL && one.domain->name != NULL &&
	    one.type != FIELD_EMPTY_LIST && !may_be_null(&one)) {
		document_refer(d, component_of(one.domain));
		document_text(d, "description", one.says);
	} else if (one.domain != NULL && one.domain->schema != NULL)
		put_written(d, &one);
	else
		put_domain(d, &one);
}

void openapi_schema(struct document *d, const struct field *field)
{
	json_open_object(d->json);
	put_members(d, field);
	json_close_object(d->json);
}

void openapi_put_member(struct document *d, const struct field *field)
{
	json_key(d->json, field->member);
	openapi_schema(d, field);
}

/* An alias within another member: {"metadata": {"id": …}}. */
static void put_inner_alias(
    struct document *d, const struct field *alias, const char *inner)
{
	json_key(d->json,
	    arena_copy(
		d->mem, alias->alias, (size_t)(inner - alias->alias) - 1));
	json_open_object(d->json);
	document_text(d, "type", "object");
	json_key(d->json, "required");
	json_open_list(d->json);
	json_text(d->json, inner);
	json_close_list(d->json);
	json_key(d->json, "properties");
	json_open_object(d->json);
	json_key(d->json, inner);
	json_open_object(d->json);
	put_members(d, alias);
	json_close_object(d->json);
	json_close_object(d->json);
	json_close_object(d->json);
}

void openapi_put_alias(struct document *d, const struct field *field)
{
	struct field alias = *field;

	alias.says = arena_print(d->mem,
	    "Another word for `%s`, taken in its place from older clients.",
	    field->member);
	if (strchr(field->alias, '.') != NULL) {
		put_inner_alias(d, &alias, strchr(field->alias, '.') + 1);
		return;
	}
	json_key(d->json, field->alias);
	json_open_object(d->json);
	put_members(d, &alias);
	json_key(d->json, "deprecated");
	json_boolean(d->json, true);
	json_close_object(d->json);
}

static const char *first_word(struct document *d, const char *words)
{
	return words == NULL ? NULL
			     : arena_copy(d->mem, words, strcspn(words, "|"));
}

void openapi_put_example(
    struct document *d, const struct field *field, const char *value)
{
	if (value == NULL)
		value = field->example;
	if (value == NULL && field->domain != NULL)
		value = field->domain->example;
	if (value == NULL && field->domain != NULL)
		value = first_word(d, field->domain->words);
	if (value == NULL)
		value = is_text(field) ? domain_display_name.example : "1";
	if (is_text(field))
		json_text(d->json, value);
	else
		json_raw(d->json, value, strlen(value));
}
