/*
 * Accept: whatever stands beside it, `application/json` is granted where it is
 * asked for and denied where it has q=0 and nothing else names it.
 */
#include "http/accept.h"
#include "fuzz.h"
#include "gateway.h"

/* The best of all is one of those that are taken alone. */
static void check_best(struct request *rq)
{
	const unsigned list = ACCEPT_BIT(ACCEPT_NDJSON) |
	    ACCEPT_BIT(ACCEPT_CSV);
	enum accept_kind best = accept_best(rq, list);

	MUST(best != ACCEPT_HTML);
	MUST((best == ACCEPT_KINDS) == (accept_check(rq, list) != ERR_NONE));
	if (best != ACCEPT_KINDS && best != ACCEPT_JSON)
		MUST(accept_best(rq, ACCEPT_BIT(best)) == best);
	rq->fault.code = ERR_NONE;
}

static enum err check(struct arena *mem, const char *accept)
{
	struct request rq = { .gateway = fuzz_request("", 0), .mem = mem };
	bool is_page;
	enum err err;

	fuzz_param(rq.gateway, "HTTP_ACCEPT", accept);
	is_page = accept_wants_page(&rq);
	err = accept_check(&rq, ACCEPT_BIT(ACCEPT_HTML));
	MUST(!is_page || err == ERR_NONE);
	rq.fault.code = ERR_NONE;
	check_best(&rq);
	err = accept_check(&rq, 0);
	MUST(err == ERR_NONE || err == ERR_NOT_ACCEPTABLE);
	MUST(rq.fault.code == err);
	return err;
}

static bool names_json(const char *accept)
{
	for (; *accept != '\0'; accept++)
		if ((accept[0] | 32) == 'j' && (accept[1] | 32) == 's')
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct arena mem;
	enum err err;

	arena_init(&mem);
	err = check(&mem, text);
	MUST(text[0] != '\0' || err == ERR_NONE);
	MUST(strpbrk(text, "*jJ") != NULL || text[0] == '\0' ||
	    err == ERR_NOT_ACCEPTABLE);
	MUST(check(&mem, arena_print(&mem, "%s, application/json", text)) ==
	    ERR_NONE);
	MUST(
	    check(&mem, arena_print(&mem, "Application/JSON;q=0.1,%s", text)) ==
	    ERR_NONE);
	if (!names_json(text))
		MUST(check(&mem,
			 arena_print(&mem, "application/json; q=0.000,%s",
			     text)) == ERR_NOT_ACCEPTABLE);
	arena_release(&mem);
	free(text);
	return 0;
}
