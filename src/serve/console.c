#include "serve/console.h"

#include <string.h>
#include <strings.h>

#include "edge/config_file.h"
#include "edge/crypto.h"
#include "http/asset.h"
#include "http/origin.h"

static const struct route page_row = { .method = METHOD_GET, .pattern = "/" };
static const struct route file_row = { .method = METHOD_GET,
	.pattern = "/console/{digest}/{name}" };
static const struct route theme_row = { .method = METHOD_GET,
	.pattern = "/console/{name}" };

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script';"
    " trusted-types lit-html";

/* What the operator may put beside the settings; an upgrade leaves it alone. */
static const struct asset themes[] = {
	{ .name = "theme.css", .type = "text/css; charset=utf-8" },
	{ .name = "logo.svg", .type = "image/svg+xml" },
	{ .name = "logo.png", .type = "image/png" },
};

static const struct asset *find_theme(const struct request *rq)
{
	size_t count = sizeof(themes) / sizeof(themes[0]);

	if (rq->segment_count != 2 || strcmp(rq->segments[0], "console") != 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(themes[i].name, rq->segments[1]) == 0)
			return &themes[i];
	return NULL;
}

bool console_is_asked(const struct request *rq, struct route_match *match)
{
	const struct route *row = NULL;

	if (rq->is_slashed)
		return false;
	if (rq->is_mount)
		row = &page_row;
	else if (rq->segment_count == 3 &&
	    strcmp(rq->segments[0], "console") == 0)
		row = &file_row;
	else if (find_theme(rq) != NULL)
		row = &theme_row;
	if (row == NULL)
		return false;
	*match = (struct route_match){
		.route = row,
		.allow = "GET, HEAD, OPTIONS",
	};
	return true;
}

/*
 * Read for each request: it takes effect at once.  The page names the style
 * sheet always, so that one that is not there is empty.
 */
static const struct asset *read_theme(
    struct request *rq, const struct asset *theme, const char *settings)
{
	const char *path = config_file_beside(rq->mem, settings, theme->name);
	struct asset *asset = arena_alloc(rq->mem, sizeof(*asset));
	char *hex = arena_alloc(rq->mem, CRYPTO_SHA256_HEX_SIZE);
	struct config_file file = { 0 };

	*asset = *theme;
	asset->plain = config_file_read(rq->mem, path, &file);
	if (asset->plain == NULL && theme != &themes[0])
		return NULL;
	if (asset->plain == NULL)
		asset->plain = "";
	else
		asset->length = file.length;
	crypto_sha256_hex(asset->plain, asset->length, hex);
	asset->digest = hex;
	return asset;
}

static const struct asset *find_asset(
    struct request *rq, const struct config *config)
{
	const struct asset *theme = find_theme(rq);
	const char *name;

	if (theme != NULL)
		return read_theme(rq, theme, config->path);
	name = rq->is_mount ? "" : rq->segments[2];
	/* the digest of another build names files that are not here */
	if (!rq->is_mount && strcmp(rq->segments[1], console_digest) != 0)
		return NULL;
	for (size_t i = 0; i < console_asset_count; i++)
		if (strcmp(console_assets[i].name, name) == 0)
			return &console_assets[i];
	return NULL;
}

/* A weight of zero, `;q=0.000`: anything else of it is more. */
static bool is_refused(const char *parameters, size_t length)
{
	const char *end = parameters + length;
	const char *q = memchr(parameters, '=', length);

	if (q == NULL)
		return false;
	for (q++; q < end; q++)
		if (*q >= '1' && *q <= '9')
			return false;
	return true;
}

/* RFC 9110 section 12.5.3, of one coding; who sends no header gets plain. */
static bool takes_gzip(struct request *rq)
{
	const char *at = request_list(rq, "HTTP_ACCEPT_ENCODING");

	while (at != NULL && *at != '\0') {
		size_t length, name;

		at += strspn(at, ", \t");
		length = strcspn(at, ",");
		name = strcspn(at, ";, \t");
		if (name == 4 && strncasecmp(at, "gzip", 4) == 0)
			return !is_refused(at + name, length - name);
		at += length;
	}
	return false;
}

static void put_headers(struct response *rs, bool is_page)
{
	response_header(rs, "Content-Security-Policy", policy);
	response_header(rs, "Referrer-Policy", "no-referrer");
	response_header(rs, "Cross-Origin-Resource-Policy", "same-origin");
	if (is_page)
		response_header(
		    rs, "Cross-Origin-Opener-Policy", "same-origin");
	rs->caching = is_page ? CACHING_CALLER : CACHING_FOREVER;
	/* what origin_begin() has put there counts as well */
	rs->vary = rs->vary != NULL ? "Accept-Encoding, Origin"
				    : "Accept-Encoding";
}

static enum err send(
    struct response *rs, const struct asset *asset, bool is_page)
{
	bool is_gzip = asset->gzip != NULL && takes_gzip(rs->rq);
	const char *bytes = is_gzip ? asset->gzip : asset->plain;
	const char *etag = arena_print(rs->rq->mem, "\"C-%.32s%s\"",
	    asset->digest, is_gzip ? "-gzip" : "");
	enum err err;

	put_headers(rs, is_page);
	if (asset->gzip == NULL)
		rs->caching = CACHING_CALLER;
	response_header(rs, "ETag", etag);
	err = response_precondition(rs, etag);
	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, asset->type);
	if (is_gzip)
		response_header(rs, "Content-Encoding", "gzip");
	rs->length = is_gzip ? asset->gzip_length : asset->length;
	json_raw(&rs->json, bytes, rs->length);
	return rs->json.failed;
}

/*
 * What may stand in a Location.  A backslash would be another slash to
 * browsers, and so another host; what is not visible is in no URI (RFC 3986),
 * and a line end would begin another header.
 */
static bool is_path_for_header(const char *uri, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (uri[i] <= 0x20 || uri[i] >= 0x7F || uri[i] == '\\')
			return false;
	return length > 0 && uri[0] == '/';
}

/* The mount as the browser sees it, with its slash. */
static enum err redirect(struct response *rs)
{
	struct request *rq = rs->rq;
	const char *uri = request_header(rq, "REQUEST_URI");
	size_t length = uri != NULL ? strcspn(uri, "?#") : 0;

	if (!is_path_for_header(uri, length))
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	rs->status = 308;
	response_header(
	    rs, "Location", arena_print(rq->mem, "%.*s/", (int)length, uri));
	return ERR_NONE;
}

enum err console_answer(
    struct response *rs, struct route_match *match, const struct config *config)
{
	struct request *rq = rs->rq;
	const struct asset *asset = find_asset(rq, config);

	if (asset == NULL)
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	if (rq->method != METHOD_GET)
		rs->allow = match->allow;
	if (rq->method == METHOD_OPTIONS)
		return respond_options(rs);
	if (rq->method != METHOD_GET)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->method_name);
	return rq->is_mount && !rq->has_slash ? redirect(rs)
					      : send(rs, asset, rq->is_mount);
}
