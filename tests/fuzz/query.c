/*
 * Query parameters: what is taken follows its row, and a refusal is UTF-8 with
 * a reason.  What is ignored beside them changes nothing.
 */
#include "http/query.h"
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
	{ .name = "number", .type = QUERY_NUMBER },
	{ .name = "organization", .type = QUERY_ORGANIZATION },
};
static const struct query_table table = QUERY_TABLE(rows);

static enum err read(struct arena *mem, const char *text, bool ignores_unknown,
    struct query *query)
{
	struct request rq = { .gateway = fuzz_request("", 0), .mem = mem };
	struct fault fault = { .code = ERR_NONE };
	enum err err;

	fuzz_param(rq.gateway, "QUERY_STRING", text);
	err = query_read(&rq, &table, ignores_unknown, query, &fault);
	MUST(err == ERR_NONE || err == ERR_BAD_REQUEST);
	MUST(fault.code == err);
	MUST((err == ERR_NONE) == (fault.detail[0] == '\0'));
	MUST(fuzz_is_utf8(fault.detail, strlen(fault.detail)));
	return err;
}

static void check(const struct query *query)
{
	const char *role = query_value(query, "role");
	const char *limit = query_value(query, "limit");

	for (size_t i = 0; i < table.count; i++)
		MUST(query->values[i] == NULL ||
		    fuzz_is_utf8(query->values[i], strlen(query->values[i])));
	MUST(query->limit >= 0 && query->limit <= QUERY_LIMIT_MAX);
	MUST((limit != NULL) == (query->limit > 0));
	MUST(role == NULL || strcmp(role, "admin") == 0 ||
	    strcmp(role, "user") == 0);
	MUST(query_value(query, "other") == NULL);
	MUST(query_number(query, "number") >= 0);
}

/* What is seen before the query is read is what is read. */
static void check_organization(
    struct arena *mem, const char *text, const struct query *query)
{
	struct request rq = { .gateway = fuzz_request("", 0), .mem = mem };
	const char *value = query_value(query, "organization"), *seen;

	fuzz_param(rq.gateway, "QUERY_STRING", text);
	seen = query_organization(&rq, &table);
	MUST((value == NULL) == (seen == NULL));
	MUST(value == NULL || strcmp(value, seen) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size < 2000 ? size : 2000);
	struct query strict, loose, more;
	struct arena mem;

	arena_init(&mem);
	if (read(&mem, text, false, &strict) == ERR_NONE) {
		check(&strict);
		check_organization(&mem, text, &strict);
		/* what is taken is taken as well where others are ignored */
		MUST(read(&mem, text, true, &loose) == ERR_NONE);
		MUST(loose.limit == strict.limit);
	}
	if (read(&mem, text, true, &loose) == ERR_NONE) {
		check(&loose);
		check_organization(&mem, text, &loose);
		MUST(read(&mem, arena_print(&mem, "%s&other=%%zz", text), true,
			 &more) == ERR_NONE);
		MUST(more.limit == loose.limit);
	}
	arena_release(&mem);
	free(text);
	return 0;
}
