/*
 * What follows from a row of the route table: the targets of its scope, the
 * bodies that its fields allow and forbid, the methods of its path, and the
 * answer that a caller gets by the one rule of roles.  A new field of the row
 * is read here and nowhere else in the walk.
 */
#ifndef TENANTRY_TESTS_WALK_EXPECT_H
#define TENANTRY_TESTS_WALK_EXPECT_H

#include "people.h"
#include "resource/module.h"

/* The row behind another one of the program's table; NULL: the first, none. */
const struct route *row_after(const struct route *row);

/* What a request names, in its path or in the headers of the context. */
struct target {
	const char *label;
	const char *path;         /* for each {parameter} of the pattern */
	const char *project;      /* X-Bindplane-Account-ID, or NULL */
	const char *organization; /* X-Organization-ID, or NULL */
	/* what these are ids of */
	enum tenant named, header_organization;
	enum account header_project;
	bool is_asked_twice; /* with a right body, then with a wrong one */
};

enum { TARGETS_MAX = 16 };

/* The targets of a row; row_caller() has the right to the first one. */
size_t row_targets(const struct route *row, const struct world *world,
    struct target targets[TARGETS_MAX]);

/* A caller who has the right to the row's first target. */
struct visitor row_caller(const struct route *row, const struct world *world);

/* An error and words of its detail; ERR_NONE: the caller has the right. */
struct expected {
	enum err err;
	const char *words;   /* "": any */
	enum tenant context; /* of SCOPE_CONTEXT, where it is found */
};
struct expected row_expected(const struct route *row,
    const struct visitor *caller, const struct target *target);

/* Roles by the one rule: the least of the user's and the key's. */
enum rank rank_in_organization(
    const struct visitor *caller, enum tenant organization);
enum rank rank_in_project(const struct visitor *caller, enum account project);

/* Whether lists show it: a system administrator is not a member by that. */
bool is_member(const struct visitor *caller, enum tenant organization);

/* --- requests ------------------------------------------------------------- */

bool row_is_public(const struct route *row);
bool row_has_body_method(const struct route *row);
bool row_writes(const struct route *row);

/* The row's path, with the target in place of each parameter. */
const char *row_path(
    const struct route *row, const struct target *target, struct arena *mem);

/* Methods of the row's path, as Allow lists them. */
const char *row_allow(const struct route *row, struct arena *mem);

/* Whether another row has the row's pattern and a smaller place in the table */
bool row_repeats_path(const struct route *row);

/* Whether the method is one of the path's. */
bool row_path_has(const struct route *row, const char *method);

/*
 * Makes the row harmless for a caller who has the right: a body that is no
 * object, or a version that does not exist.  Returns the error that this gives;
 * ERR_NONE: the row changes nothing anyway.
 */
enum err row_harmless(
    const struct route *row, const char **headers, const char **body);

/* Whether the row answers with that media type. */
bool row_offers(const struct route *row, const char *type);

/*
 * The queries that the row refuses, with words of the reason; NULL behind the
 * last one.
 */
const char *row_wrong_query(
    const struct route *row, size_t i, struct arena *mem, const char **words);

/* One that it takes; NULL behind the last one. */
const char *row_right_query(
    const struct route *row, size_t i, struct arena *mem);

/* What is wrong with one member of a body. */
enum flaw { FLAW_NONE, FLAW_MISSING, FLAW_TYPE, FLAW_NULL, FLAW_EMPTY };

/*
 * A body with all required members, and with a flaw in the member `at`, whose
 * name goes to `*member`.  NULL if there is no such member, or if the row takes
 * this flaw.
 */
const char *row_body(const struct route *row, struct world *world, size_t at,
    enum flaw flaw, const char **member);

#endif
