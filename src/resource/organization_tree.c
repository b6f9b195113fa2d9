/*
 * Every organization of the caller with its projects: two resources, grouped
 * while they are read.
 */
#include <string.h>

#include "api/call.h"
#include "resource/module.h"
#include "store/organization.h"

/*
 * A list stops when its client has gone.  HEAD needs no more of it than the
 * status, which is out when the buffer was full.
 */
static bool wants_more(const struct response *rs)
{
	return rs->json.failed == ERR_NONE &&
	    !(rs->rq->is_head && rs->is_started);
}

static void open_branch(struct response *rs, const struct tree_row *row)
{
	struct json_writer *json = &rs->json;

	json_open_object(json);
	json_key(json, "organization");
	represent_resource(rs, &organization_resource, &row->organization);
	json_key(json, "accounts");
	json_open_list(json);
}

/* `id` is empty before the first branch. */
static void close_branch(struct json_writer *json, const char *id)
{
	if (id[0] == '\0')
		return;
	json_close_list(json);
	json_close_object(json);
}

static enum err respond(
    struct response *rs, const struct tree_row *row, struct rows *rows)
{
	char open[ULID_SIZE] = "";
	struct json_writer *json = &rs->json;
	enum err err = response_precondition(rs, NULL);
	bool more;

	if (err || rs->status == 304)
		return err;
	response_type(rs, 200, "application/json");
	json_open_object(json);
	json_key(json, "organizations");
	json_open_list(json);
	while (wants_more(rs) && !(err = rows->next(rows, &more)) && more) {
		if (strcmp(open, row->organization.id) != 0) {
			close_branch(json, open);
			open_branch(rs, row);
			memcpy(open, row->organization.id, sizeof(open));
		}
		if (row->project.id[0] != '\0')
			represent_resource(
			    rs, &project_resource, &row->project);
	}
	if (err)
		return err;
	close_branch(json, open);
	json_close_list(json);
	json_close_object(json);
	return json->failed;
}

static enum err list_tree(struct call *call, struct response *rs)
{
	struct tree_row *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct rows rows;
	enum err err = organization_tree(call->st, &call->asker, row, &rows);

	return err ? err : respond(rs, row, &rows);
}

/* --- words ---------------------------------------------------------------- */

static const struct describe_answer tree = {
	.status = 200,
	.schema = "OrganizationTree",
	.text =
	    "{'type':'object','required':['organizations'],"
	    "'properties':{'organizations':{'type':'array',"
	    "'items':{'type':'object','required':['organization','accounts'],"
	    "'properties':{'organization':#Organization,"
	    "'accounts':{'type':'array',"
	    "'items':#Account}}}}}}",
	.example = "{'organizations':[{'organization':@Organization,"
		   "'accounts':[@Account]}]}",
};

static const struct describe tree_words = {
	.tag = "Projects",
	.summary = "List all organizations with their projects",
	.says =
	    "Every organization that the caller is a member of: with all its"
	    " projects for its admins, with those that the caller is bound to"
	    " for others.",
	.answer = "The organizations, each with its projects.",
	.function = &tree,
};

/* --- routes --------------------------------------------------------------- */

#define TREE(path_, id_) \
	{ \
		.method = METHOD_GET, .pattern = path_, .scope = SCOPE_SELF, \
		.need = NEED_NOTHING, .unknown = ERR_FORBIDDEN, \
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY, .handle = list_tree, \
		.operation_id = id_, .describe = &tree_words \
	}

static const struct route routes[] = {
	TREE("/v1/organizations/projects/all", "listAllProjects"),
	TREE("/v1/organizations/accounts/all", "listAllAccounts"),
};

extern const struct module organization_tree_module;
const struct module organization_tree_module = { ROUTES(routes) };
