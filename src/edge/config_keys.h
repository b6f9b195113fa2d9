/*
 * The keys that the settings name: a part of config.  Knows where they
 * lie, not what they sign.
 */
#ifndef TENANTRY_EDGE_CONFIG_KEYS_H
#define TENANTRY_EDGE_CONFIG_KEYS_H

#include <stdbool.h>

#include "edge/config.h"

/*
 * Fills the ring from the files of the settings.  No error: a signing key that
 * is not there yet, and with it the one public key that is made with it.
 * False and a fault that names the file.
 */
bool config_keys_read(struct config *config, struct fault *fault);

/* Overwrites the private keys. */
void config_keys_forget(struct config *config);

#endif
