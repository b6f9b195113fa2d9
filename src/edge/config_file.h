/*
 * Small files, read and written whole, and who else may read them.  Knows
 * nothing of what is in them.
 */
#ifndef TENANTRY_EDGE_CONFIG_FILE_H
#define TENANTRY_EDGE_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct config_file {
	size_t length;
	/*
	 * Others than its owner may use it.  A group that may read what is
	 * root's does not count.
	 */
	bool is_open;
};

/*
 * A regular file of at most 1 MiB, NUL-terminated and owned by the arena.
 * NULL: errno says why.
 */
char *config_file_read(
    struct arena *mem, const char *path, struct config_file *file);

/*
 * A path as it is seen from the folder of `file`, owned by the arena; an
 * absolute one stays what it is.
 */
char *config_file_beside(struct arena *mem, const char *file, const char *path);

/* Where the running program lies; NULL where the system does not tell. */
char *config_file_program(struct arena *mem);

/*
 * Makes a file with exactly this mode; `flags` of open(2) say what happens
 * to one that is there.  False: errno says why, and none is left.
 */
bool config_file_write(
    const char *path, const char *text, int flags, unsigned mode);

#endif
