/*
 * What can truly be said of the FastCGI library: libfcgi has no call that
 * tells its version, so only the build knows.
 */
#ifndef TENANTRY_EDGE_LIBRARY_H
#define TENANTRY_EDGE_LIBRARY_H

#include <stdbool.h>

#include "model/finding.h"

/*
 * Whether a version, Debian's or upstream's, has the fix of CVE-2025-23016:
 * upstream 2.4.5 and later, Debian 2.4.2-2+deb12u1 and later.
 */
bool library_is_fixed(const char *version);

void library_check(struct findings *out);

/* That it was built with; "unknown". */
const char *library_fcgi_version(void);

#endif
