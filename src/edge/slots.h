/*
 * Places that the workers share.  Who may hash a password: half of the workers
 * at one time, and a quarter may wait for that, so that callers with keys are
 * served.  An address that guesses has one place and does not wait, and the
 * last place is never for guessers.  Kept as record locks on a file, which the
 * kernel releases when a process ends.
 */
#ifndef TENANTRY_EDGE_SLOTS_H
#define TENANTRY_EDGE_SLOTS_H

#include <stdbool.h>

/* A descriptor of the file `run_dir`/hashing.lock; -1 where it cannot be. */
int slots_open(const char *run_dir);

/* The file, and how many workers share the places in it. */
struct slots_file {
	int file; /* descriptor; -1: none */
	int workers;
};

enum { SLOTS_NONE = -1 };

struct slots_ask {
	int workers;
	int wait;         /* milliseconds, where a place to wait is free */
	bool is_guessing; /* the address is; it does not wait */
	unsigned address; /* a number of the address */
};

/* What was taken; SLOTS_NONE where it was nothing. */
struct slots {
	int hashing, address;
};

/*
 * Takes a place for hashing, and for an address that guesses the one of the
 * address; false: there is none.  Without a file, or on one that cannot be
 * locked, every taking succeeds.
 */
bool slots_take(int file, const struct slots_ask *ask, struct slots *taken);

/*
 * Takes a place to wait for what others write: a quarter of the workers may.
 * SLOTS_NONE: there is none, nor where places cannot be counted.
 */
int slots_take_listening(const struct slots_file *slots);
void slots_give_listening(const struct slots_file *slots, int place);

/* Gives the place for hashing back, then that of the address. */
void slots_give_hashing(int file, struct slots *taken);
void slots_give(int file, struct slots *taken);

#endif
