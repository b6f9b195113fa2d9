/*
 * The answer that a caller gets by the one rule of roles, from a row's scope
 * and need.  A new field of the row is read here, in row.c and in target.c, and
 * nowhere else in the walk.
 */
#ifndef TENANTRY_TESTS_WALK_EXPECT_H
#define TENANTRY_TESTS_WALK_EXPECT_H

#include "row.h"

/* An error and words of its detail; ERR_NONE: the caller has the right. */
struct expected {
	enum err err;
	const char *words;   /* "": any */
	enum tenant context; /* the organization that is reached */
	bool is_of_row;      /* scope and need allow it */
};

/* The words of a header that names what the caller is not bound to. */
extern const char not_yours[];

/* By the row's scope and need. */
struct expected row_permitted(const struct route *row,
    const struct visitor *caller, const struct target *target);

/* And by what else the path names: a key, a member. */
struct expected row_expected(const struct route *row,
    const struct visitor *caller, const struct target *target);

/*
 * Whether the caller may see a key of that user, or a service key (NULL), which
 * is bound there.
 */
bool may_see_key(
    const struct visitor *caller, const struct person *owner, enum place at);

/* Whether the caller may see that invitation. */
bool may_see_invitation(
    const struct visitor *caller, enum path_invitation invitation);

/* Roles by the one rule: the least of the user's and the key's. */
enum rank rank_in_organization(
    const struct visitor *caller, enum tenant organization);
enum rank rank_in_project(const struct visitor *caller, enum account project);

/* The project of the context, which is in that organization. */
enum account current_project(const struct visitor *caller,
    const struct target *target, enum tenant context);

/* Whether lists show it: a system administrator is not a member by that. */
bool is_member(const struct visitor *caller, enum tenant organization);

#endif
