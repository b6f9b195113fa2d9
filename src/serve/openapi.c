#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "resource/service.h"
#include "serve/openapi_document.h"
#include "serve/openapi_operation.h"
#include "serve/openapi_parts.h"

enum { TEXT_SIZE = 1024 * 1024 }; /* what is not written costs nothing */

static bool is_first_of_path(const struct document *d, size_t at)
{
	const char *pattern = d->routes.rows[at]->pattern;

	for (size_t i = 0; i < at; i++)
		if (strcmp(d->routes.rows[i]->pattern, pattern) == 0)
			return false;
	return true;
}

static void put_path(struct document *d, size_t first)
{
	const char *pattern = d->routes.rows[first]->pattern;

	json_key(d->json, pattern);
	json_open_object(d->json);
	for (size_t i = first; i < d->routes.count; i++)
		if (strcmp(d->routes.rows[i]->pattern, pattern) == 0)
			openapi_put_operation(d, d->routes.rows[i]);
	json_close_object(d->json);
}

static void put_components(struct document *d)
{
	json_key(d->json, "components");
	json_open_object(d->json);
	openapi_put_security(d);
	/* schemas last: all others refer to them */
	for (int section = 0; section < SECTION_COUNT; section++)
		document_section(d, (enum section)section);
	json_close_object(d->json);
}

const char *openapi_text(struct arena *mem, const char *server, size_t *length)
{
	struct document *d = arena_alloc(mem, sizeof(*d));

	d->mem = mem;
	d->json = &d->rs.json;
	d->routes = modules_routes(mem);
	json_start(d->json, arena_alloc(mem, TEXT_SIZE), TEXT_SIZE, NULL, NULL);
	json_open_object(d->json);
	openapi_put_head(d, server);
	json_key(d->json, "paths");
	json_open_object(d->json);
	for (size_t i = 0; i < d->routes.count; i++)
		if (is_first_of_path(d, i))
			put_path(d, i);
	json_close_object(d->json);
	put_components(d);
	json_close_object(d->json);
	*length = d->json->used;
	return d->json->failed ? NULL : d->json->buffer;
}

/* The mount, with each byte that a URL does not take bare as %XX. */
static const char *server_url(const struct request *rq)
{
	static const char bare[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~!$&'()*+,;=:@/%[]";
	const char *from = rq->prefix;
	char *url, *at;

	if (*from == '\0')
		return "/";
	url = arena_alloc(rq->mem, 3 * strlen(from) + 1);
	for (at = url; *from != '\0'; from++) {
		if (strchr(bare, *from) != NULL)
			*at++ = *from;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*from);
	}
	return url;
}

void openapi_forget(struct openapi_kept *kept)
{
	arena_release(&kept->mem);
	memset(kept, 0, sizeof(*kept));
}

/* Generated clients have the first URL of its servers built in. */
enum err service_openapi(struct call *call, struct response *rs)
{
	struct openapi_kept *kept = call->openapi;
	struct arena *mem = call->rq->mem;
	const char *server = server_url(call->rq), *text;

	if (kept->server == NULL || strcmp(kept->server, server) != 0) {
		openapi_forget(kept);
		/* written elsewhere, where it takes more than its length */
		text = openapi_text(mem, server, &kept->length);
		if (text == NULL)
			return ERR_INTERNAL;
		kept->text = arena_copy(&kept->mem, text, kept->length);
		kept->server = arena_text(&kept->mem, server);
	}
	return respond_document(rs, 'd', kept->text, kept->length);
}
