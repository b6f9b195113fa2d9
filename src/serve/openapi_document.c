#include "serve/openapi_document.h"

#include <ctype.h>
#include <string.h>

static const char *const sections[] = {
	[SECTION_PARAMETERS] = "parameters",
	[SECTION_BODIES] = "requestBodies",
	[SECTION_RESPONSES] = "responses",
	[SECTION_HEADERS] = "headers",
	[SECTION_SCHEMAS] = "schemas",
};

void document_text(struct document *d, const char *key, const char *text)
{
	if (text == NULL)
		return;
	json_key(d->json, key);
	json_text(d->json, text);
}

static bool is_known(const struct document *d, const struct component *one)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->components[i].section == one->section &&
		    strcmp(d->components[i].name, one->name) == 0)
			return true;
	return false;
}

void document_remember(struct document *d, struct component component)
{
	if (is_known(d, &component))
		return;
	if (d->count == COMPONENTS_MAX)
		d->json->failed = ERR_INTERNAL;
	else
		d->components[d->count++] = component;
}

void document_refer(struct document *d, struct component component)
{
	document_text(d, "$ref",
	    arena_print(d->mem, "#/components/%s/%s",
		sections[component.section], component.name));
	document_remember(d, component);
}

void document_reference(struct document *d, struct component component)
{
	json_open_object(d->json);
	document_refer(d, component);
	json_close_object(d->json);
}

void document_section(struct document *d, enum section section)
{
	json_key(d->json, sections[section]);
	json_open_object(d->json);
	for (size_t i = 0; i < d->count; i++) {
		const struct component *one = &d->components[i];

		if (one->section != section)
			continue;
		json_key(d->json, one->name);
		one->write(d, one->of);
	}
	json_close_object(d->json);
}

const char *document_kind(struct document *d, const struct resource *resource)
{
	static const char before[] = "\"kind\":\"";
	const char *kind;

	if (resource->schema != NULL)
		return resource->schema;
	kind = strstr(resource->begin, before) + strlen(before);
	return arena_copy(d->mem, kind, strcspn(kind, "\""));
}

const struct shape *document_shape(struct document *d, const char *kind)
{
	for (size_t i = 0; i < d->routes.count; i++) {
		const struct operation *does = d->routes.rows[i]->does;

		if (does != NULL && does->shape->example_count > 0 &&
		    strcmp(document_kind(d, does->shape->resource), kind) == 0)
			return does->shape;
	}
	return NULL;
}

static void put_example(struct document *d, const char *kind)
{
	const struct shape *shape = document_shape(d, kind);

	if (shape == NULL)
		d->json->failed = ERR_INTERNAL;
	else
		represent_resource(&d->rs, shape->resource, shape->examples);
}

/* The name behind the first character of `text`; returns its end. */
static const char *put_named(struct document *d, const char *text)
{
	const char *end = text + 1;
	const char *name;

	while (isalpha((unsigned char)*end))
		end++;
	name = arena_copy(d->mem, text + 1, (size_t)(end - text) - 1);
	d->json->need_comma = false;
	if (*text == '@') {
		put_example(d, name);
		return end;
	}
	json_open_object(d->json);
	document_text(
	    d, "$ref", arena_print(d->mem, "#/components/schemas/%s", name));
	json_close_object(d->json);
	return end;
}

void document_quoted(struct document *d, const char *text)
{
	json_raw(d->json, "", 0);
	while (*text != '\0') {
		size_t plain = strcspn(text, "'@#");

		json_bytes(d->json, text, plain);
		text += plain;
		if (*text == '\'') {
			json_bytes(d->json, "\"", 1);
			text++;
		} else if (isupper((unsigned char)text[*text != '\0']))
			text = put_named(d, text);
		else if (*text != '\0')
			json_bytes(d->json, text++, 1);
	}
	d->json->need_comma = true;
}
