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

/* A draft has null where a secret would stand; an empty list is none. */
static void put_part(struct response *rs, struct json_writer *json,
    const struct resource *resource, const void *row, enum field_part part)
{
	bool secrets = resource->shows_secrets != NULL &&
	    resource->shows_secrets(row);

	json_open_object(json);
	for (size_t i = 0; i < resource->table.count; i++) {
		const struct field *field = &resource->table.rows[i];
		const char *text = (const char *)row + field->offset;

		if (field->member == NULL || field->part != part)
			continue;
		if ((field->flags & FIELD_SECRET) && !secrets)
			continue;
		if ((field->flags & FIELD_OMIT_EMPTY) && *text == '\0')
			continue;
		json_key(json, field->member);
		if (rs->is_draft && (field->flags & FIELD_SECRET) &&
		    field->type != FIELD_EMPTY_LIST)
			json_text(json, NULL);
		else
			json_field(json, field, row);
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
	struct resource open = { resource->begin, resource->table, NULL };
	char spec[sizeof(rs->specs[0].text)];
	struct json_writer digest;

	json_start(&digest, spec, sizeof(spec), NULL, NULL);
	put_part(rs, &digest, &open, row, PART_SPEC);
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

	json_raw_open(json, resource->begin);
	put_part(rs, json, resource, row, PART_METADATA);
	put_hash(rs, resource, row);
	json_close_object(json);
	json_key(json, "spec");
	put_part(rs, json, resource, row, PART_SPEC);
	json_close_object(json);
	json_raw_close(json, ",\"status\":{}}");
}

enum err respond_resource(struct response *rs, const char *member,
    const struct resource *resource, const void *row, int64_t version)
{
	char hex[CRYPTO_SHA256_HEX_SIZE], etag[ETAG_SIZE];
	enum err err;

	json_open_object(&rs->json);
	json_key(&rs->json, member);
	represent_resource(rs, resource, row);
	json_close_object(&rs->json);
	crypto_sha256_hex(rs->json.buffer, rs->json.used, hex);
	etag_print(etag, version, hex);
	response_header(rs, "ETag", etag);
	rs->caching = CACHING_CALLER;
	err = response_precondition(rs, etag);
	if (err)
		return err;
	if (rs->status == 304) {
		response_reopen(rs);
		return ERR_NONE;
	}
	response_type(rs, 200, "application/json");
	return rs->json.failed;
}

enum err respond_created(struct response *rs, int status, const char *location,
    const struct response_part *parts, size_t count)
{
	response_type(rs, status, "application/json");
	response_location(rs, location);
	json_open_object(&rs->json);
	for (size_t i = 0; i < count; i++) {
		json_key(&rs->json, parts[i].member);
		represent_resource(rs, parts[i].resource, parts[i].row);
	}
	json_close_object(&rs->json);
	return rs->json.failed;
}

/*
 * A list stops when its client has gone.  HEAD needs no more of it than the
 * status, which is out when the buffer was full.
 */
static bool wants_more(const struct response *rs)
{
	return rs->json.failed == ERR_NONE &&
	    !(rs->rq->is_head && rs->is_started);
}

static void open_branch(struct response *rs, const struct tree_row *row)
{
	struct json_writer *json = &rs->json;

	json_open_object(json);
	json_key(json, "organization");
	represent_resource(rs, &organization_resource, &row->organization);
	json_key(json, "accounts");
	json_open_list(json);
}

/* `id` is empty before the first branch. */
static void close_branch(struct json_writer *json, const char *id)
{
	if (id[0] == '\0')
		return;
	json_close_list(json);
	json_close_object(json);
}

enum err respond_tree(
    struct response *rs, const struct tree_row *row, struct rows *rows)
{
	char open[ULID_SIZE] = "";
	struct json_writer *json = &rs->json;
	enum err err = response_precondition(rs, NULL);
	bool more;

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "organizations");
	json_open_list(json);
	while (wants_more(rs) && !(err = rows->next(rows, &more)) && more) {
		if (strcmp(open, row->organization.id) != 0) {
			close_branch(json, open);
			open_branch(rs, row);
			memcpy(open, row->organization.id, sizeof(open));
		}
		if (row->project.id[0] != '\0')
			represent_resource(
			    rs, &project_resource, &row->project);
	}
	if (err)
		return err;
	close_branch(json, open);
	json_close_list(json);
	json_close_object(json);
	return json->failed;
}
