/*
 * A look at the database: product, session, connections, schema, clock.
 */
#ifndef TENANTRY_STORE_DOCTOR_H
#define TENANTRY_STORE_DOCTOR_H

#include "model/finding.h"
#include "store/statement.h"

/*
 * Adds its lines.  `workers` is how many connections the program may hold.  An
 * error where the database does not answer: nothing is added then.
 */
enum err doctor_database(struct store *st, int workers, struct findings *out);

/* ERR_UNAVAILABLE where the session is not as the program has set it. */
enum err doctor_session(struct store *st, struct fault *fault);

extern const struct statement *const doctor_statements[];

#endif
