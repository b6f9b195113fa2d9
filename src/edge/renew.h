/*
 * A worker that outlives a deploy: notices that the program's file or the
 * settings file was replaced, and puts the new program in its own place, with
 * the same process, socket, arguments and environment.  Knows no request.
 */
#ifndef TENANTRY_EDGE_RENEW_H
#define TENANTRY_EDGE_RENEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { RENEW_PATH_SIZE = 4096 };

/* What tells one version of a file from another; all 0: of no version. */
struct renew_mark {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct renew {
	char program[RENEW_PATH_SIZE]; /* "": unknown, nothing is renewed */
	const char *settings;
	char **arguments;
	struct renew_mark program_mark, settings_mark;
	int64_t next_look; /* ms since 1970 */
};

/*
 * To be called when the settings are read.  `arguments` (of main) and the path
 * must outlive the struct.  `started` is clock_now() when main began, `now`
 * what it is now: what changed between them is not known to be what this
 * process runs with.
 */
void renew_init(struct renew *renew, char **arguments, const char *settings,
    int64_t started, int64_t now);

/*
 * Whether one of the files is another than at the start and has been left
 * alone for a second; not in the first second of a process.  Looks (two stat
 * calls) once a second at most, so that it may be asked before every request.
 * `now` is clock_now().
 */
bool renew_is_due(struct renew *renew, int64_t now);

/*
 * Starts the new program once as a trial (renew_is_trial) and, where it comes
 * through, becomes it: does not return.  Else it does, which is logged, and
 * the next attempt is some seconds away.  Nothing but standard descriptors may
 * be open that is not to be closed by that.
 */
void renew_run(struct renew *renew);

/* Whether this process is the trial: settings and log, then exit with 0. */
bool renew_is_trial(void);

#endif
