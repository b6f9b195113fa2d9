#include <string.h>

#include "api/handlers.h"
#include "store/organization.h"
#include "store/repeat.h"

enum err organizations_tree(struct call *call, struct response *rs)
{
	struct tree_row *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct rows rows;
	enum err err = organization_tree(call->st, &call->asker, row, &rows);

	return err ? err : respond_tree(rs, row, &rows);
}

enum err organizations_verify(struct call *call, struct response *rs)
{
	const struct verify_body *body = call->body;
	bool in_use;
	enum err err = organization_verify(
	    call->st, &call->asker, &body->name, &in_use);

	return err ? err : respond_flag(rs, "inUse", in_use);
}

enum err organizations_rename(struct call *call, struct response *rs)
{
	const struct rename_body *body = call->body;
	const struct repeat_answer answer = { .status = 200 };
	enum err err;

	repeat_promise(call->st, answer);
	err = organization_rename(call->st, &call->asker, &body->name);
	return err ? err : respond_empty(rs, 200);
}

/* The licence that a new organization starts with. */
static enum err first_licence(
    struct call *call, const char *organization_id, struct licence *out)
{
	const struct create_body *body = call->body;
	const char *type = body->licence_type ? body->licence_type : "free";
	struct fault *fault = &call->rq->fault;

	if (!body->eula_accepted)
		return fault_set(
		    fault, ERR_BAD_FIELD, "eulaAccepted must be true");
	if (licence_type_find(type) == NULL)
		return fault_set(
		    fault, ERR_BAD_FIELD, "licenseType is not known");
	if (body->licence_key != NULL)
		return licences_read(
		    call, body->licence_key, organization_id, out);
	if (strcmp(type, "free") != 0 &&
	    !caller_is_system_admin(&call->asker.caller))
		return fault_refuse(fault, ERR_FORBIDDEN, CAUSE_ROLE,
		    "a licenseType other than free needs a licenseKey");
	return licences_make(call, type, organization_id, out);
}

static enum err give_created(
    const struct organization_create *in, int status, struct response *rs)
{
	const struct response_part parts[2] = {
		{ "organization", &organization_resource, &in->organization },
		{ "account", &project_resource, &in->project },
	};

	return respond_created(rs, status,
	    arena_print(
		rs->rq->mem, "/v1/organizations/%s", in->organization.id),
	    parts, 2);
}

enum err organizations_create(struct call *call, struct response *rs)
{
	const struct create_body *body = call->body;
	struct organization_create *in = arena_alloc(
	    call->rq->mem, sizeof(*in));
	struct licence licence = { .id = "" };
	const struct repeat_answer answer = {
		.status = call->config->create_status,
		.id = in->organization.id,
		.beside_id = in->project.id,
	};
	enum err err;

	in->name = &body->organization_name;
	in->project_name = &body->project_name;
	in->licence = &licence;
	repeat_promise(call->st, answer);
	if ((err = organization_plan(call->st, &call->asker, in)) ||
	    (err = first_licence(call, in->organization.id, &licence)) ||
	    (err = organization_create(call->st, &call->asker, in)))
		return err;
	return give_created(in, call->config->create_status, rs);
}
