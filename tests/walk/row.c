/* What a row says of paths, methods and bodies. */
#include <string.h>

#include "row.h"

/* The table lives as long as the program. */
static const struct route_table *rows(void)
{
	static struct arena mem;
	static struct route_table table;

	if (table.count == 0) {
		arena_init(&mem);
		table = modules_routes(&mem);
	}
	return &table;
}

const struct route *row_after(const struct route *row)
{
	const struct route_table *table = rows();
	size_t next = 0;

	for (size_t i = 0; row != NULL && i < table->count; i++)
		if (table->rows[i] == row)
			next = i + 1;
	return next < table->count ? table->rows[next] : NULL;
}

bool row_names_member(const struct route *row)
{
	return strstr(row->pattern, "/users/{") != NULL;
}

bool row_names_secret(const struct route *row)
{
	return strstr(row->pattern, "/secret-keys/{") != NULL;
}

bool row_is_public(const struct route *row)
{
	return row->scope == SCOPE_PUBLIC;
}

bool row_has_body_method(const struct route *row)
{
	return row->method == METHOD_POST || row->method == METHOD_PUT ||
	    row->method == METHOD_PATCH;
}

bool row_writes(const struct route *row)
{
	return (row->flags & ROUTE_WRITES) != 0;
}

bool row_is_named_by_body(const struct route *row)
{
	return (row->flags & ROUTE_NAMED_BY_BODY) != 0;
}

const char *row_path(
    const struct route *row, const struct target *target, struct arena *mem)
{
	const char *at = row->pattern, *path = "";

	while (*at != '\0') {
		size_t bare = strcspn(at, "{");

		path = arena_print(mem, "%s%.*s", path, (int)bare, at);
		at += bare;
		if (*at == '{')
			path = arena_print(mem, "%s%s", path,
			    strncmp(at, "{id}", 4) == 0 ? target->path
							: target->second);
		at += strcspn(at, "}");
		at += *at == '}';
	}
	return path;
}

static bool same_path(const struct route *a, const struct route *b)
{
	return strcmp(a->pattern, b->pattern) == 0;
}

bool row_repeats_path(const struct route *row)
{
	const struct route *other = row_after(NULL);

	while (!same_path(other, row))
		other = row_after(other);
	return other != row;
}

const char *row_allow(const struct route *row, struct arena *mem)
{
	const char *list = "OPTIONS";

	for (const struct route *other = row_after(NULL); other != NULL;
	     other = row_after(other))
		if (same_path(other, row))
			list = arena_print(mem, "%s, %s%s", list,
			    request_method_name(other->method),
			    other->method == METHOD_GET ? ", HEAD" : "");
	return list;
}

bool row_path_has(const struct route *row, const char *method)
{
	const char *name = strcmp(method, "HEAD") == 0 ? "GET" : method;

	for (const struct route *other = row_after(NULL); other != NULL;
	     other = row_after(other))
		if (same_path(other, row) &&
		    strcmp(request_method_name(other->method), name) == 0)
			return true;
	return false;
}

bool row_is_page(const struct route *row)
{
	for (const struct route *other = row_after(NULL); other != NULL;
	     other = row_after(other))
		if (same_path(other, row) && (other->flags & ROUTE_PAGE))
			return true;
	return false;
}

bool row_has_more_below(const struct route *row)
{
	size_t length = strlen(row->pattern);

	for (const struct route *other = row_after(NULL); other != NULL;
	     other = row_after(other))
		if (strncmp(other->pattern, row->pattern, length) == 0 &&
		    strncmp(other->pattern + length, "/{", 2) == 0 &&
		    strchr(other->pattern + length + 1, '/') == NULL)
			return true;
	return false;
}

bool row_is_alias(const struct route *row)
{
	const struct route *other = row_after(NULL);

	while (other != row &&
	    (other->method != row->method || other->does != row->does ||
		other->handle != row->handle || other->need != row->need))
		other = row_after(other);
	return other != row;
}

bool row_creates(const struct route *row)
{
	return (row->scope == SCOPE_SELF &&
		   (row->does == NULL ||
		       row->does->kind != OPERATION_CHANGE)) ||
	    (row->does != NULL && row->does->kind == OPERATION_CREATE &&
		row->does->insert != NULL);
}

bool row_may_be_bare(const struct route *row)
{
	return (row->flags & ROUTE_MAY_BE_BARE) != 0;
}

bool row_offers(const struct route *row, const char *type)
{
	static const struct {
		const char *type;
		unsigned flag;
	} offers[] = {
		{ "text/html", ROUTE_PAGE },
		{ "application/jwt", ROUTE_TOKEN },
		{ "text/csv", ROUTE_LIST },
		{ "application/x-ndjson", ROUTE_LIST },
	};

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		if (strcmp(offers[i].type, type) == 0)
			return (row->flags & offers[i].flag) != 0;
	return strcmp(type, "application/json") == 0;
}

enum err row_harmless(
    const struct route *row, const char **headers, const char **body)
{
	*headers = "";
	*body = row_has_body_method(row) ? "" : NULL;
	if (row_is_named_by_body(row) && row->body->count > 1) {
		*body = "{\"id\": \"" ROW_TARGET "\", \"displayName\": [1]}";
		return ERR_BAD_FIELD;
	}
	if (row_is_named_by_body(row)) {
		*headers = "If-Match: \"0-none\"\r\n";
		*body = "{\"accountId\": \"" ROW_TARGET "\"}";
		return ERR_PRECONDITION;
	}
	if (row->body != NULL) {
		*body = "[]";
		return ERR_BAD_BODY;
	}
	/* one's own thing of an id that nobody has */
	if (row->scope == SCOPE_SELF && strstr(row->pattern, "{id}") != NULL)
		return ERR_NO_RESOURCE;
	if (!row_writes(row))
		return ERR_NONE;
	*headers = "If-Match: \"0-none\"\r\n";
	return ERR_PRECONDITION;
}

/* --- queries -------------------------------------------------------------- */

/* Values that a parameter of that type does not take. */
static const char *const wrong_values[][4] = {
	[QUERY_LIMIT] = { "0", "1001", "x", "" },
	[QUERY_CURSOR] = { "x", NULL, NULL, NULL },
	[QUERY_PREFIX] = { "%E2%80%8B", "x%E2%80%AE", NULL, NULL },
	[QUERY_WORD] = { "nonsense", "", NULL, NULL },
	[QUERY_ID] = { "", NULL, NULL, NULL },
	[QUERY_NUMBER] = { "-1", "1.5", "1000000000000000", "" },
	[QUERY_ORGANIZATION] = { NULL, NULL, NULL, NULL },
	[QUERY_TEXT] = { NULL, NULL, NULL, NULL },
	[QUERY_FROM] = { "x", "20260230000000", "2026-01-02T", "2026-13-01" },
	[QUERY_UNTIL] = { "x", "20260230000000", "2026-01-02T", "0999-01-01" },
};

enum { WRONG = 4, EACH = WRONG + 1 /* and twice */ };

/* Found routes take the first of two. */
static const char *wrong_parameter(const struct route *row,
    const struct query_parameter *parameter, size_t i, struct arena *mem)
{
	const char *value;

	if (i == WRONG)
		return (row->flags & ROUTE_ANY_QUERY)
		    ? "?"
		    : arena_print(
			  mem, "?%s=&%s=", parameter->name, parameter->name);
	value = wrong_values[parameter->type][i];
	return value != NULL
	    ? arena_print(mem, "?%s=%s", parameter->name, value)
	    : "?";
}

const char *row_wrong_query(
    const struct route *row, size_t i, struct arena *mem, const char **words)
{
	static const char *const unknown[] = { "?x=1", "?X=1&y",
		"?dryRun=true" };
	size_t known = row->query != NULL ? row->query->count * EACH : 0;

	if (i < known) {
		*words = row->query->rows[i / EACH].name;
		return wrong_parameter(
		    row, &row->query->rows[i / EACH], i % EACH, mem);
	}
	i -= known;
	*words = "query parameter";
	if ((row->flags & ROUTE_ANY_QUERY) ||
	    i >= sizeof(unknown) / sizeof(unknown[0]))
		return NULL;
	/* the last is known to some */
	return i == 2 && row->query == &dry_run_query ? "?" : unknown[i];
}

static const char *right_parameter(
    const struct query_parameter *parameter, struct arena *mem)
{
	switch (parameter->type) {
	case QUERY_LIMIT:
		return arena_print(mem, "?%s=1000", parameter->name);
	case QUERY_NUMBER:
		return arena_print(mem, "?%s=0", parameter->name);
	case QUERY_WORD:
		return arena_print(mem, "?%s=%.*s", parameter->name,
		    (int)strcspn(parameter->words, " "), parameter->words);
	case QUERY_ID:
		return arena_print(mem, "?%s=nobody", parameter->name);
	case QUERY_CURSOR:
	case QUERY_ORGANIZATION:
	case QUERY_PREFIX:
	case QUERY_TEXT:
	case QUERY_FROM:
	case QUERY_UNTIL:
		break;
	}
	return arena_print(mem, "?%s=", parameter->name);
}

const char *row_right_query(
    const struct route *row, size_t i, struct arena *mem)
{
	static const char *const ignored[] = { "?x=1", "?x=1&x=1",
		"?dryRun=true" };
	size_t known = row->query != NULL ? row->query->count : 0;

	if (i < known)
		return right_parameter(&row->query->rows[i], mem);
	i -= known;
	if (i < known)
		return (row->flags & ROUTE_ANY_QUERY)
		    ? arena_print(mem, "%s&%s=x",
			  right_parameter(&row->query->rows[i], mem),
			  row->query->rows[i].name)
		    : "?";
	i -= known;
	if (i == 0)
		return "?";
	if (!(row->flags & ROUTE_ANY_QUERY) ||
	    i > sizeof(ignored) / sizeof(ignored[0]))
		return NULL;
	return ignored[i - 1];
}

/* --- bodies --------------------------------------------------------------- */

static bool is_text(const struct field *field)
{
	return field->type == FIELD_NAME || field->type == FIELD_STRING ||
	    field->type == FIELD_TEXT;
}

/* A right value by the member's type; by its name if the type is not enough. */
static const char *right_value(const struct field *field, struct world *world)
{
	struct arena *mem = world->mem;

	if (strcmp(field->member, "licenseKey") == 0)
		return arena_print(mem, "\"%s\"", world->licence);
	/* of a row that its body names */
	if (strcmp(field->member, "id") == 0 ||
	    strcmp(field->member, "accountId") == 0)
		return "\"" ROW_TARGET "\"";
	if (strcmp(field->member, "slug") == 0)
		return arena_print(mem, "\"%s\"", world->slugs[HOME]);
	if (strcmp(field->member, "successor") == 0)
		return arena_print(mem, "\"%s\"", world->users[PLAIN_USER]);
	if (strcmp(field->member, "role") == 0)
		return "\"user\"";
	if (strcmp(field->member, "need") == 0)
		return "\"user\"";
	if (strcmp(field->member, "delivery") == 0)
		return "\"link\"";
	if (strcmp(field->member, "email") == 0)
		return arena_print(
		    mem, "\"walked-%s@example.org\"", world->mark);
	switch (field->type) {
	case FIELD_BOOL:
		return "true";
	case FIELD_INTEGER:
	case FIELD_SECONDS:
		return "1";
	case FIELD_TIME:
		return "\"2090-01-01T00:00:00Z\"";
	default:
		return arena_print(mem, "\"Walked %s\"", world->mark);
	}
}

static const char *wrong_value(const struct field *field, enum flaw flaw)
{
	switch (flaw) {
	case FLAW_NULL:
		return "null";
	case FLAW_EMPTY:
		return is_text(field) ? "\"\"" : NULL;
	case FLAW_TYPE:
		return is_text(field) || field->type == FIELD_TIME
		    ? "[1]"
		    : "\"walked\"";
	default:
		return "";
	}
}

/* A body that requires no member gets its first one. */
static bool is_required(const struct field_table *table, size_t i)
{
	for (size_t k = 0; k < table->count; k++)
		if (table->rows[k].flags & FIELD_REQUIRED)
			return (table->rows[i].flags & FIELD_REQUIRED) != 0;
	return i == 0;
}

/* null and "" are refused for a required or strict member only. */
static bool is_refused(const struct field *field, enum flaw flaw)
{
	return flaw == FLAW_TYPE ||
	    (flaw == FLAW_MISSING
		    ? (field->flags & FIELD_REQUIRED) != 0
		    : (field->flags & (FIELD_REQUIRED | FIELD_STRICT)) != 0);
}

const char *row_body(const struct route *row, struct world *world, size_t at,
    enum flaw flaw, const char **member)
{
	const struct field_table *table = row->body;
	const char *text = "{", *separator = "";

	if (table == NULL ||
	    (flaw != FLAW_NONE &&
		(at >= table->count || !is_refused(&table->rows[at], flaw) ||
		    wrong_value(&table->rows[at], flaw) == NULL)))
		return NULL;
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		bool is_flawed = flaw != FLAW_NONE && i == at;

		if (is_flawed)
			*member = field->member;
		if (is_flawed ? flaw == FLAW_MISSING : !is_required(table, i))
			continue;
		text = arena_print(world->mem, "%s%s\"%s\": %s", text,
		    separator, field->member,
		    is_flawed ? wrong_value(field, flaw)
			      : right_value(field, world));
		separator = ", ";
	}
	return arena_print(world->mem, "%s}", text);
}
