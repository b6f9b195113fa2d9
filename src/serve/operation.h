/*
 * The operations on resources, once for all of them: each is told by its row
 * what to read and how it looks (resource/module.h).  Knows no resource.
 */
#ifndef TENANTRY_SERVE_OPERATION_H
#define TENANTRY_SERVE_OPERATION_H

#include "api/call.h"
#include "http/route.h"
#include "resource/module.h"

/*
 * Carries out the operation of the row, or calls its function, and answers.  An
 * operation finds and authorizes the caller by its own statement.
 */
enum err operation_carry_out(
    struct call *call, const struct route *route, struct response *rs);

/* --- what reading and writing share --------------------------------------- */

/* A row, of the size of its shape, and the rows beside it. */
struct one {
	void *row;
	struct represent_nested nested;
};

/* What the request says, for the values of a statement. */
void operation_give(const struct call *call, struct given *given);

/*
 * Reads the row by the operation's statement, which finds and authorizes the
 * caller; then judges it.  ERR_NO_RESOURCE: there is no row, and none can be
 * made.  Other errors: what the resource says.
 */
enum err operation_find(
    struct call *call, const struct operation *does, struct one *one);

/*
 * Why the caller may not ask for the row at all, or ERR_NONE: for a request
 * that is wrong otherwise, too, since that is said first.
 */
enum err operation_refusal(struct call *call, const struct route *route);

/* The parameter of the path that is the id of the operation's row. */
const char *operation_id_name(const struct operation *does);

/*
 * Reads a row for the replay of a write that showed it, with the rights that
 * the caller has now.  `id`: of the row, where the path does not name it; else
 * NULL.  `*is_shown` false: it is gone, or not the caller's to see any more.
 */
enum err operation_find_again(struct call *call, const struct operation *seen,
    const char *id, struct one *one, bool *is_shown);

/*
 * The path of a row of this id: the operation's template with the values of its
 * `{name}`s from the request's path; `{}` is the id.  NULL: it has none.
 */
const char *operation_location(
    struct call *call, const struct operation *does, const char *id);

/* How what is within a row beside it looks. */
struct represent_inner operation_inner(const struct nested *nested);

/* How it looks; refers to `one`. */
struct representation operation_represent(
    const struct shape *shape, const struct one *one);

#endif
