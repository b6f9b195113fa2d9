/*
 * A licence as a request says it: for what creates an organization, too.
 */
#ifndef TENANTRY_RESOURCE_LICENCE_INSTALL_H
#define TENANTRY_RESOURCE_LICENCE_INSTALL_H

#include "api/call.h"
#include "model/licence.h"

/*
 * The licence of a key, checked for an organization at the time of the request.
 * ERR_BAD_LICENCE with the reason.
 */
enum err licence_given(struct call *call, const char *key,
    const char *organization_id, struct licence *out);

/*
 * A licence with the limits of `type`, issued by this service.
 * ERR_NO_SIGNING_KEY; ERR_BAD_FIELD for an unknown type.
 */
enum err licence_issued(struct call *call, const char *type,
    const char *organization_id, struct licence *out);

#endif
