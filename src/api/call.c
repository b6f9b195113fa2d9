#include "api/call.h"

#include "model/credential.h"

enum err call_refuse(
    struct call *call, enum cause cause, const char *needed, const char *why)
{
	struct fault *fault = &call->rq->fault;
	enum err err = fault_refuse(fault, ERR_FORBIDDEN, cause, "%s", why);

	fault_rights(fault, needed, caller_role_word(&call->asker.caller));
	return err;
}
