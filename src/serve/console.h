/*
 * The console: a page at the mount and the files that it loads, which are part
 * of the program, but for a style sheet and a logo of the operator's.  Knows
 * nobody and asks no database.
 */
#ifndef TENANTRY_SERVE_CONSOLE_H
#define TENANTRY_SERVE_CONSOLE_H

#include <stdbool.h>

#include "edge/config.h"
#include "http/response.h"
#include "http/route.h"

/*
 * Whether the path is one of the console's; then `match` has a row for the log
 * that is in no table: pages are no part of the API and of its description.
 */
bool console_is_asked(const struct request *rq, struct route_match *match);

/*
 * The page (Cache-Control: no-cache, an entity tag), a file (kept for ever,
 * its address has a digest of all of them), what the operator has put beside
 * the settings (theme.css, logo.svg, logo.png: as the page), or, for the mount
 * without its slash, 308 to the page.
 */
enum err console_answer(struct response *rs, struct route_match *match,
    const struct config *config);

#endif
