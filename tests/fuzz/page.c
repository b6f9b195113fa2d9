/*
 * A page of a list: a cursor of anybody's is refused, that of our own Link is
 * taken, and the Link fits a header and names the same list, whatever was sent.
 */
#include "serve/page.h"
#include "fuzz.h"
#include "gateway.h"

static const struct query_parameter rows[] = {
	{ .name = "limit", .type = QUERY_LIMIT },
	{ .name = "after", .type = QUERY_CURSOR },
	{ .name = "q", .type = QUERY_PREFIX },
	{ .name = "role", .type = QUERY_WORD, .words = "admin user" },
	{ .name = "kind", .type = QUERY_TEXT },
	{ .name = "from", .type = QUERY_FROM },
	{ .name = "until", .type = QUERY_UNTIL },
};
static const struct query_table table = QUERY_TABLE(rows);
static const struct route routes[] = {
	{ .pattern = "/v1/projects" },
	{ .pattern = "/v1/users", .scope = SCOPE_CURRENT },
};
static const struct route_match match = { .route = &routes[0] };
static const char last[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
static char buffer[RESPONSE_BUFFER_SIZE];

/* Reads a query as the service does; false: it is refused. */
static bool begin(struct call *call, struct page *page, const char *text)
{
	struct fault fault = { .code = ERR_NONE };

	fuzz_param(call->rq->gateway, "QUERY_STRING", text);
	if (query_read(call->rq, &table, true, &call->query, &fault))
		return false;
	page_begin(call, page);
	MUST(page->after[0] == '\0' ||
	    strspn(page->after, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") ==
		ULID_SIZE - 1);
	return true;
}

/* What stands behind `?` in the Link. */
static char *linked_query(
    struct call *call, const struct route *route, struct response *rs)
{
	const char *at, *end;

	response_begin(rs, call->rq, buffer);
	page_link(call, route, rs, last);
	MUST(!rs->is_defective);
	at = strstr(rs->headers, "Link: <");
	MUST(at != NULL && (at = strchr(at, '?')) != NULL);
	MUST((end = strstr(at, ">; rel=\"next\"")) != NULL);
	return arena_print(call->rq->mem, "%.*s", (int)(end - at - 1), at + 1);
}

static void check(
    struct call *call, const struct route *route, const char *text)
{
	static struct response rs;
	struct page page, next;
	int64_t limit;

	if (!begin(call, &page, text))
		return;
	/* a digest of this list cannot be guessed */
	MUST(page.after[0] == '\0' ||
	    page_check(call, route, &page) == ERR_BAD_REQUEST);
	limit = page.limit;
	MUST(begin(call, &next, linked_query(call, route, &rs)));
	MUST(page_check(call, route, &next) == ERR_NONE);
	MUST(strcmp(next.after, last) == 0 && next.limit == limit);
	MUST(strcmp(next.of, call->asker.caller.organization_id) == 0);
	MUST(strcmp(next.in,
		 route->scope == SCOPE_CURRENT ? call->asker.caller.project_id
					       : "") == 0);
	/* not of another list, or another project */
	MUST(page_check(call, &routes[route == routes], &next) ==
	    ERR_BAD_REQUEST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct arena mem;
	struct request rq = { .mem = &mem, .prefix = "" };
	struct call call = { .rq = &rq, .match = &match };

	arena_init(&mem);
	rq.gateway = fuzz_request("", 0);
	memcpy(call.asker.caller.organization_id, last, sizeof(last));
	memcpy(call.asker.caller.project_id, last, sizeof(last));
	check(&call, &routes[0], text);
	check(&call, &routes[1], text);
	arena_release(&mem);
	free(text);
	return 0;
}
