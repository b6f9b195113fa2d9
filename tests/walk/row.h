/*
 * What follows from a row of the route table: the methods of its path, the
 * queries that it takes, the bodies that its fields allow and forbid.
 */
#ifndef TENANTRY_TESTS_WALK_ROW_H
#define TENANTRY_TESTS_WALK_ROW_H

#include "target.h"

/* In a body: the id of the target, of a row that its body names. */
#define ROW_TARGET "@target"

/* The row behind another one of the program's table; NULL: the first, none. */
const struct route *row_after(const struct route *row);

/* Whether a parameter of the path is a user's id. */
bool row_names_member(const struct route *row);

/* Its path names a secret key. */
bool row_names_secret(const struct route *row);

bool row_is_public(const struct route *row);
bool row_has_body_method(const struct route *row);
bool row_writes(const struct route *row);
bool row_is_named_by_body(const struct route *row);

/* The row's path, with the target in place of each parameter. */
const char *row_path(
    const struct route *row, const struct target *target, struct arena *mem);

/* Methods of the row's path, as Allow lists them. */
const char *row_allow(const struct route *row, struct arena *mem);

/* Whether another row has the row's pattern and a smaller place in the table */
bool row_repeats_path(const struct route *row);

/* Whether the path is that of a page, for people: a slash may stand behind it. */
bool row_is_page(const struct route *row);

/* Whether the method is one of the path's. */
bool row_path_has(const struct route *row, const char *method);

/* Whether a row below this one's path has a parameter there. */
bool row_has_more_below(const struct route *row);

/* Whether it does what another row does, under another path. */
bool row_is_alias(const struct route *row);

/* Whether what it is about is not there before, so that it has no entity tag */
bool row_creates(const struct route *row);

/* Whether an empty body is as good as {}. */
bool row_may_be_bare(const struct route *row);

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
