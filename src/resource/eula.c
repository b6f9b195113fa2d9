/*
 * The reference's route for who accepts the terms of use.  Here they are
 * accepted with each organization that is created (`eulaAccepted`), so that
 * there is nothing more to keep: a client that asks for it is told so.
 */
#include "api/call.h"
#include "http/represent.h"
#include "resource/module.h"

static enum err accept_eula(struct call *call, struct response *rs)
{
	(void)call;
	return respond_empty(rs, 204);
}

static const struct describe_answer accepted = { .status = 204 };

static const struct describe words = {
	.tag = "Users",
	.summary = "Accept the terms of use",
	.says = "For clients of the reference. Nothing is changed by it: the"
		" terms are accepted when an organization is created, by"
		" `eulaAccepted`.",
	.answer = "Accepted.",
	.function = &accepted,
};

static const struct route routes[] = {
	{ .method = METHOD_PUT,
	    .pattern = "/v1/accept-eula",
	    .scope = SCOPE_SELF,
	    .need = NEED_NOTHING,
	    .unknown = ERR_FORBIDDEN,
	    .flags = 0,
	    .handle = accept_eula,
	    .operation_id = "acceptEula",
	    .describe = &words },
};

extern const struct module eula_module;
const struct module eula_module = { ROUTES(routes) };
