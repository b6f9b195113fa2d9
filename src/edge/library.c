#include "edge/library.h"

#include <stdio.h>
#include <string.h>

/* The build fills these in; a version of "" is one that it could not tell. */
#ifndef TENANTRY_FCGI_VERSION
#define TENANTRY_FCGI_VERSION ""
#endif
#ifndef TENANTRY_PORTABLE
#define TENANTRY_PORTABLE 0
#endif

bool library_is_fixed(const char *version)
{
	static const char debian[] = "2.4.2-2+deb12u";
	unsigned major, minor, patch;

	if (sscanf(version, "%u.%u.%u", &major, &minor, &patch) != 3)
		return false;
	if (strncmp(version, debian, sizeof(debian) - 1) == 0)
		return version[sizeof(debian) - 1] >= '1' &&
		    version[sizeof(debian) - 1] <= '9';
	return major > 2 || (major == 2 && minor > 4) ||
	    (major == 2 && minor == 4 && patch >= 5);
}

/* Only a library that is part of the program is surely the one it runs with. */
static void tell_fixed(const char *version, struct findings *out)
{
	finding_add(out, "libfcgi", FINDING_OK,
	    "built with version %s, in which CVE-2025-23016 is fixed%s",
	    version,
	    TENANTRY_PORTABLE
		? " and which is part of the program"
		: "; which one is loaded is unknown to the program, the"
		  " system's package libfcgi tells it");
}

void library_check(struct findings *out)
{
	static const char version[] = TENANTRY_FCGI_VERSION;

	if (library_is_fixed(version)) {
		tell_fixed(version, out);
		return;
	}
	finding_add(out, "libfcgi", FINDING_WARN,
	    "built with version %s; whether CVE-2025-23016 is fixed is unknown",
	    version[0] != '\0' ? version : "unknown");
	finding_remedy(out,
	    "the fix is in 2.4.5 and in Debian's 2.4.2-2+deb12u1: see what the"
	    " system's packages say, and let only the web server reach the"
	    " program's socket");
}

const char *library_fcgi_version(void)
{
	static const char version[] = TENANTRY_FCGI_VERSION;

	return version[0] != '\0' ? version : "unknown";
}
