/*
 * At most half of the workers hash a password at one time, and a quarter
 * waits: guessing cannot starve the callers with keys.  Kept as record locks
 * on a file, which the kernel releases when a process ends.
 */
#ifndef TENANTRY_SERVE_SLOTS_H
#define TENANTRY_SERVE_SLOTS_H

#include <stdbool.h>

/* A descriptor of the file `run_dir`/hashing.lock; -1 where it cannot be. */
int slots_open(const char *run_dir);

/*
 * Takes a slot, waiting up to a second where that is allowed; -1: there is
 * none.  Without a file, or on one that cannot be locked, every taking
 * succeeds.
 */
int slots_take(int file, int workers);

void slots_give(int file, int slot);

#endif
