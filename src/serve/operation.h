/*
 * The operations on resources, once for all of them: each is told by its row
 * what to read and how it looks (resource/module.h).  Knows no resource.
 */
#ifndef TENANTRY_SERVE_OPERATION_H
#define TENANTRY_SERVE_OPERATION_H

#include "api/call.h"
#include "http/route.h"

/*
 * Carries out the operation of the row and answers.  The caller is found and
 * authorized by the operation's own statement.
 */
enum err operation_run(
    struct call *call, const struct route *route, struct response *rs);

#endif
