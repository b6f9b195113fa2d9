/*
 * The settings of mail: whether they fit each other, and whether the program
 * that sends is there.  A part of config.
 */
#ifndef TENANTRY_EDGE_CONFIG_MAIL_H
#define TENANTRY_EDGE_CONFIG_MAIL_H

#include "edge/config.h"
#include "model/finding.h"

/*
 * What is wrong with them, as a static text; NULL: nothing.  `mail = off` is as
 * no `mail`: it becomes NULL.
 */
const char *config_mail_check(struct config *config);

/* Adds the doctor's line. */
void config_mail_look(const struct config *config, struct findings *out);

#endif
