/*
 * Whole requests: `NAME=value` lines, an empty line, the body.  Whatever they
 * hold, the answer is one well-formed CGI answer whose body is JSON of the
 * length that was said, and without a database nothing private succeeds.
 */
#include "answer.h"
#include "gateway.h"
#include "service.h"

/* Routes and pages that need no caller and no database, and OPTIONS. */
static bool may_succeed(struct gateway *gateway)
{
	static const char *const public[] = { "/version", "/openapi.json",
		"/health", "/jwks.json", "/permissions", "/metrics",
		"/console/", "/sign-in" };
	const char *method = gateway_param(gateway, "REQUEST_METHOD");
	const char *info = gateway_param(gateway, "PATH_INFO");

	/* the mount is the console, with or without its slash */
	if (info == NULL || info[strspn(info, "/")] == '\0' ||
	    (method != NULL && strcmp(method, "OPTIONS") == 0))
		return true;
	for (size_t i = 0; i < COUNT_OF(public); i++)
		if (strstr(info, public[i]) != NULL)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	static struct service service;
	struct gateway *gateway = fuzz_request(data, size);
	struct arena mem;
	int status;

	if (service.config == NULL) {
		fuzz_settings(&config);
		service_init(&service, &config, gateway);
	}
	arena_init(&mem);
	serve(&service);
	status = fuzz_check_answer(&mem, gateway);
	MUST(status != 500);
	MUST(status >= 400 || may_succeed(gateway));
	arena_release(&mem);
	return 0;
}
