/*
 * The settings as a whole, when every line is read: whether they fit each
 * other, and what follows from them.  A part of config.
 */
#ifndef TENANTRY_EDGE_CONFIG_WHOLE_H
#define TENANTRY_EDGE_CONFIG_WHOLE_H

#include "edge/config.h"

/*
 * Fills db.hosts and the account of migrations.  `is_open`: others than its
 * owner may use the file.  False and a fault where the service cannot go on.
 */
bool config_whole_check(
    struct config *config, bool is_open, struct fault *fault);

/* False, and a fault that names the file. */
bool config_refuse(
    const struct config *config, struct fault *fault, const char *what);

#endif
