/*
 * The first run without a shell: as long as there is no settings file the
 * program serves nothing but the page /setup, which makes one.
 */
#ifndef TENANTRY_SERVE_SETUP_H
#define TENANTRY_SERVE_SETUP_H

#include <stdbool.h>

#include "edge/gateway.h"

/* Whether there is no settings file where the program looks for one. */
bool setup_is_due(void);

/*
 * Serves until there is a settings file: true.  False: no further request can
 * come, as after the only one of a CGI program.
 */
bool setup_run(struct gateway *gateway);

#endif
