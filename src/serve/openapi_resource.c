#include "serve/openapi_schema.h"

#include <string.h>

/* tables of one kind of resource, members of a part */
enum { SAME_KIND_MAX = 8, MEMBERS_MAX = 40 };

/* The tables of one kind: users are members of more than one thing. */
struct kind {
	const struct resource *tables[SAME_KIND_MAX];
	size_t count;
};

static void add_table(struct kind *kind, const struct resource *table)
{
	for (size_t i = 0; i < kind->count; i++)
		if (kind->tables[i] == table)
			return;
	if (kind->count < SAME_KIND_MAX)
		kind->tables[kind->count++] = table;
}

static void add_if_of_kind(struct document *d, struct kind *kind,
    const struct operation *does, const char *name)
{
	if (does != NULL &&
	    strcmp(document_kind(d, does->shape->resource), name) == 0)
		add_table(kind, does->shape->resource);
}

static struct kind find_kind(struct document *d, const char *name)
{
	struct kind kind = { .count = 0 };

	for (size_t i = 0; i < d->routes.count; i++) {
		const struct route *route = d->routes.rows[i];

		add_if_of_kind(d, &kind, route->does, name);
		if (route->describe != NULL)
			add_if_of_kind(d, &kind, route->describe->other, name);
	}
	return kind;
}

/* PART_NONE: any part, of a resource that is flat. */
static bool is_in(enum field_part part, const struct field *field)
{
	return field->member != NULL && field->part != PART_NONE &&
	    (part == PART_NONE || field->part == part);
}

static const struct field *find_member(
    const struct resource *resource, enum field_part part, const char *member)
{
	const struct field_table *table = &resource->table;

	for (size_t i = 0; i < table->count; i++)
		if (is_in(part, &table->rows[i]) &&
		    strcmp(table->rows[i].member, member) == 0)
			return &table->rows[i];
	return NULL;
}

/* Whether every table of the kind has the member, for every caller. */
static bool is_always_there(
    const struct kind *kind, enum field_part part, const char *member)
{
	for (size_t i = 0; i < kind->count; i++) {
		const struct field *field = find_member(
		    kind->tables[i], part, member);

		if (field == NULL ||
		    (field->flags &
			(FIELD_SECRET | FIELD_ADMIN | FIELD_OMIT_EMPTY)))
			return false;
	}
	return true;
}

/* The members of a part, each once: those of the first table, then others. */
static size_t list_members(const struct kind *kind, enum field_part part,
    const struct field **out, size_t most)
{
	size_t count = 0;

	for (size_t t = 0; t < kind->count; t++) {
		const struct field_table *table = &kind->tables[t]->table;

		for (size_t i = 0; i < table->count; i++) {
			const struct field *row = &table->rows[i];
			bool is_new = is_in(part, row);

			for (size_t o = 0; is_new && o < count; o++)
				is_new = strcmp(out[o]->member, row->member) !=
				    0;
			if (is_new && count < most)
				out[count++] = row;
		}
	}
	return count;
}

static const struct field hash_field = {
	.member = "hash",
	.type = FIELD_TEXT,
	.domain = &(const struct domain){ .pattern = "^[0-9a-f]{64}$" },
	.says = "SHA-256 of the spec's JSON without its secrets, in"
		" hexadecimal.",
};

static void put_required(
    struct document *d, const struct kind *kind, enum field_part part)
{
	const struct field *members[MEMBERS_MAX];
	size_t count = list_members(kind, part, members, MEMBERS_MAX);

	json_key(d->json, "required");
	json_open_list(d->json);
	for (size_t i = 0; i < count; i++)
		if (is_always_there(kind, part, members[i]->member))
			json_text(d->json, members[i]->member);
	if (part == PART_METADATA)
		json_text(d->json, hash_field.member);
	json_close_list(d->json);
}

static void put_part(struct document *d, const struct kind *kind,
    enum field_part part, const char *says)
{
	const struct field *members[MEMBERS_MAX + 1];
	size_t count = list_members(kind, part, members, MEMBERS_MAX);

	if (part == PART_METADATA)
		members[count++] = &hash_field;
	json_open_object(d->json);
	document_text(d, "type", "object");
	document_text(d, "description", count == 0 ? "Always empty." : says);
	if (count > 0) {
		put_required(d, kind, part);
		json_key(d->json, "properties");
		json_open_object(d->json);
		for (size_t i = 0; i < count; i++)
			openapi_put_member(d, members[i]);
		json_close_object(d->json);
	}
	json_close_object(d->json);
}

static void write_metadata(struct document *d, const void *of)
{
	struct kind kind = find_kind(d, of);

	put_part(d, &kind, PART_METADATA, NULL);
}

/* Whether the metadata are said to be as those of organizations. */
static bool has_common_metadata(const struct kind *kind)
{
	const struct field *members[MEMBERS_MAX];
	size_t count = list_members(kind, PART_METADATA, members, MEMBERS_MAX);

	for (size_t i = 0; i < count; i++) {
		const struct field *common = find_member(
		    &organization_resource, PART_METADATA, members[i]->member);

		if (common == NULL || common->domain != members[i]->domain ||
		    members[i]->says != NULL)
			return false;
	}
	return true;
}

static void put_const(struct document *d, const char *key, const char *value)
{
	json_key(d->json, key);
	json_open_object(d->json);
	document_text(d, "type", "string");
	document_text(d, "const", value);
	json_close_object(d->json);
}

static const char *says_of(const struct kind *kind)
{
	for (size_t i = 0; i < kind->count; i++)
		if (kind->tables[i]->says != NULL)
			return kind->tables[i]->says;
	return NULL;
}

/* With apiVersion, kind, metadata, spec and status. */
static void put_envelope(
    struct document *d, const struct kind *kind, const char *name)
{
	bool is_common = has_common_metadata(kind);

	json_open_object(d->json);
	document_text(d, "type", "object");
	document_text(d, "description", says_of(kind));
	json_key(d->json, "required");
	document_quoted(d, "['apiVersion','kind','metadata','spec','status']");
	json_key(d->json, "properties");
	json_open_object(d->json);
	put_const(d, "apiVersion", RESOURCE_VERSION);
	put_const(d, "kind", name);
	json_key(d->json, "metadata");
	document_reference(d,
	    (struct component){ SECTION_SCHEMAS,
		is_common ? "Metadata"
			  : arena_print(d->mem, "%sMetadata", name),
		write_metadata, name });
	json_key(d->json, "spec");
	put_part(d, kind, PART_SPEC, NULL);
	json_key(d->json, "status");
	put_part(d, kind, PART_STATUS, NULL);
	json_close_object(d->json);
	json_close_object(d->json);
}

static void write_kind(struct document *d, const void *of)
{
	struct kind kind = find_kind(d, of);

	if (kind.count > 0 && kind.tables[0]->begin == NULL)
		put_part(d, &kind, PART_NONE, says_of(&kind));
	else
		put_envelope(d, &kind, of);
}

void openapi_put_kind(struct document *d, const struct shape *shape)
{
	const char *kind = document_kind(d, shape->resource);

	document_reference(
	    d, (struct component){ SECTION_SCHEMAS, kind, write_kind, kind });
}
