/*
 * If-None-Match: a `$` in the input stands for the resource's own entity tag.
 * A list that follows RFC 9110 gives 304 where the tag is in it; no text gives
 * 304 unless the tag, maybe with a coding behind it, or `*` stands in it.  The
 * same text as If-Match.
 */
#include "http/etag.h"
#include "fuzz.h"
#include "gateway.h"
#include "http/represent.h"

static const struct organization organization = {
	.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
	.name = "acme",
	.display_name = "Acme",
	.version = 1,
	.modified_at = 1,
};

/* The status with this header; the tag of the answer goes to `etag`. */
static int ask(struct arena *mem, const char *header, char etag[64])
{
	struct response *rs = arena_alloc(mem, sizeof(*rs));
	struct request rq = { .gateway = fuzz_request("", 0), .mem = mem };
	const char *at, *answer;
	size_t length;

	strcpy(rq.id, "fuzz");
	fuzz_param(rq.gateway, "HTTP_IF_NONE_MATCH", header);
	response_begin(rs, &rq, arena_alloc(mem, RESPONSE_BUFFER_SIZE));
	MUST(respond_resource(rs, 200, NULL,
		 &(const struct representation){ .member = "organization",
		     .resource = &organization_resource,
		     .row = &organization,
		     .version = organization.version }) == ERR_NONE);
	response_end(rs);
	answer = fuzz_answer(rq.gateway, &length);
	at = strstr(answer, "ETag: ");
	MUST(at != NULL && sscanf(at, "ETag: %60[^\r]", etag) == 1);
	at = strstr(answer, "\r\n\r\n");
	MUST(at != NULL && (at[4] == '\0') == (rs->status == 304));
	return rs->status;
}

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* One entity tag; NULL where it is none, else what is behind it. */
static const char *read_tag(const char *at, const char *etag, bool *is_listed)
{
	size_t length = strlen(etag);

	if (strncmp(at, "W/", 2) == 0)
		at += 2;
	*is_listed = *is_listed || strncmp(at, etag, length) == 0;
	if (*at++ != '"')
		return NULL;
	while (*at != '"') {
		unsigned char c = (unsigned char)*at++;

		if (c < 0x21 || c == 0x7F)
			return NULL;
	}
	return at + 1;
}

/* Whether it is a list of RFC 9110 section 13.1.2, without empty members. */
static bool read_list(const char *at, const char *etag, bool *is_listed)
{
	*is_listed = false;
	for (;;) {
		at = read_tag(at, etag, is_listed);
		if (at == NULL)
			return false;
		at = skip_space(at);
		if (*at == '\0')
			return true;
		if (*at++ != ',')
			return false;
		at = skip_space(at);
	}
}

static char *put_tag(struct arena *mem, const char *text, const char *etag)
{
	char *out = arena_alloc(mem, strlen(text) * strlen(etag) + 1);

	for (char *at = out; *text != '\0'; text++) {
		if (*text == '$')
			at = strcpy(at, etag) + strlen(etag);
		else
			*at++ = *text;
	}
	return out;
}

/* A write is let through for a tag of that version, or for `*`. */
static void compare(const char *header, const char *etag)
{
	enum etag_match match = etag_compare(header, 0, organization.version);
	bool is_listed;

	MUST(match != ETAG_ANY || strchr(header, '*') != NULL);
	MUST(match != ETAG_MATCHES || strstr(header, "\"1-") != NULL);
	MUST(strcmp(header, "*") != 0 || match == ETAG_ANY);
	if (read_list(header, etag, &is_listed) && is_listed)
		MUST(match == ETAG_MATCHES);
	MUST(match != ETAG_ANY ||
	    etag_compare(header, 0, organization.version + 1) == ETAG_ANY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size < 2000 ? size : 2000);
	char etag[64], again[64];
	const char *header;
	struct arena mem;
	bool is_listed;
	int status;

	arena_init(&mem);
	MUST(ask(&mem, "", etag) == 200);
	header = put_tag(&mem, text, etag);
	status = ask(&mem, header, again);
	MUST(strcmp(etag, again) == 0);
	MUST(status == 200 || status == 304);
	compare(header, etag);
	MUST(strcmp(header, "*") != 0 || status == 304);
	if (read_list(header, etag, &is_listed) && is_listed)
		MUST(status == 304);
	etag[strlen(etag) - 1] = '\0';
	MUST(status == 200 || strchr(header, '*') != NULL ||
	    strstr(header, etag) != NULL);
	arena_release(&mem);
	free(text);
	return 0;
}
