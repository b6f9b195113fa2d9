/*
 * What an application asks: may the holder of this API key do that here?  And
 * what a caller asks for itself.  The answer also comes as a signed token.
 */
#include "resource/check.h"

#include <string.h>

#include "resource/check_words.h"
#include "resource/module.h"

/* --- what is read --------------------------------------------------------- */

#define FACT(struct_, column_, type_, member_) \
	{ \
		.column = column_, .type = type_, FIELD_AT(struct_, member_) \
	}
#define PLACE(column_, type_, member_) \
	FACT(struct check_place, column_, type_, member_)
#define ASKED(column_, type_, member_) \
	FACT(struct check_asked, column_, type_, member_)

static const struct field place_fields[] = {
	PLACE("place_id", FIELD_TEXT, project_id),
	PLACE("place_role", FIELD_TEXT, project_role),
	PLACE("licence_type", FIELD_TEXT, type),
	PLACE("expires_at", FIELD_TIME, licence.expires_at),
	PLACE("limit_projects", FIELD_INTEGER, licence.limits.projects),
	PLACE("limit_users", FIELD_INTEGER, licence.limits.users),
	PLACE("projects", FIELD_INTEGER, licence.use.projects),
	PLACE("users", FIELD_INTEGER, licence.use.users),
	PLACE("is_revoked", FIELD_BOOL, licence.is_revoked),
};
static const struct field_table place_table = FIELD_TABLE(place_fields);

static const struct field asked_fields[] = {
	ASKED("asked_user", FIELD_TEXT, holder.user_id),
	ASKED("asked_key", FIELD_TEXT, holder.key_id),
	ASKED("asked_organization", FIELD_TEXT, holder.key_organization_id),
	ASKED("asked_project", FIELD_TEXT, holder.key_project_id),
	ASKED("asked_key_role", FIELD_TEXT, holder.key_role),
	ASKED("asked_is_system_admin", FIELD_BOOL, holder.is_system_admin),
	ASKED("asked_role", FIELD_TEXT, holder.organization_role),
	ASKED("is_disabled", FIELD_BOOL, is_disabled),
	ASKED("is_rotated", FIELD_BOOL, is_rotated),
	ASKED("is_expired", FIELD_BOOL, is_expired),
};
static const struct field_table asked_table = FIELD_TABLE(asked_fields);

#define PLACE_COLUMNS(role_) \
	"tp.id AS place_id, " role_ \
	" AS place_role, l.licence_type, l.expires_at," \
	" l.limit_projects, l.limit_users, o.project_count AS projects," \
	" o.member_count AS users, (SELECT COUNT(*) FROM licence_claims r" \
	" WHERE r.jti = l.jti AND r.revoked_at IS NOT NULL) AS is_revoked"
/* A service key has its role where a person has a membership. */
#define ROLE_OF(alias) \
	"COALESCE(" alias ".role, IF(tk.user_id IS NULL, tk.role, NULL))"
#define ASKED_STATE \
	", tu.disabled_at IS NOT NULL AS is_disabled," \
	" tk.rotated_at IS NOT NULL AS is_rotated," \
	" COALESCE(tk.expires_at <= UTC_TIMESTAMP(3), 0) AS is_expired"
#define ASKED_COLUMNS \
	", tk.user_id AS asked_user, tk.id AS asked_key," \
	" tk.organization_id AS asked_organization," \
	" tk.project_id AS asked_project, tk.role AS asked_key_role," \
	" COALESCE(tu.is_system_admin, 0) AS asked_is_system_admin, " ROLE_OF( \
	    "tb") " AS asked_role" ASKED_STATE
#define PLACE_JOINS \
	"LEFT JOIN licences l ON l.organization_id = o.id" \
	" LEFT JOIN projects tp ON tp.organization_id = o.id AND tp.id = ?"

#define ASKED_JOINS \
	" LEFT JOIN api_keys tk ON tk.digest = ?" \
	" AND (tk.organization_id IS NULL" \
	" OR tk.organization_id = o.id)" \
	" LEFT JOIN users tu ON tu.id = tk.user_id" \
	" LEFT JOIN organization_bindings tb" \
	" ON tb.user_id = tk.user_id AND tb.organization_id = o.id" \
	" LEFT JOIN project_bindings tx FORCE INDEX (PRIMARY)" \
	" ON tx.user_id = tk.user_id AND tx.project_id = tp.id"

/*
 * A key that is bound elsewhere is not joined, as one that is not there; an
 * unbound one counts where its user is a member, which is seen behind it.
 */
static const struct statement find_asked = {
	.scope = SCOPE_CONTEXT,
	.columns = PLACE_COLUMNS(ROLE_OF("tx")) ASKED_COLUMNS,
	.text = PLACE_JOINS ASKED_JOINS,
	.tables = { &place_table, &asked_table },
	.values = 2,
};

static const struct statement find_by_tool = {
	.text = "SELECT " PLACE_COLUMNS(ROLE_OF("tx")) ASKED_COLUMNS
	" FROM organizations o " PLACE_JOINS ASKED_JOINS
	" WHERE o.id = ? AND o.deleted_at IS NULL",
	.tables = { &place_table, &asked_table },
	.values = 3,
};

static const struct statement find_own = {
	.scope = SCOPE_CONTEXT,
	.columns = PLACE_COLUMNS("tx.role"),
	.text = PLACE_JOINS
	" LEFT JOIN project_bindings tx FORCE INDEX (PRIMARY)"
	" ON tx.user_id = u.id AND tx.project_id = tp.id ",
	.tables = { &place_table },
	.values = 1,
};

static const struct statement *const statements[] = { &find_asked, &find_own,
	&find_by_tool, NULL };

/* --- the rule ------------------------------------------------------------- */

/* The holder where it is asked about, if it has anything to say there. */
static void put_there(struct check *check)
{
	const struct caller *caller = &check->call->asker.caller;
	struct caller *holder = &check->asked.holder;
	bool is_bound = holder->key_organization_id[0] != '\0';

	check->is_known = holder->key_id[0] != '\0' &&
	    (is_bound || holder->organization_role[0] != '\0');
	if (holder->organization_role[0] != '\0' || holder->is_system_admin)
		memcpy(holder->organization_id, caller->organization_id,
		    sizeof(holder->organization_id));
}

static void put_in_project(struct check *check)
{
	struct caller *holder = &check->asked.holder;
	const struct check_place *place = &check->place;

	memcpy(
	    holder->project_id, place->project_id, sizeof(holder->project_id));
	memcpy(holder->project_organization_id, holder->organization_id,
	    sizeof(holder->project_organization_id));
	memcpy(holder->project_role, place->project_role,
	    sizeof(holder->project_role));
}

bool check_project_is_there(const struct check *check)
{
	const char *bound = check->asked.holder.key_project_id;
	const char *id = check->place.project_id;

	return id[0] != '\0' && (bound[0] == '\0' || strcmp(bound, id) == 0);
}

static const char *reason_of(const struct check *check)
{
	const struct check_asked *asked = &check->asked;

	if (!check->is_known)
		return "unknown";
	if (asked->is_disabled)
		return "disabled";
	if (asked->is_expired)
		return asked->is_rotated ? "rotated" : "expired";
	if (check->project != NULL && !check_project_is_there(check))
		return "project";
	if (!caller_may_give(&asked->holder, check->need))
		return "role";
	if (strcmp(check->state, "expired") == 0 ||
	    strcmp(check->state, "revoked") == 0)
		return "license";
	return "ok";
}

static void judge(struct check *check)
{
	put_in_project(check);
	check->state = licence_state(&check->call->st->licence_days,
	    &check->place.licence, check->call->st->now);
	check->reason = reason_of(check);
}

/* --- the functions -------------------------------------------------------- */

static struct db_value id_value(const char *text)
{
	return db_text(text != NULL && values_is_name(text) ? text : NULL);
}

static enum err find(struct check *check, const struct statement *statement,
    const struct db_value *values)
{
	struct call *call = check->call;
	void *const rows[STATEMENT_TABLES_MAX] = { &check->place,
		&check->asked };
	enum err err = caller_select(
	    call->st, &call->asker, statement, values, rows);

	db_finish(call->st->db);
	return err;
}

enum err check_need(const struct check *check)
{
	struct fault *fault = &check->call->rq->fault;

	if (!role_is_of_project(check->need))
		return fault_set(fault, ERR_BAD_FIELD,
		    "need must be user or admin, or with project also viewer");
	if (check->project == NULL && !role_is_of_organization(check->need))
		return fault_set(fault, ERR_BAD_FIELD,
		    "need must be user or admin of the organization: viewer is"
		    " a role in a project, which project names");
	return ERR_NONE;
}

/* A service key of a project has nothing to say outside it. */
static enum err check_bounds(const struct check *check)
{
	const char *bound = check->call->asker.caller.key_project_id;

	if (bound[0] == '\0' ||
	    (check->project != NULL && strcmp(bound, check->project) == 0))
		return ERR_NONE;
	return call_refuse(check->call, CAUSE_RESTRICTED, "unbound-key",
	    "this service key is bound to a project: name that one in project");
}

static enum err check_key(struct call *call, struct response *rs)
{
	const struct check_body *body = call->body;
	struct check *check = arena_alloc(call->rq->mem, sizeof(*check));
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct db_value values[2];
	enum err err;

	check->call = call;
	check->need = body->need;
	check->project = body->project;
	check->shows_all = true;
	crypto_sha256(body->credential, strlen(body->credential), digest);
	values[0] = id_value(body->project);
	values[1] = db_bytes(digest, sizeof(digest));
	if ((err = find(check, &find_asked, values)) ||
	    (err = check_bounds(check)) || (err = check_need(check)))
		return err;
	put_there(check);
	judge(check);
	return check_respond(check, rs);
}

enum err check_by_tool(struct check *check, const char *credential)
{
	struct store *st = check->call->st;
	unsigned char digest[CRYPTO_SHA256_SIZE];
	const struct db_value values[3] = { id_value(check->project),
		db_bytes(digest, sizeof(digest)),
		db_text(check->call->asker.caller.organization_id) };
	const struct db_query query = { find_by_tool.text, values, 3, false };
	const struct db_target target = { { { &place_table, &check->place },
					      { &asked_table, &check->asked } },
		2, 0 };
	bool found;
	enum err err;

	crypto_sha256(credential, strlen(credential), digest);
	err = db_select_one(st->db, &query, &target, &found);
	if (err)
		return err;
	put_there(check);
	judge(check);
	return ERR_NONE;
}

static enum err check_oneself(struct call *call, struct response *rs)
{
	struct check *check = arena_alloc(call->rq->mem, sizeof(*check));
	const char *need = query_value(&call->query, "need");
	struct db_value value;
	enum err err;

	check->call = call;
	check->project = query_value(&call->query, "project");
	check->need = need != NULL   ? need
	    : check->project != NULL ? "viewer"
				     : "user";
	value = id_value(check->project);
	if ((err = find(check, &find_own, &value)) || (err = check_need(check)))
		return err;
	check->asked.holder = call->asker.caller;
	check->is_known = true;
	check->shows_all = caller_is_admin(&call->asker.caller);
	judge(check);
	return check_respond(check, rs);
}

/* --- routes --------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "need",
	    .type = QUERY_WORD,
	    .words = "user admin viewer",
	    .says = "The role that is needed: in the organization `user` or"
		    " `admin`, with `project` also `viewer`. Left out: the"
		    " least.",
	    .example = "user" },
	{ .name = "project",
	    .type = QUERY_ID,
	    .says = "The project in which the role is needed.",
	    .example = "01JD8C2W6HZ0B5QK9MTXV3RN4F" },
};
static const struct query_table query = QUERY_TABLE(parameters);

#define CHECK \
	.pattern = "/v1/check", .scope = SCOPE_CONTEXT, \
	.unknown = ERR_FORBIDDEN, .flags = ROUTE_FUSED | ROUTE_TOKEN

static const struct route routes[] = {
	{ CHECK, .method = METHOD_POST, .need = NEED_ASKING,
	    .body = &check_body_table, .body_size = sizeof(struct check_body),
	    .handle = check_key, .operation_id = "checkKey",
	    .describe = &check_key_words },
	{ CHECK, .method = METHOD_GET, .need = NEED_MEMBER, .query = &query,
	    .handle = check_oneself, .operation_id = "checkOneself",
	    .describe = &check_own_words },
};

extern const struct module check_module;
const struct module check_module = { ROUTES(routes), .statements = statements };
