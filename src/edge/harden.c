#include "edge/harden.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/*
 * What is read from here on must not stay behind in a core file.  One byte and
 * not none: Linux sends a core to a program (core_pattern) whatever the limit
 * is, but for a limit of one.  It fails where an administrator allows none.
 */
static void leave_no_core(void)
{
	const struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };

	(void)setrlimit(RLIMIT_CORE, &limit);
}

/*
 * A program that this process may come to run has no more rights than it has
 * itself, whatever its file says (setuid).  It runs none but its own successor.
 */
static void gain_no_rights(void)
{
#ifdef __linux__
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
}

void harden_process(void)
{
	leave_no_core();
}

void harden_rights(void)
{
	gain_no_rights();
}
