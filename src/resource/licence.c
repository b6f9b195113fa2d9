/*
 * The licence of an organization: what is in force, and what was installed.
 * resource/licence_install.c installs one.
 */
#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "model/example.h"
#include "model/licence.h"
#include "resource/module.h"
#include "store/invitation.h"

/* --- the one in force ----------------------------------------------------- */

struct licence_row {
	char id[ULID_SIZE];
	char type[LICENCE_TYPE_SIZE];
	struct licence_limits limit, use;
	int64_t invited;
	int64_t issued_at, expires_at, installed_at;
	char kid[44];
	char installed_by[ULID_SIZE]; /* empty: nobody whom the trail knows */
	bool is_revoked;
	/* made of these */
	bool is_admin; /* the caller is */
	char state[12];
	char days_left[24];
	char limits[64], usage[96];
	int64_t grace_ends_at;
};

#define SHOWN(name_, column_, type_, flags_, member_, ...) \
	{ \
		.member = name_, .column = column_, .type = type_, \
		.part = PART_FLAT, .flags = flags_, \
		FIELD_AT(struct licence_row, member_), __VA_ARGS__ \
	}
#define FACT(column_, type_, member_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct licence_row, member_) \
	}

#define COUNT "{'type':'integer','format':'int64','minimum':0}"
static const struct domain limits_domain = {
	.says = "0: no limit.",
	.schema = "'type':'object','required':['projects','users'],"
		  "'properties':{'projects':" COUNT ",'users':" COUNT "}",
};
static const struct domain usage_domain = {
	.schema = "'type':'object','required':['projects','users','invited'],"
		  "'properties':{'projects':" COUNT ",'users':" COUNT
		  ",'invited':" COUNT "}",
};
static const struct domain days_domain = {
	.says = "Days that have begun until the end, 0 behind it; null: it has"
		" none.",
	.schema = "'type':['integer','null'],'format':'int64','minimum':0",
};
static const struct domain state_domain = {
	.words = "active|expiring|grace|expired|revoked|over_limit",
};
static const struct domain kid_domain = { .most = 43 };

static const struct field fields[] = {
	SHOWN("id", "id", FIELD_TEXT, FIELD_ADMIN, id, .domain = &domain_id),
	SHOWN("licenseType", "licence_type", FIELD_TEXT, 0, type,
	    .domain = &domain_licence_type),
	SHOWN("limits", NULL, FIELD_JSON, FIELD_ADMIN, limits,
	    .domain = &limits_domain),
	SHOWN("usage", NULL, FIELD_JSON, FIELD_ADMIN, usage,
	    .domain = &usage_domain),
	SHOWN("issuedAt", "issued_at", FIELD_TIME, FIELD_ADMIN, issued_at,
	    .says = NULL),
	SHOWN("expiresAt", "expires_at", FIELD_TIME,
	    FIELD_ADMIN | FIELD_MAY_BE_NULL, expires_at,
	    .says = "The end; null: it has none."),
	SHOWN("graceEndsAt", NULL, FIELD_TIME, FIELD_ADMIN | FIELD_MAY_BE_NULL,
	    grace_ends_at,
	    .says = "From then on nothing can be added; null: never."),
	SHOWN(
	    "daysLeft", NULL, FIELD_JSON, 0, days_left, .domain = &days_domain),
	SHOWN("state", NULL, FIELD_TEXT, 0, state, .domain = &state_domain,
	    .says =
		"`expiring`: it ends within 14 days, or those of the setting"
		" `expiring_days`. `grace`: it ended less than 14 days"
		" ago, or `grace_days`, and works. `expired`, `revoked`:"
		" nothing can be added. `over_limit`: the organization has"
		" more than the license allows."),
	SHOWN("kid", "kid", FIELD_TEXT, FIELD_ADMIN, kid, .domain = &kid_domain,
	    .says = "The key that signed it, of `/.well-known/jwks.json`."),
	SHOWN("installedBy", "installed_by", FIELD_TEXT, FIELD_ADMIN,
	    installed_by, .domain = &domain_id_or_none,
	    .says = "The id of a user or a service key; empty where that is not"
		    " known."),
	SHOWN("installedAt", "installed_at", FIELD_TIME, FIELD_ADMIN,
	    installed_at, .says = NULL),
	FACT("limit_projects", FIELD_INTEGER, limit.projects),
	FACT("limit_users", FIELD_INTEGER, limit.users),
	FACT("projects", FIELD_INTEGER, use.projects),
	FACT("users", FIELD_INTEGER, use.users),
	FACT("invited", FIELD_INTEGER, invited),
	FACT("is_revoked", FIELD_BOOL, is_revoked),
};

static bool is_for_admin(const void *row)
{
	return ((const struct licence_row *)row)->is_admin;
}

static const struct resource resource = {
	.table = FIELD_TABLE(fields),
	.shows_secrets = is_for_admin,
	.schema = "License",
	.says = "The license in force. Members that are not required are for"
		" admins of the organization.",
};

/* Each installation has its time, which is as good as a version. */
static const struct shape shape = {
	.resource = &resource,
	.one = "license",
	.size = sizeof(struct licence_row),
	.id = offsetof(struct licence_row, id),
	.version = offsetof(struct licence_row, installed_at),
	.kind = 'l',
	EXAMPLES(struct licence_row,
	    { .id = "01JD7Q4M8KZ5N0C3W8RXTB6V9E",
		.type = "growth",
		.limits = "{\"projects\":3,\"users\":0}",
		.usage = "{\"projects\":2,\"users\":5,\"invited\":0}",
		.issued_at = EXAMPLE_TIME,
		.expires_at = EXAMPLE_TIME + 365 * LICENCE_DAY,
		.grace_ends_at = EXAMPLE_TIME + 379 * LICENCE_DAY,
		.days_left = "365",
		.state = "active",
		.kid = "Xk3p9v7BqTz1mWc5dRj8sYf2hLa6eNu4oGi0xKb3VtQ",
		.installed_by = "01JD7PZV52N8Y6KXM0HTCR9B4E",
		.installed_at = EXAMPLE_TIME,
		.is_admin = true }),
};

/* Who has done that, by the trail. */
#define DONE_BY(action_, id_) \
	"(SELECT MAX(COALESCE(a.user_id, a.key_id)) FROM audit_events a" \
	" WHERE a.resource_id = " id_ " AND a.organization_id = o.id" \
	" AND a.action = '" action_ "')"

/* The first one comes with the organization. */
#define INSTALLER DONE_BY("licence.install", "l.id")
#define CREATOR DONE_BY("organization.create", "o.id")
#define REVOCATIONS \
	"(SELECT COUNT(*) FROM licence_claims r WHERE r.jti = l.jti" \
	" AND r.revoked_at IS NOT NULL)"

#define INVITED_HERE INVITED("o.id")

static const struct statement get = {
	.scope = SCOPE_NAMED,
	.columns = "l.id, l.licence_type, l.issued_at, l.expires_at, l.kid,"
		   " COALESCE(" INSTALLER ", " CREATOR ") AS installed_by,"
		   " l.installed_at, l.limit_projects, l.limit_users,"
		   " o.project_count AS projects,"
		   " o.member_count AS users,"
		   " " INVITED_HERE " AS invited,"
		   " " REVOCATIONS " AS is_revoked",
	.text = "LEFT JOIN licences l ON l.organization_id = o.id",
	.tables = { &resource.table },
};

static void put(struct arena *mem, char *out, size_t size,
    const struct licence_limits *counts, const char *more)
{
	text_set(out, size,
	    arena_print(mem, "{\"projects\":%lld,\"users\":%lld%s}",
		(long long)counts->projects, (long long)counts->users, more));
}

static void finish(const struct call *call, void *row)
{
	struct licence_row *made = row;
	const struct licence_facts facts = { made->expires_at, made->limit,
		made->use, made->is_revoked };
	struct arena *mem = call->rq->mem;
	int64_t now = call->st->now;
	int64_t days = licence_days_left(made->expires_at, now);

	made->is_admin = caller_is_admin(&call->asker.caller);
	text_set(made->state, sizeof(made->state),
	    licence_state(&call->st->licence_days, &facts, now));
	put(mem, made->limits, sizeof(made->limits), &made->limit, "");
	put(mem, made->usage, sizeof(made->usage), &made->use,
	    arena_print(mem, ",\"invited\":%lld", (long long)made->invited));
	if (days < 0)
		return;
	text_set(made->days_left, sizeof(made->days_left),
	    arena_print(mem, "%lld", (long long)days));
	made->grace_ends_at = made->expires_at +
	    call->st->licence_days.grace * LICENCE_DAY;
}

static const struct operation get_one = {
	.kind = OPERATION_GET,
	.shape = &shape,
	.read = &get,
	.finish = finish,
};

/* --- what was installed --------------------------------------------------- */

struct licence_event {
	char id[ULID_SIZE]; /* of the row in the trail */
	char licence_id[ULID_SIZE];
	char type[LICENCE_TYPE_SIZE];
	char installed_by[ULID_SIZE];
	int64_t installed_at;
	int64_t version; /* it has none */
};

#define EVENT(name_, column_, type_, flags_, member_, domain_, says_) \
	{ \
		.member = name_, .column = column_, .type = type_, \
		.part = PART_FLAT, .flags = flags_, \
		FIELD_AT(struct licence_event, member_), .domain = domain_, \
		.says = says_ \
	}

static const struct field event_fields[] = {
	EVENT("id", "id", FIELD_TEXT, 0, id, &domain_id, NULL),
	EVENT("licenseId", "licence_id", FIELD_TEXT, FIELD_OMIT_EMPTY,
	    licence_id, &domain_id,
	    "Left out for the first license once another one is in its place."),
	EVENT("licenseType", "licence_type", FIELD_TEXT, FIELD_OMIT_EMPTY, type,
	    &domain_licence_type, "Left out like `licenseId`."),
	EVENT("installedBy", "installed_by", FIELD_TEXT, 0, installed_by,
	    &domain_id_or_none,
	    "The id of a user or a service key; empty where there was none."),
	EVENT("installedAt", "installed_at", FIELD_TIME, 0, installed_at, NULL,
	    NULL),
};
static const struct resource event_resource = {
	.table = FIELD_TABLE(event_fields),
	.schema = "LicenseInstallation",
};

static const struct shape event_shape = {
	.resource = &event_resource,
	.many = "history",
	.schema = "LicenseHistory",
	SHAPE_OF(struct licence_event),
	EXAMPLES(struct licence_event,
	    { .id = "01JD7Q4M8K5W2R9T6ZXC0VBN3M",
		.installed_by = "01JD7PZV52N8Y6KXM0HTCR9B4E",
		.installed_at = EXAMPLE_TIME },
	    { .id = "01JD7T5N9P3V8K6Y1QXHC4WZ0R",
		.licence_id = "01JD7T5N9PXW5C2B7RKD0ZT8GJ",
		.type = "growth",
		.installed_by = "01JD7PZV52N8Y6KXM0HTCR9B4E",
		.installed_at = EXAMPLE_TIME + 3000000 }),
};

/*
 * The trail has who installed what and when.  Of the licence that came with the
 * organization it has no type: while that is in force, it says so itself.
 *
 * The organization is a value, as in the list of the trail
 * (docs/decisions/0051): of its rows those of licences are read, and the first
 * one.
 */
#define WHO_AND_WHEN \
	" COALESCE(a.user_id, a.key_id) AS installed_by," \
	" a.at AS installed_at FROM audit_events a"
#define BY_KIND \
	" FORCE INDEX (audit_events_kind)" \
	" WHERE organization_id = ? AND resource_kind ="
#define FIRST_ROW \
	"(SELECT id FROM audit_events" BY_KIND " 'Organization'" \
	" ORDER BY organization_id, resource_kind, listed_at, id LIMIT 1)"
#define CREATION \
	"SELECT a.id, l.id AS licence_id, l.licence_type," WHO_AND_WHEN \
	" JOIN organizations o ON o.id = a.organization_id" \
	" LEFT JOIN licences l ON l.organization_id = o.id" \
	" AND l.installed_at = o.created_at" \
	" WHERE a.id = " FIRST_ROW \
	" AND a.action = 'organization.create' AND a.id > ?"
#define INSTALLATIONS \
	"SELECT a.id, a.resource_id, a.detail," WHO_AND_WHEN BY_KIND \
	" 'License' AND a.action = 'licence.install' AND a.id > ?"

static const struct statement list = {
	.bounded = "the first row of an organization, and those of licences",
	.text = CREATION " UNION ALL " INSTALLATIONS " ORDER BY id LIMIT ?",
	.tables = { &event_resource.table },
	IN(CALLER(organization_id), AFTER, CALLER(organization_id), AFTER,
	    LIMIT),
};

static const struct operation list_all = {
	.kind = OPERATION_LIST, .shape = &event_shape, .read = &list
};

/* --- words ---------------------------------------------------------------- */

static const struct describe get_words = {
	.tag = "Licenses",
	.summary = "Read the license of an organization",
	.says = "For its members. An admin gets all of it; any other member"
		" gets `licenseType`, `daysLeft` and `state`.",
	.answer = "The license in force.",
};
static const struct describe list_words = {
	.tag = "Licenses",
	.summary = "List the licenses of an organization",
	.says = "What was installed, by whom and when, the oldest first; the"
		" first one came with the organization. For its admins.",
	.answer = "The installations.",
};

/* --- routes --------------------------------------------------------------- */

static const struct query_parameter parameters[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
};
static const struct query_table query = QUERY_TABLE(parameters);

#define LICENCE(more_) \
	.method = METHOD_GET, \
	.pattern = "/v1/organizations/{id}/license" more_, \
	.scope = SCOPE_NAMED, .unknown = ERR_NO_RESOURCE

static const struct route routes[] = {
	{ LICENCE(""), .need = NEED_MEMBER, .flags = ROUTE_FUSED,
	    .does = &get_one, .operation_id = "getLicense",
	    .describe = &get_words },
	{ LICENCE("/history"), .need = NEED_ADMIN, .flags = ROUTE_LIST,
	    .query = &query, .does = &list_all,
	    .operation_id = "listLicenseHistory", .describe = &list_words },
};

static const struct statement *const statements[] = { &get, &list, NULL };

extern const struct module licence_module;
const struct module licence_module = { ROUTES(routes),
	.statements = statements };
