#include "http/response.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "edge/crypto.h"
#include "http/etag.h"

void response_header(struct response *rs, const char *name, const char *value)
{
	char *at = rs->headers + rs->headers_length;
	size_t room = sizeof(rs->headers) - rs->headers_length;
	size_t length = strlen(name) + strlen(value) + 4;

	if (length >= room || strpbrk(value, "\r\n") != NULL)
		return;
	at = stpcpy(at, name);
	at = stpcpy(at, ": ");
	at = stpcpy(at, value);
	(void)stpcpy(at, "\r\n");
	rs->headers_length += length;
}

static void number_header(struct response *rs, const char *name, size_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", number);
	response_header(rs, name, digits);
}

static bool put(struct response *rs, const char *data, size_t length)
{
	if (length > 0 && !gateway_write(rs->rq->gateway, data, length))
		rs->is_broken = true;
	return !rs->is_broken;
}

/* 204 and 304 have no body, and no length of one (RFC 9110 section 8.6). */
static bool has_length(const struct response *rs)
{
	return rs->status != 204 && rs->status != 304;
}

static void start(struct response *rs, bool is_whole)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "Status: %d\r\n", rs->status);

	rs->is_started = true;
	response_header(rs, "X-Request-Id", rs->rq->id);
	response_header(rs, "X-Content-Type-Options", "nosniff");
	if (rs->allow != NULL)
		response_header(rs, "Allow", rs->allow);
	if (rs->varies_by_origin)
		response_header(rs, "Vary", "Origin");
	if (rs->origin != NULL) {
		response_header(rs, "Access-Control-Allow-Origin", rs->origin);
		response_header(rs, "Access-Control-Expose-Headers",
		    "X-Request-Id, Location, ETag, Retry-After,"
		    " Idempotency-Replayed");
	}
	if (is_whole)
		rs->length = rs->json.used;
	if ((is_whole || rs->length > 0) && has_length(rs))
		number_header(rs, "Content-Length", rs->length);
	put(rs, line, (size_t)length);
	put(rs, rs->headers, rs->headers_length);
	put(rs, "\r\n", 2);
}

/* The buffer is full: from here on the answer streams. */
static enum err flush(void *context, const char *data, size_t length)
{
	struct response *rs = context;

	if (!rs->is_started)
		start(rs, false);
	if (rs->rq->is_head || put(rs, data, length))
		return ERR_NONE;
	return ERR_INTERNAL;
}

static void open_json(struct response *rs)
{
	json_start(&rs->json, rs->buffer, RESPONSE_BUFFER_SIZE,
	    rs->is_draft ? NULL : flush, rs);
}

void response_begin(struct response *rs, struct request *rq, char *buffer)
{
	memset(rs, 0, offsetof(struct response, headers));
	for (size_t i = 0; i < 2; i++)
		rs->specs[i].length = 0;
	rs->rq = rq;
	rs->status = 200;
	rs->buffer = buffer;
	open_json(rs);
}

void response_draft(struct response *rs, struct request *rq, char *buffer)
{
	response_begin(rs, rq, buffer);
	rs->is_draft = true;
	open_json(rs);
}

void response_limit(
    struct response *rs, const char *name, int64_t allowed, int64_t current)
{
	if (rs->limit_count < 2)
		rs->limits[rs->limit_count++] = (struct response_limit){ name,
			allowed, current };
}

void response_end(struct response *rs)
{
	if (!rs->is_started)
		start(rs, true);
	if (!rs->is_broken && !rs->rq->is_head && has_length(rs))
		put(rs, rs->json.buffer, rs->json.used);
}

static void set_type(struct response *rs, int status, const char *type)
{
	rs->status = status;
	response_header(rs, "Content-Type", type);
}

enum err respond_empty(struct response *rs, int status)
{
	rs->status = status;
	response_header(rs, "Cache-Control", "no-store");
	return ERR_NONE;
}

enum err respond_flag(struct response *rs, const char *member, bool value)
{
	set_type(rs, 200, "application/json");
	response_header(rs, "Cache-Control", "no-store");
	json_open_object(&rs->json);
	json_key(&rs->json, member);
	json_boolean(&rs->json, value);
	json_close_object(&rs->json);
	return rs->json.failed;
}

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

	set_type(rs, 200, "application/json");
	response_header(rs, "Cache-Control", "no-store");
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

enum err respond_raw(struct response *rs, int status, const char *type,
    const char *text, size_t length)
{
	set_type(rs, status, type);
	response_header(
	    rs, "Cache-Control", status == 200 ? "no-cache" : "no-store");
	rs->length = length;
	json_raw(&rs->json, text, length);
	return rs->json.failed;
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
	json_key(&rs->json, "hash");
	json_text(&rs->json, spec_hash(rs, spec, digest.used));
}

static void put_resource(
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

	json_open_object(&rs->json);
	json_key(&rs->json, member);
	put_resource(rs, resource, row);
	json_close_object(&rs->json);
	crypto_sha256_hex(rs->json.buffer, rs->json.used, hex);
	etag_print(etag, version, hex);
	response_header(rs, "ETag", etag);
	response_header(rs, "Cache-Control", "private, no-cache");
	if (etag_is_listed(
		request_header(rs->rq, "HTTP_IF_NONE_MATCH"), etag)) {
		rs->status = 304;
		open_json(rs);
		return ERR_NONE;
	}
	set_type(rs, 200, "application/json");
	return rs->json.failed;
}

/*
 * To a CGI server a Location beside 200 is an order to redirect: the client
 * would get another page than this (RFC 3875 section 6.2.2; Apache does so for
 * FastCGI too).  Where the server is not known to let it pass, the header has
 * another name, which conf/apache/common.conf changes back.
 */
static const char *location_name(struct request *rq, int status)
{
	const char *server = request_header(rq, "SERVER_SOFTWARE");
	/* none: lighttpd that is told to say nothing of itself */
	bool passes = server == NULL || strncmp(server, "lighttpd", 8) == 0 ||
	    strncmp(server, "nginx", 5) == 0;

	return status != 200 || passes ? "Location" : "X-Location";
}

static void put_location(struct response *rs, const char *location)
{
	rs->location = location;
	response_header(rs, location_name(rs->rq, rs->status),
	    arena_print(rs->rq->mem, "%s%s", rs->rq->prefix, location));
}

enum err respond_stored(
    struct response *rs, const struct response_stored *stored)
{
	rs->status = stored->status;
	response_header(rs, "Cache-Control", "no-store");
	response_header(rs, "Idempotency-Replayed", "true");
	if (stored->location != NULL && stored->location[0] != '\0')
		put_location(rs, stored->location);
	if (stored->body_length == 0)
		return ERR_NONE;
	set_type(rs, stored->status, "application/json");
	json_raw(&rs->json, stored->body, stored->body_length);
	return rs->json.failed;
}

enum err respond_created(struct response *rs, int status, const char *location,
    const struct response_part *parts, size_t count)
{
	set_type(rs, status, "application/json");
	response_header(rs, "Cache-Control", "no-store");
	put_location(rs, location);
	json_open_object(&rs->json);
	for (size_t i = 0; i < count; i++) {
		json_key(&rs->json, parts[i].member);
		put_resource(rs, parts[i].resource, parts[i].row);
	}
	json_close_object(&rs->json);
	return rs->json.failed;
}

enum err respond_list(struct response *rs, const char *member,
    const struct resource *resource, const void *row, struct rows *rows)
{
	enum err err;
	bool more;

	set_type(rs, 200, "application/json");
	json_open_object(&rs->json);
	json_key(&rs->json, member);
	json_open_list(&rs->json);
	while (!(err = rows->next(rows, &more)) && more)
		put_resource(rs, resource, row);
	if (err)
		return err;
	json_close_list(&rs->json);
	json_close_object(&rs->json);
	return rs->json.failed;
}

static void open_branch(struct response *rs, const struct tree_row *row)
{
	struct json_writer *json = &rs->json;

	json_open_object(json);
	json_key(json, "organization");
	put_resource(rs, &organization_resource, &row->organization);
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
	enum err err;
	bool more;

	set_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "organizations");
	json_open_list(json);
	while (!(err = rows->next(rows, &more)) && more) {
		if (strcmp(open, row->organization.id) != 0) {
			close_branch(json, open);
			open_branch(rs, row);
			memcpy(open, row->organization.id, sizeof(open));
		}
		if (row->project.id[0] != '\0')
			put_resource(rs, &project_resource, &row->project);
	}
	if (err)
		return err;
	close_branch(json, open);
	json_close_list(json);
	json_close_object(json);
	return json->failed;
}

static void put_limits(struct response *rs)
{
	struct json_writer *json = &rs->json;

	json_key(json, "limits");
	json_open_list(json);
	for (size_t i = 0; i < rs->limit_count; i++) {
		json_open_object(json);
		json_key(json, "name");
		json_text(json, rs->limits[i].name);
		json_key(json, "allowed");
		json_integer(json, rs->limits[i].allowed);
		json_key(json, "current");
		json_integer(json, rs->limits[i].current);
		json_close_object(json);
	}
	json_close_list(json);
}

static void put_problem(struct response *rs, const struct err_info *info)
{
	const struct fault *fault = &rs->rq->fault;
	const char *detail = fault->detail[0] ? fault->detail : info->title;
	struct json_writer *json = &rs->json;

	json_open_object(json);
	json_key(json, "type");
	{
		char type[96];

		snprintf(
		    type, sizeof(type), "urn:tenantry:problem:%s", info->code);
		json_text(json, type);
	}
	json_key(json, "title");
	json_text(json, info->title);
	json_key(json, "status");
	json_integer(json, info->status);
	json_key(json, "detail");
	json_text(json, detail);
	json_key(json, "instance");
	json_text(json, rs->rq->id);
	json_key(json, "errors");
	json_open_list(json);
	json_text(json, detail);
	json_close_list(json);
	if (rs->limit_count > 0)
		put_limits(rs);
	json_close_object(json);
}

void respond_problem(struct response *rs, enum err err)
{
	const struct err_info *info = err_info(err);
	struct fault *fault = &rs->rq->fault;

	if (fault->code != err) {
		fault->code = err;
		fault->detail[0] = '\0';
	}
	if (rs->is_started) {
		/* too late for a status: the cut JSON must show it */
		rs->is_broken = true;
		return;
	}
	rs->headers_length = 0;
	open_json(rs);
	set_type(rs, info->status, "application/problem+json");
	response_header(rs, "Cache-Control", "no-store");
	if (info->status == 401)
		response_header(rs, "WWW-Authenticate",
		    "Bearer realm=\"tenantry\", Basic realm=\"tenantry\","
		    " charset=\"UTF-8\"");
	if (info->status == 429 || info->status == 503 ||
	    fault->retry_after > 0)
		number_header(rs, "Retry-After",
		    fault->retry_after > 0 ? (size_t)fault->retry_after : 1);
	put_problem(rs, info);
}
