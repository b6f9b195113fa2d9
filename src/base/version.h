/*
 * The release of this program (semantic versioning), and the commit that it
 * was built from, which the build fills in.
 */
#ifndef TENANTRY_BASE_VERSION_H
#define TENANTRY_BASE_VERSION_H

#define TENANTRY_VERSION "0.2.0"

extern const char version_commit[]; /* abbreviated; "unknown" */

#endif
