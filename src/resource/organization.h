/*
 * What the files of organizations share.
 */
#ifndef TENANTRY_RESOURCE_ORGANIZATION_H
#define TENANTRY_RESOURCE_ORGANIZATION_H

#include "resource/module.h"

extern const struct shape organization_shape;

/* Reads that of the path, and the GET that shows it. */
extern const struct statement organization_read;
extern const struct operation organization_get;

/* Those that can be restored by the caller, in place of the caller's own. */
extern const struct operation organization_list_deleted;

#endif
