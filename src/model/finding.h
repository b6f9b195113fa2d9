/*
 * What a look at the installation found, line by line: what was looked at,
 * whether it is as it should be, and what to do where it is not.  Pure.
 */
#ifndef TENANTRY_MODEL_FINDING_H
#define TENANTRY_MODEL_FINDING_H

#include <stddef.h>

#include "base/arena.h"

enum finding_state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	const char *check; /* what was looked at; stable, for programs */
	enum finding_state state;
	const char *detail; /* what was seen, in plain words */
	const char *remedy; /* what to do; "" where nothing is to be done */
};

struct findings {
	struct arena *mem;
	struct finding *rows; /* in the arena */
	size_t count, room;
};

/* Begins with none; texts are copied to the arena. */
void findings_init(struct findings *findings, struct arena *mem);

/* Adds a line (printf(3) makes its detail). */
void finding_add(struct findings *findings, const char *check,
    enum finding_state state, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What to do about the line added last. */
void finding_remedy(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The worst of all lines. */
enum finding_state findings_state(const struct findings *findings);

/* "ok", "warn" or "fail" */
const char *finding_state_name(enum finding_state state);

#endif
