/*
 * The description of the API while it is written: its JSON, and the components
 * that something has referred to.  Each of those is written once, at the end.
 */
#ifndef TENANTRY_SERVE_OPENAPI_DOCUMENT_H
#define TENANTRY_SERVE_OPENAPI_DOCUMENT_H

#include "http/represent.h"
#include "resource/module.h"

enum { COMPONENTS_MAX = 400 };

enum section {
	SECTION_PARAMETERS,
	SECTION_BODIES,
	SECTION_RESPONSES,
	SECTION_HEADERS,
	SECTION_SCHEMAS,
	SECTION_COUNT
};

struct document;

/* Writes the value of a component. */
typedef void (*document_writer)(struct document *d, const void *of);

struct component {
	enum section section;
	const char *name;
	document_writer write;
	const void *of; /* what `write` is given */
};

struct document {
	struct response rs; /* only its JSON, for http/represent.h */
	struct json_writer *json;
	struct arena *mem;
	struct route_table routes;
	struct component components[COMPONENTS_MAX];
	size_t count;
};

/* A member with a text; nothing where that is NULL. */
void document_text(struct document *d, const char *key, const char *text);

/* A component that is referred to in words that are JSON already. */
void document_remember(struct document *d, struct component component);
/* "$ref": to a component, which is remembered. */
void document_refer(struct document *d, struct component component);
/* {"$ref": …} */
void document_reference(struct document *d, struct component component);

/*
 * A value that is JSON with ' in place of ".  @Kind in it stands for the
 * example of a resource, #Name for a reference to a schema; where no capital
 * follows, both are themselves.
 */
void document_quoted(struct document *d, const char *text);

/* Writes the components of a section, also those that they refer to. */
void document_section(struct document *d, enum section section);

/* The name of its schema: its kind, where it has no other; of the arena. */
const char *document_kind(struct document *d, const struct resource *resource);

/* The shape of the first route that answers with a resource of this kind. */
const struct shape *document_shape(struct document *d, const char *kind);

#endif
