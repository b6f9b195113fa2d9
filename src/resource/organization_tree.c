/*
 * Every organization of the caller with its projects: two resources, grouped
 * while they are read.
 */
#include <string.h>

#include "api/call.h"
#include "http/list.h"
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
static void close_branch(struct list *list, const char *id)
{
	struct json_writer *json = &list->rs->json;

	if (id[0] == '\0' || list->kind == ACCEPT_CSV)
		return;
	json_close_list(json);
	json_close_object(json);
	if (list->kind == ACCEPT_NDJSON)
		json_end_line(json);
}

/* CSV has a line for each project, and one without for an empty branch. */
static void put_row(
    struct list *list, const struct tree_row *row, char open[ULID_SIZE])
{
	bool has_project = row->project.id[0] != '\0';

	if (list->kind == ACCEPT_CSV) {
		list_line(list, &row->organization,
		    has_project ? &row->project : NULL);
		return;
	}
	if (strcmp(open, row->organization.id) != 0) {
		close_branch(list, open);
		open_branch(list->rs, row);
		memcpy(open, row->organization.id, ULID_SIZE);
	}
	if (has_project)
		represent_resource(list->rs, &project_resource, &row->project);
}

static enum err respond(
    struct response *rs, const struct tree_row *row, struct rows *rows)
{
	char open[ULID_SIZE] = "";
	struct list list = {
		.rs = rs,
		.resource = &organization_resource,
		.member = "organizations",
		.kind = accept_best(rs->rq, LIST_KINDS),
		.beside = &project_resource,
		.as = "organization",
		.beside_as = "accounts",
	};
	enum err err = response_precondition(rs, NULL);
	bool more;

	if (err || rs->status == 304)
		return err;
	list_open(&list);
	while (wants_more(rs) && !(err = rows->next(rows, &more)) && more)
		put_row(&list, row, open);
	if (err)
		return err;
	close_branch(&list, open);
	return list_close(&list);
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
		.flags = ROUTE_FUSED | ROUTE_ANY_QUERY | ROUTE_LIST, \
		.handle = list_tree, .operation_id = id_, \
		.describe = &tree_words \
	}

static const struct route routes[] = {
	TREE("/v1/organizations/projects/all", "listAllProjects"),
	TREE("/v1/organizations/accounts/all", "listAllAccounts"),
};

extern const struct module organization_tree_module;
const struct module organization_tree_module = { ROUTES(routes) };
