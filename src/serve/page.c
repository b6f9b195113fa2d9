#include "serve/page.h"

#include <string.h>

#include "edge/crypto.h"

enum {
	DIGEST_DIGITS = PAGE_DIGEST_SIZE - 1,
	ID_DIGITS = ULID_SIZE - 1,
	IDS_MAX = 3 /* row, organization, project */
};

static enum err refuse(struct call *call)
{
	return fault_set(&call->rq->fault, ERR_BAD_REQUEST,
	    "after is no cursor of this list with these filters: begin without"
	    " it, and follow the links");
}

void page_begin(const struct call *call, struct page *page)
{
	const char *cursor = query_value(&call->query, "after");
	size_t ids, length;

	*page = (struct page){ .limit = call->query.limit };
	if (cursor == NULL || *cursor == '\0')
		return;
	length = strlen(cursor);
	ids = length / ID_DIGITS;
	page->is_malformed = ids < 1 || ids > IDS_MAX ||
	    length != ids * ID_DIGITS + DIGEST_DIGITS ||
	    strspn(cursor, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") <
		ids * ID_DIGITS;
	if (page->is_malformed)
		return;
	memcpy(page->after, cursor, ID_DIGITS);
	if (ids > 1)
		memcpy(page->of, cursor + ID_DIGITS, ID_DIGITS);
	if (ids > 2)
		memcpy(page->in, cursor + 2 * ID_DIGITS, ID_DIGITS);
	page->digest = cursor + ids * ID_DIGITS;
}

/*
 * Adds a part with its length, so that no two lists read the same.  An empty
 * one is as if it were absent, as it is left out of the link.
 */
static char *add(struct arena *mem, const char *list, const char *part)
{
	if (part == NULL || *part == '\0')
		return arena_print(mem, "%s-", list);
	return arena_print(mem, "%s%zu:%s", list, strlen(part), part);
}

static bool is_filter(enum query_type type)
{
	return type != QUERY_LIMIT && type != QUERY_CURSOR &&
	    type != QUERY_ID && type != QUERY_ORGANIZATION;
}

/* The project that a list is about; NULL: it is about none. */
static const char *project_of(
    const struct call *call, const struct route *route)
{
	return route->scope == SCOPE_PROJECT || route->scope == SCOPE_CURRENT
	    ? call->asker.caller.project_id
	    : NULL;
}

/* Of the list, its filters, and the caller with the bounds of the key. */
static void digest(struct call *call, const struct route *route,
    char out[CRYPTO_SHA256_HEX_SIZE])
{
	const struct caller *caller = &call->asker.caller;
	const char *const parts[] = { route->pattern, caller->user_id,
		caller->organization_id, caller->key_organization_id,
		caller->key_project_id, caller->key_role };
	const struct query_table *table = call->query.table;
	const struct route_match *match = call->match;
	const char *list = "";

	for (size_t i = 0; i < match->parameter_count; i++)
		list = add(call->rq->mem, list, match->parameters[i].value);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		list = add(call->rq->mem, list, parts[i]);
	if (project_of(call, route) != NULL)
		list = add(call->rq->mem, list, project_of(call, route));
	for (size_t i = 0; i < table->count; i++)
		if (is_filter(table->rows[i].type))
			list = add(call->rq->mem, list, call->query.values[i]);
	crypto_sha256_hex(list, strlen(list), out);
	out[DIGEST_DIGITS] = '\0';
}

enum err page_check(
    struct call *call, const struct route *route, const struct page *page)
{
	char own[CRYPTO_SHA256_HEX_SIZE];

	if (page->is_malformed)
		return refuse(call);
	if (page->digest == NULL)
		return ERR_NONE;
	digest(call, route, own);
	return strcmp(page->digest, own) == 0 ? ERR_NONE : refuse(call);
}

/* As it stands in a URL. */
static const char *escape(struct arena *mem, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	char *out = arena_alloc(mem, 3 * strlen(text) + 1), *at = out;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(plain, c) != NULL) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}
	return out;
}

/*
 * The parameters that the list takes, but for the cursor: they are bounded,
 * while what was sent may be longer than a header.
 */
static const char *other_parameters(const struct call *call)
{
	const struct query *query = &call->query;
	const char *list = "";

	for (size_t i = 0; i < query->table->count; i++) {
		const char *value = query->sent[i];

		if (value == NULL || *value == '\0' ||
		    query->table->rows[i].type == QUERY_CURSOR)
			continue;
		list = arena_print(call->rq->mem, "%s%s=%s&", list,
		    query->table->rows[i].name, escape(call->rq->mem, value));
	}
	return list;
}

static const char *path_of(const struct request *rq)
{
	const char *path = rq->prefix;

	for (size_t i = 0; i < rq->segment_count; i++)
		path = arena_print(rq->mem, "%s/%s", path, rq->segments[i]);
	return path;
}

void page_link(struct call *call, const struct route *route,
    struct response *rs, const char *id)
{
	struct request *rq = call->rq;
	const char *project = project_of(call, route);
	char own[CRYPTO_SHA256_HEX_SIZE];

	digest(call, route, own);
	response_header(rs, "Link",
	    arena_print(rq->mem, "<%s?%safter=%s%s%s%s>; rel=\"next\"",
		path_of(rq), other_parameters(call), id,
		call->asker.caller.organization_id,
		project != NULL ? project : "", own));
}
