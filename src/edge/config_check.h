/*
 * A look at the files that the settings name: who else may use them.  A part
 * of config; knows nothing of what is in them.
 */
#ifndef TENANTRY_EDGE_CONFIG_CHECK_H
#define TENANTRY_EDGE_CONFIG_CHECK_H

#include "edge/config.h"
#include "model/finding.h"

/* Settings, key files, program, run folder, log; and the way to the database */
void config_check(const struct config *config, struct findings *out);

/*
 * Whether settings or signing key lie where the web server serves files from,
 * as far as the paths tell as they are written.
 */
void config_check_web_root(
    const struct config *config, const char *root, struct findings *out);

#endif
