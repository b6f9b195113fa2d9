/*
 * The release of this program (semantic versioning).
 */
#ifndef TENANTRY_BASE_VERSION_H
#define TENANTRY_BASE_VERSION_H

#define TENANTRY_VERSION "0.1.0"

#endif
