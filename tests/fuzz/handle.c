/*
 * Whole requests of callers whom the database knows (see db.c): the handlers
 * and what they answer.  Only what the database said of the caller decides
 * whether a secret is shown.
 */
#include "answer.h"
#include "gateway.h"
#include "service.h"

/* A password would be hashed, which takes as long as a thousand requests. */
static bool has_password(struct gateway *gateway)
{
	const char *direct = gateway_param(gateway, "HTTP_AUTHORIZATION");
	const char *moved = gateway_param(
	    gateway, "REDIRECT_HTTP_AUTHORIZATION");

	return (direct != NULL && (direct[0] | 32) == 'b' &&
		   (direct[1] | 32) == 'a') ||
	    (moved != NULL && (moved[0] | 32) == 'b' && (moved[1] | 32) == 'a');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	static struct service service;
	struct gateway *gateway = fuzz_request(data, size);
	const char *script = gateway_param(gateway, "FUZZ_DB");
	struct arena mem;
	size_t length;
	int status;

	if (has_password(gateway))
		return 0;
	if (service.config == NULL) {
		fuzz_settings(&config);
		service_init(&service, &config, gateway);
	}
	arena_init(&mem);
	serve(&service);
	status = fuzz_check_answer(&mem, gateway);
	if (script != NULL && strspn(script, "m0") == strlen(script) &&
	    strlen(script) > 8)
		MUST(
		    strstr(fuzz_answer(gateway, &length), "secretKey") == NULL);
	/* for who is not known: one, and for the log why there is none */
	MUST(status != 401 || script == NULL || script[0] != '0' ||
	    db_query_count(service.db) <= 2);
	arena_release(&mem);
	return 0;
}
