#include <string.h>

#include "api/handlers.h"
#include "store/project.h"
#include "store/repeat.h"

enum err projects_create(struct call *call, struct response *rs)
{
	const struct project_body *body = call->body;
	struct project *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct licence_use use = { 0 };
	const struct repeat_answer answer = { .status = 201, .id = row->id };
	const struct response_part part = { "account", &project_resource, row };
	enum err err;

	memcpy(row->labels, body->labels, sizeof(row->labels));
	repeat_promise(call->st, answer);
	err = project_create(call->st, &call->asker, &body->name, row, &use);
	if (err == ERR_LIMIT)
		response_limit(
		    rs, "projects", use.limit_projects, use.projects);
	if (err)
		return err;
	return respond_created(rs, 201,
	    arena_print(rs->rq->mem, "/v1/projects/%s", row->id), &part, 1);
}
