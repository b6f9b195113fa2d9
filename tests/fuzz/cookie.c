/*
 * The header Cookie, over TLS at the root.  What is found stands in the header
 * behind our name, is of the alphabet of tokens, and is no longer than one.
 */
#include "http/cookie.h"
#include "fuzz.h"
#include "gateway.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;
	struct request rq = { .gateway = fuzz_request("", 0), .mem = &mem };
	char *text = fuzz_text(data, size);
	struct cookies found;

	arena_init(&mem);
	rq.prefix = "";
	fuzz_param(rq.gateway, "HTTPS", "on");
	fuzz_param(rq.gateway, "HTTP_COOKIE", text);
	found = cookie_read(&rq);
	MUST(found.count <= COOKIES_MAX);
	for (size_t i = 0; i < found.count; i++) {
		const char *token = found.tokens[i];
		const char *pair = arena_print(
		    &mem, "__Host-tenantry=%s", token);

		MUST(token[0] != '\0' && strlen(token) <= COOKIE_TOKEN_MAX);
		MUST(token[strspn(token,
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789-_")] == '\0');
		MUST(strcmp(token, "-") == 0 || strstr(text, pair) != NULL);
	}
	free(text);
	arena_release(&mem);
	return 0;
}
