#include "api/handlers.h"
#include "store/project.h"

enum err projects_list(struct call *call, struct response *rs)
{
	struct project *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct rows rows;
	enum err err = project_list(call->st, &call->asker, row, &rows);

	return err
	    ? err
	    : respond_list(rs, "accounts", &project_resource, row, &rows);
}

enum err projects_create(struct call *call, struct response *rs)
{
	const struct project_body *body = call->body;
	struct project *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct response_part part = { "account", &project_resource, row };
	struct licence_use use = { 0 };
	enum err err = project_create(
	    call->st, &call->asker, &body->name, row, &use);

	if (err == ERR_LIMIT)
		response_limit(
		    rs, "projects", use.limit_projects, use.projects);
	return err ? err
		   : respond_created(rs, 201,
			 arena_print(call->rq->mem, "/v1/projects/%s", row->id),
			 &part, 1);
}
