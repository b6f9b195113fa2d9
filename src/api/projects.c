#include "api/answer.h"
#include "api/handlers.h"
#include "store/project.h"

static enum err give_created(const struct answer *answer, struct response *rs)
{
	const struct project *row = answer->subject;
	const struct response_part part = { "account", &project_resource, row };

	return respond_created(rs, answer->status,
	    arena_print(rs->rq->mem, "/v1/projects/%s", row->id), &part, 1);
}

enum err projects_create(struct call *call, struct response *rs)
{
	const struct project_body *body = call->body;
	struct project *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct licence_use use = { 0 };
	struct answer answer = { give_created, call, 201, row };
	enum err err;

	answer_promise(&answer);
	err = project_create(call->st, &call->asker, &body->name, row, &use);
	if (err == ERR_LIMIT)
		response_limit(
		    rs, "projects", use.limit_projects, use.projects);
	return err ? err : answer.give(&answer, rs);
}
