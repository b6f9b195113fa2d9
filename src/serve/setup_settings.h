/*
 * The settings that a set-up writes: from its form, for the layout of the
 * tarball.
 */
#ifndef TENANTRY_SERVE_SETUP_SETTINGS_H
#define TENANTRY_SERVE_SETUP_SETTINGS_H

#include "serve/setup_step.h"

/*
 * Writes the pending settings (mode 0600), and the migration account's, and
 * loads them.  False and the fault: a value cannot stand in them, or the file
 * cannot be written.
 */
bool setup_settings_write(struct setup *setup);

/*
 * Loads what was written; false and the fault.  What is loaded is released by
 * setup_release().
 */
bool setup_settings_load(struct setup *setup);

/* Forgets the pending settings. */
void setup_settings_remove(struct setup *setup);

/*
 * Makes folders and keys, and puts the settings into their place; false and
 * the fault, and they are still pending.
 */
bool setup_settings_finish(struct setup *setup);

#endif
