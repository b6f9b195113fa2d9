/*
 * What a write does, as data: steps behind the lock, and the audit row.  Knows
 * no resource and no request: the values of the steps are handed down.
 */
#ifndef TENANTRY_STORE_PLAN_H
#define TENANTRY_STORE_PLAN_H

#include "store/values.h"

enum { PLAN_VALUES_MAX = 24 }; /* of a step; checked at start */

/* One statement that changes rows, and what its refusals mean. */
struct step {
	const struct statement *statement; /* with `in` */
	/*
	 * Where no row was changed.  ERR_NONE: that is right, too; ERR_STALE:
	 * the row is not as it was read.
	 */
	enum err none;
	enum err
	    duplicate; /* where a unique key is taken; ERR_NONE: a defect */
};

/* A member of the change that the audit row tells of; left out if empty. */
struct part {
	const char *name;
	/* ROW, OLD, CALLER, or an id of the body: no name of a person */
	struct value value;
	bool is_json; /* the text of a JSON value */
};

/* A list there that a statement makes (store/audit_change.h). */
struct list_part {
	const char *name;
	const struct statement *statement; /* with `in` */
	bool is_after; /* as it is behind the steps; else as it was before */
};

struct plan {
	const struct step *steps;
	size_t count;
	/* the audit row */
	const char *action, *kind;
	struct value subject; /* the id of what is changed */
	struct value detail;  /* for people */
	/* what it is about, if that is a project or in one */
	const struct value *project;
	const struct part *parts; /* in the order of their names */
	size_t part_count;
	const struct list_part *lists; /* in any order */
	size_t list_count;
};

#define STEPS(...) \
	.steps = (const struct step[]){ __VA_ARGS__ }, \
	.count = sizeof((const struct step[]){ __VA_ARGS__ }) / \
	    sizeof(struct step)

#define PARTS(...) \
	.parts = (const struct part[]){ __VA_ARGS__ }, \
	.part_count = sizeof((const struct part[]){ __VA_ARGS__ }) / \
	    sizeof(struct part)
#define LISTS(...) \
	.lists = (const struct list_part[]){ __VA_ARGS__ }, \
	.list_count = sizeof((const struct list_part[]){ __VA_ARGS__ }) / \
	    sizeof(struct list_part)
#define ABOUT_PROJECT(value_) .project = &(const struct value)value_

/*
 * Runs the steps and enters the audit row, in the transaction of the caller.
 * ERR_STALE, or what a step says; some steps may have been done then.
 */
enum err plan_run(
    struct store *st, const struct plan *plan, const struct given *given);

#endif
