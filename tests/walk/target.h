/*
 * What the requests of a row name, in their path and in the headers of the
 * context: what is the caller's, what is foreign, and what is not there.
 */
#ifndef TENANTRY_TESTS_WALK_TARGET_H
#define TENANTRY_TESTS_WALK_TARGET_H

#include "resource/module.h"
#include "world.h"

/* Who is named: one of `people`, or one of these. */
enum { MYSELF = -2, NOBODY = -1 };

/* What a request names, in its path or in the headers of the context. */
struct target {
	const char *label;
	const char *path;         /* for {id} */
	const char *second;       /* for another parameter of the pattern */
	const char *project;      /* X-Bindplane-Account-ID, or NULL */
	const char *organization; /* X-Organization-ID, or NULL */
	/* what these are ids of */
	enum tenant named, header_organization;
	enum account named_project, header_project;
	enum path_key key;
	enum path_invitation invitation;
	enum account secret; /* the project whose secret key is named */
	int member;
	bool is_asked_twice; /* with a right body, then with a wrong one */
};

enum { TARGETS_MAX = 28 };

/* One that names nothing. */
struct target target_of(const char *label);

/* The targets of a row; row_caller() has the right to the first one. */
size_t row_targets(const struct route *row, const struct world *world,
    struct target targets[TARGETS_MAX]);

/* A caller who has the right to the row's first target. */
struct visitor row_caller(const struct route *row, const struct world *world);

#endif
