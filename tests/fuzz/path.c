/*
 * Paths: SCRIPT_NAME, PATH_INFO and REQUEST_URI on a line each, then the
 * method and X-Request-Id.  A path that is accepted has clean segments, and
 * what a route takes from it is one of them.
 */
#include "fuzz.h"
#include "gateway.h"
#include "resource/module.h"

static const char made_id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

static struct gateway *open_request(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "SCRIPT_NAME", "PATH_INFO",
		"REQUEST_URI", "REQUEST_METHOD", "HTTP_X_REQUEST_ID" };
	struct gateway *gateway = fuzz_request("", 0);
	char *text = fuzz_text(data, size), *line = text;

	for (size_t i = 0; i < COUNT_OF(names) && line != NULL; i++) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		fuzz_param(gateway, names[i], line);
		line = end;
	}
	free(text);
	return gateway;
}

static void check_request(struct request *rq)
{
	const char *uri = request_header(rq, "REQUEST_URI");

	MUST(rq->is_mount == (rq->segment_count == 0));
	MUST(rq->segment_count <= REQUEST_SEGMENTS_MAX);
	for (size_t i = 0; i < rq->segment_count; i++) {
		MUST(rq->segments[i][0] != '\0');
		MUST(strchr(rq->segments[i], '/') == NULL);
	}
	if (uri != NULL && uri[0] == '/' && uri[1] != '\0') {
		size_t length = strcspn(uri, "?#");
		char *path = arena_copy(rq->mem, uri, length);

		MUST(strstr(path, "//") == NULL);
		MUST(strstr(path, "/../") == NULL);
		MUST(strstr(path, "/./") == NULL);
		MUST(strstr(path, "%2f") == NULL);
		MUST(strstr(path, "%2F") == NULL);
		MUST(strstr(path, "%00") == NULL);
	}
}

static void check_id(const char *id)
{
	size_t length = strlen(id);

	MUST(length > 0 && length < REQUEST_ID_SIZE);
	MUST(strpbrk(id, "\r\n\t \"'<>;,\\/:%") == NULL);
}

static void check_match(const struct request *rq, const struct route_match *m)
{
	MUST(m->parameter_count <= ROUTE_PARAMETERS_MAX);
	for (size_t p = 0; p < m->parameter_count; p++) {
		bool is_segment = false;

		for (size_t i = 0; i < rq->segment_count; i++)
			is_segment = is_segment ||
			    m->parameters[p].value == rq->segments[i];
		MUST(is_segment);
	}
	if (m->route != NULL) {
		MUST(m->route->method == rq->method);
		return;
	}
	MUST(rq->method == METHOD_OPTIONS);
	MUST(m->allow != NULL && strpbrk(m->allow, "\r\n") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gateway *gateway = open_request(data, size);
	struct route_match match = { .route = NULL };
	struct route_table routes;
	struct arena mem;
	struct request rq = { .gateway = gateway, .mem = &mem };
	/* both ways of the setting, from one bit of the input */
	const struct config config = { .method_override = size % 2 == 1 };
	enum err err;

	arena_init(&mem);
	err = request_begin(&rq, made_id, &config);
	check_id(rq.id);
	MUST(err == ERR_NONE || err == ERR_NO_ROUTE ||
	    (err == ERR_BAD_REQUEST && config.method_override));
	if (err == ERR_NONE) {
		check_request(&rq);
		routes = modules_routes(&mem);
		err = route_find(&routes, &rq, &match);
		MUST(err == ERR_NONE || err == ERR_NO_ROUTE ||
		    err == ERR_METHOD);
		if (err == ERR_NONE)
			check_match(&rq, &match);
	}
	MUST(fuzz_is_utf8(rq.fault.detail, strlen(rq.fault.detail)));
	arena_release(&mem);
	return 0;
}
