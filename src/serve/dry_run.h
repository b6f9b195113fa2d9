/*
 * `?dryRun=true`: what a removal would take along.  The write itself is made
 * and rolled back, so that it is refused for the same reasons as the act.
 */
#ifndef TENANTRY_SERVE_DRY_RUN_H
#define TENANTRY_SERVE_DRY_RUN_H

#include "api/call.h"
#include "resource/module.h"

/*
 * Answers 200 with the counts, and the API keys, that would go with the row.
 * `row` NULL: there is none any more.  Nothing is locked: the counts are
 * advice.
 */
enum err dry_run_answer(struct call *call, const struct operation *does,
    const void *row, struct response *rs);

#endif
