/*
 * The settings that browsers and links are concerned with: what public_prefix
 * and cors_origins may be.  A part of config.
 */
#ifndef TENANTRY_EDGE_CONFIG_WEB_H
#define TENANTRY_EDGE_CONFIG_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "edge/config.h"

/*
 * How long the scheme://host[:port] is that a text begins with, as a browser
 * writes it in Origin: lower case, no default port.  0: none.
 */
size_t config_origin_length(const char *text);

/*
 * Puts public_prefix and each of cors_origins that is malformed aside, into
 * bad_prefix and bad_origins: a service that was started with it before it was
 * looked at goes on without it, and doctor says so.
 */
void config_web_check(struct config *config);

#endif
