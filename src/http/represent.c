#include "http/represent.h"

#include <string.h>

#include "edge/crypto.h"
#include "http/etag.h"

static void put_finding(struct json_writer *json, const struct finding *row)
{
	json_open_object(json);
	json_key(json, "check");
	json_text(json, row->check);
	json_key(json, "state");
	json_text(json, finding_state_name(row->state));
	json_key(json, "detail");
	json_text(json, row->detail);
	json_key(json, "remedy");
	json_text(json, row->remedy);
	json_close_object(json);
}

enum err respond_findings(struct response *rs, const struct findings *findings)
{
	struct json_writer *json = &rs->json;
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "state");
	json_text(json, finding_state_name(findings_state(findings)));
	json_key(json, "checks");
	json_open_list(json);
	for (size_t i = 0; i < findings->count; i++)
		put_finding(json, &findings->rows[i]);
	json_close_list(json);
	json_close_object(json);
	return json->failed;
}

/* A secret that is not known any more is null. */
static void put_member(
    struct json_writer *json, const struct field *field, const void *row)
{
	json_key(json, field->member);
	if ((field->flags & FIELD_SECRET) && field->type == FIELD_TEXT &&
	    ((const char *)row)[field->offset] == '\0')
		json_text(json, NULL);
	else
		json_field(json, field, row);
}

/* Left out, since it is empty. */
static bool is_omitted(const struct field *field, const void *row)
{
	return (field->flags & FIELD_OMIT_EMPTY) != 0 &&
	    ((const char *)row)[field->offset] == '\0';
}

static void put_part(struct json_writer *json, const struct resource *resource,
    const void *row, enum field_part part)
{
	bool secrets = resource->shows_secrets != NULL &&
	    resource->shows_secrets(row);

	json_open_object(json);
	for (size_t i = 0; i < resource->table.count; i++) {
		const struct field *field = &resource->table.rows[i];

		if (field->member == NULL || field->part != part)
			continue;
		if ((field->flags & (FIELD_SECRET | FIELD_ADMIN)) && !secrets)
			continue;
		if (is_omitted(field, row))
			continue;
		put_member(json, field, row);
	}
}

/*
 * SHA-256 of the spec without its secrets: what a client compares.  The specs
 * of a list are often all the same, and those of a tree of two kinds: the last
 * two are kept.
 */
static const char *spec_hash(
    struct response *rs, const char *spec, size_t length)
{
	struct response_spec *kept = rs->specs;

	for (size_t i = 0; i < 2; i++)
		if (kept[i].length == length &&
		    memcmp(kept[i].text, spec, length) == 0)
			return kept[i].hash;
	kept += rs->next_spec;
	rs->next_spec = !rs->next_spec;
	crypto_sha256_hex(spec, length, kept->hash);
	memcpy(kept->text, spec, length);
	kept->length = length;
	return kept->hash;
}

static void put_hash(
    struct response *rs, const struct resource *resource, const void *row)
{
	struct resource open = { .begin = resource->begin,
		.table = resource->table };
	char spec[sizeof(rs->specs[0].text)];
	struct json_writer digest;

	json_start(&digest, spec, sizeof(spec), NULL, NULL);
	put_part(&digest, &open, row, PART_SPEC);
	json_close_object(&digest);
	/* the hash of a part would say that two specs are the same */
	if (digest.failed)
		rs->is_defective = true;
	json_key(&rs->json, "hash");
	json_text(&rs->json, spec_hash(rs, spec, digest.used));
}

void represent_resource(
    struct response *rs, const struct resource *resource, const void *row)
{
	struct json_writer *json = &rs->json;

	if (resource->begin == NULL) {
		put_part(json, resource, row, PART_FLAT);
		json_close_object(json);
		return;
	}
	json_raw_open(json, resource->begin);
	put_part(json, resource, row, PART_METADATA);
	put_hash(rs, resource, row);
	json_close_object(json);
	json_key(json, "spec");
	put_part(json, resource, row, PART_SPEC);
	json_close_object(json);
	if (!resource->has_status) {
		json_raw_close(json, ",\"status\":{}}");
		return;
	}
	json_key(json, "status");
	put_part(json, resource, row, PART_STATUS);
	json_close_object(json);
	json_close_object(json);
}

static void put_members(
    struct json_writer *json, const struct field_table *table, const void *row)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].member != NULL)
			put_member(json, &table->rows[i], row);
}

/* The row `i`, and of those behind it what is within the same. */
static size_t put_nested_row(
    struct json_writer *json, const struct represent_nested *nested, size_t i)
{
	const struct represent_inner *inner = &nested->inner;
	const char *row = nested->rows + i * nested->size, *first = row;

	json_open_object(json);
	put_members(json, nested->table, first);
	if (inner->member == NULL) {
		json_close_object(json);
		return i + 1;
	}
	json_key(json, inner->member);
	json_open_list(json);
	for (; i < nested->count &&
	     strcmp(row + inner->outer_id, first + inner->outer_id) == 0;
	     i++, row += nested->size) {
		if (row[inner->id] == '\0')
			continue;
		json_open_object(json);
		put_members(json, inner->table, row);
		json_close_object(json);
	}
	json_close_list(json);
	json_close_object(json);
	return i;
}

static void put_nested(
    struct response *rs, const struct represent_nested *nested)
{
	struct json_writer *json = &rs->json;

	json_key(json, nested->member);
	json_open_list(json);
	for (size_t i = 0; i < nested->count;)
		i = put_nested_row(json, nested, i);
	json_close_list(json);
}

static void put_null(struct json_writer *json, const char *member)
{
	json_key(json, member);
	json_text(json, NULL);
}

static void put_resource(struct response *rs, const char *member,
    const struct resource *resource, const void *row)
{
	if (row == NULL) {
		put_null(&rs->json, member);
		return;
	}
	json_key(&rs->json, member);
	represent_resource(rs, resource, row);
}

static void put_alone(struct response *rs, const struct representation *of)
{
	struct json_writer *json = &rs->json;

	json_open_object(json);
	if (of->member != NULL)
		put_resource(rs, of->member, of->resource, of->row);
	for (size_t i = 0; of->beside != NULL && i < of->beside->count; i++)
		if (of->beside->rows[i].member == NULL)
			continue;
		else if (of->row == NULL)
			put_null(json, of->beside->rows[i].member);
		else if (!is_omitted(&of->beside->rows[i], of->row))
			put_member(json, &of->beside->rows[i], of->row);
	if (of->nested != NULL && of->row != NULL)
		put_nested(rs, of->nested);
	json_close_object(json);
}

void represent_all(struct response *rs, const struct representation *of)
{
	struct json_writer *json = &rs->json;

	if (of->within == NULL) {
		put_alone(rs, of);
		return;
	}
	json_open_object(json);
	json_key(json, of->within);
	json_open_list(json);
	put_alone(rs, of);
	json_close_list(json);
	json_close_object(json);
}

static bool has_secrets(const struct field_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].flags & FIELD_SECRET)
			return true;
	return false;
}

/* A secret is not for any cache, nor is the answer of a write. */
static bool may_be_kept(
    const struct response *rs, const struct representation *of)
{
	return rs->rq->method == METHOD_GET &&
	    (of->resource->shows_secrets == NULL ||
		!of->resource->shows_secrets(of->row) ||
		!has_secrets(&of->resource->table));
}

/* Of a nested row in JSON, beside its texts, which may be all escapes. */
enum { NESTED_SIZE = 256 };

enum err respond_resource(struct response *rs, int status, const char *location,
    const struct representation *of)
{
	char hex[CRYPTO_SHA256_HEX_SIZE], etag[ETAG_SIZE];
	enum err err;

	if (of->nested != NULL)
		response_room(rs,
		    RESPONSE_BUFFER_SIZE +
			of->nested->count *
			    (NESTED_SIZE + 2 * of->nested->size));
	represent_all(rs, of);
	if (of->version > 0) {
		crypto_sha256_hex(rs->json.buffer, rs->json.used, hex);
		etag_print(etag, of->kind, of->version, hex);
		response_header(rs, "ETag", etag);
		rs->caching = may_be_kept(rs, of) ? CACHING_CALLER
						  : CACHING_NONE;
		if ((err = response_precondition(rs, etag)))
			return err;
	}
	if (rs->status == 304) {
		response_reopen(rs);
		return ERR_NONE;
	}
	response_type(rs, status, "application/json");
	if (location != NULL)
		response_location(rs, location);
	return rs->json.failed;
}

enum err respond_created(struct response *rs, int status, const char *location,
    const struct response_part *parts, size_t count)
{
	response_type(rs, status, "application/json");
	if (location != NULL)
		response_location(rs, location);
	json_open_object(&rs->json);
	for (size_t i = 0; i < count; i++)
		put_resource(
		    rs, parts[i].member, parts[i].resource, parts[i].row);
	json_close_object(&rs->json);
	return rs->json.failed;
}
