/*
 * The files of the console, which are part of the program: made at build time
 * by `tools/embed.sh console` out of htdocs/console.
 */
#ifndef TENANTRY_HTTP_ASSET_H
#define TENANTRY_HTTP_ASSET_H

#include <stddef.h>

struct asset {
	const char *name; /* "" is the page itself */
	const char *type;
	const char *plain;
	size_t length;
	const char *gzip; /* the same, compressed */
	size_t gzip_length;
	const char *digest; /* of the plain bytes: hex digits */
};

extern const struct asset console_assets[];
extern const size_t console_asset_count;
/* Of all of them: the folder that their addresses have. */
extern const char console_digest[];

#endif
