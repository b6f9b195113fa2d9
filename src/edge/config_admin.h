/*
 * The settings of the account that changes the schema: in a file of its own
 * beside the settings, which tenantryctl reads and no worker does.
 */
#ifndef TENANTRY_EDGE_CONFIG_ADMIN_H
#define TENANTRY_EDGE_CONFIG_ADMIN_H

#include "edge/config.h"

/* tenantry-admin.conf beside tenantry.conf; in the arena. */
const char *config_admin_path(const struct config *config, struct arena *mem);

/*
 * Reads migration_user and migration_password from that file into settings that
 * were loaded, where they stand before those of the settings file itself.  With
 * neither, the service's account is the one for everything.  False and a fault
 * if the file is there and cannot be used.
 */
bool config_load_admin(struct config *config, struct fault *fault);

#endif
