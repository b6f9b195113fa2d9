/*
 * Creating a project: counted under the organization's lock, as far as its
 * licence allows.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "edge/name.h"
#include "resource/project.h"
#include "store/licence.h"
#include "store/project.h"

static const struct shape shape = {
	PROJECT_SHAPE,
	.schema = "CreatedProject",
};

struct project_body {
	struct name name;
	char labels[LABELS_SIZE];  /* empty: none */
	char slug[NAME_SLUG_SIZE]; /* of the name; empty: it has none */
};
static const struct field create_fields[] = {
	{ .member = "displayName",
	    .type = FIELD_NAME,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct project_body, name),
	    .says = "The display name, unique in the organization.",
	    .example = "Staging" },
	{ .member = "labels",
	    .type = FIELD_LABELS,
	    FIELD_AT(struct project_body, labels),
	    .domain = &domain_new_labels },
};
static const struct field_table create_table = FIELD_TABLE(create_fields);

/* --- statements ----------------------------------------------------------- */

/*
 * The slug of its name, if another project of the organization has it: then its
 * id is the slug.
 */
static const struct field taken_fields[] = {
	{ .column = "name",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct project, name) },
};
static const struct field_table taken_table = FIELD_TABLE(taken_fields);

static const struct statement find_taken = {
	.scope = SCOPE_CONTEXT,
	.columns = "np.name",
	.text = "LEFT JOIN projects np ON np.organization_id = o.id"
		" AND np.name = ?",
	.tables = { &taken_table },
	IN(BODY_AS(TEXT, struct project_body, slug)),
};

/*
 * Counts one more, where the licence is in force and allows it.  A licence is
 * changed under the lock of its organization only.  The grace is taken from the
 * present: added to an end in December 9999 it would be no date.
 */
static const struct statement count_it = {
	.text = "UPDATE organizations SET project_count = project_count + 1"
		" WHERE id = ? AND EXISTS (SELECT 1 FROM licences l"
		" WHERE l.organization_id = organizations.id"
		" AND (l.limit_projects = 0"
		" OR l.limit_projects > organizations.project_count)"
		" AND (l.expires_at IS NULL"
		" OR l.expires_at > ?)"
		" AND NOT EXISTS (SELECT 1 FROM licence_claims c"
		" WHERE c.jti = l.jti AND c.revoked_at IS NOT NULL))",
	IN(CALLER(organization_id), OVER_UNTIL),
};

static const struct statement insert = {
	.text = PROJECT_INSERT " VALUES (" PROJECT_VALUES ")",
	IN(ROW(TEXT, struct project, id), CALLER(organization_id),
	    ROW(TEXT, struct project, name),
	    ROW(TEXT, struct project, display_name),
	    ROW(KEY, struct project, name_key),
	    ROW(TEXT, struct project, secret_key), NOW, NOW,
	    ROW(TEXT, struct project, labels)),
};

static const struct statement bind = {
	.text = PROJECT_BIND,
	IN(ROW(TEXT, struct project, id), NOW, CALLER(user_id),
	    CALLER(organization_id)),
};

static const struct statement *const statements[] = { &find_taken, &count_it,
	&insert, &bind, NULL };

/* --- operation ------------------------------------------------------------ */

/* Empty if the name has none; make() knows the words that none may be. */
static enum err add_slug(struct arena *mem, struct json_source source,
    void *decoded, struct fault *fault)
{
	struct project_body *body = decoded;

	(void)mem;
	(void)source;
	(void)fault;
	name_slug(body->name.display, "", NULL, body->slug);
	return ERR_NONE;
}

static enum err make(struct call *call, void *row)
{
	const struct project_body *body = call->body;
	const struct caller *caller = &call->asker.caller;
	struct project *made = row;
	bool is_taken = made->name[0] != '\0';

	ulid_make(&call->st->ids, (uint64_t)call->st->now, made->id);
	text_set(made->labels, sizeof(made->labels), body->labels);
	project_begin(call->st, &body->name, made);
	if (is_taken)
		name_slug_of_id(made->id, made->name);
	text_set(made->name_key, sizeof(made->name_key), body->name.key);
	if (!caller_is_service(caller) && caller->organization_role[0] != '\0')
		text_set(made->maker_role, sizeof(made->maker_role), "admin");
	return ERR_NONE;
}

/* What a caller does next about a licence. */
#define INSTALL_ANOTHER \
	"install another license key by PUT /v1/organizations/%s/license"

/* Why the project could not be counted. */
static enum err refuse_growth(struct call *call)
{
	const char *organization = call->asker.caller.organization_id;
	struct fault *fault = &call->rq->fault;
	struct licence_use use;
	enum err err = licence_use_find(call->st, organization, &use);

	if (err)
		return err;
	if (use.is_revoked)
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has been revoked:"
		    " " INSTALL_ANOTHER,
		    organization);
	if (licence_is_over(
		&call->st->licence_days, use.expires_at, call->st->now))
		return fault_refuse(fault, ERR_LICENCE_EXPIRED, CAUSE_LICENCE,
		    "the organization's license has expired: " INSTALL_ANOTHER,
		    organization);
	if (licence_allows(use.limit_projects, use.projects + 1))
		return ERR_CONFLICT;
	(void)fault_set(fault, ERR_LIMIT,
	    "the license of type %s allows no further project"
	    " (projects: %lld allowed, %lld in use): " INSTALL_ANOTHER,
	    use.type, (long long)use.limit_projects, (long long)use.projects,
	    organization);
	fault_limit(fault, "projects", use.limit_projects, use.projects);
	return ERR_LIMIT;
}

/* The name is the client's affair; the slug is ours, and is made again. */
static enum err explain(struct call *call, const void *row, enum err err)
{
	const struct project *made = row;
	bool found;

	if (err == ERR_LIMIT)
		return refuse_growth(call);
	if (err != ERR_NAME_IN_USE)
		return err;
	err = project_has_name(call->st, call->asker.caller.organization_id,
	    made->name_key, &found);
	if (err)
		return err;
	return found ? fault_set(&call->rq->fault, ERR_NAME_IN_USE,
			   "the organization has a project of that name")
		     : ERR_STALE;
}

static const struct plan plan = {
	STEPS({ &count_it, ERR_LIMIT, ERR_NONE },
	    { &insert, ERR_STALE, ERR_NAME_IN_USE },
	    { &bind, ERR_NONE, ERR_NONE }),
	.action = "project.create",
	.kind = "Account",
	.subject = ROW(TEXT, struct project, id),
	.detail = ROW(TEXT, struct project, display_name),
	ABOUT_PROJECT(ROW(TEXT, struct project, id)),
	PARTS({ "labels", ROW(TEXT, struct project, labels), true },
	    { "name", ROW(TEXT, struct project, display_name), false },
	    { "role", ROW(TEXT, struct project, maker_role), false }),
};

static const struct operation create = {
	.kind = OPERATION_CREATE,
	.shape = &shape,
	.read = &find_taken,
	.complete = add_slug,
	.make = make,
	.explain = explain,
	.insert = &plan,
	.seen = &project_get,
	.location = "/v1/projects/{}",
};

/* --- words ---------------------------------------------------------------- */

static const struct describe create_words = {
	.tag = "Projects",
	.summary = "Create a project",
	.says = "In the context's organization. For its admins.",
	.answer = "The new project.",
	.body = "CreateProject",
	.body_says = "The new project.",
	BODIES({ "name", "displayName" }),
	PROBLEMS(ERR_LICENCE_EXPIRED),
};

/* --- routes --------------------------------------------------------------- */

#define CREATE(path_, id_) \
	{ \
		.method = METHOD_POST, .pattern = path_, \
		.scope = SCOPE_CONTEXT, .need = NEED_ADMIN, \
		.unknown = ERR_FORBIDDEN, .flags = ROUTE_FUSED | ROUTE_WRITES, \
		.body = &create_table, \
		.body_size = sizeof(struct project_body), .does = &create, \
		.operation_id = id_, .describe = &create_words \
	}

static const struct route routes[] = {
	CREATE("/v1/projects", "createProject"),
	CREATE("/v1/accounts", "createAccount"),
};

extern const struct module project_create_module;
const struct module project_create_module = { ROUTES(routes),
	.statements = statements };
