#include "answer.h"

#include "edge/json_scan.h"
#include "fuzz.h"
#include "service.h"

/* The value of a header of the answer, owned by the arena; NULL: absent. */
static const char *header(
    struct arena *mem, const char *answer, const char *name)
{
	const char *found = strstr(answer, arena_print(mem, "\r\n%s: ", name));

	if (found == NULL)
		return NULL;
	found += strlen(name) + 4;
	return arena_copy(mem, found, strcspn(found, "\r\n"));
}

/* `Name: value` lines without a control character. */
static void check_head(const char *head)
{
	MUST(strncmp(head, "Status: ", 8) == 0);
	while (*head != '\0') {
		size_t length = strcspn(head, "\r");
		size_t name = strspn(head,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz-");

		MUST(name > 0 && strncmp(head + name, ": ", 2) == 0);
		for (size_t i = 0; i < length; i++)
			MUST((unsigned char)head[i] >= 0x20 && head[i] != 0x7F);
		MUST(head[length + 1] == '\n');
		head += length + 2;
	}
}

static void check_body(
    struct arena *mem, const char *head, const char *body, size_t length)
{
	const char *type = header(mem, head, "Content-Type");
	const char *said = header(mem, head, "Content-Length");
	size_t at, members;

	MUST(length == 0 || type != NULL);
	if (length == 0)
		return; /* HEAD, OPTIONS, 204 */
	if (header(mem, head, "Content-Security-Policy") != NULL) {
		MUST(strncmp(type, "text/", 5) == 0 ||
		    strcmp(type, "image/svg+xml") == 0);
		return; /* of the console */
	}
	MUST(strcmp(type, "application/json") == 0 ||
	    strcmp(type, "application/problem+json") == 0);
	MUST(json_scan(body, length, SIZE_MAX, &at, &members) == NULL);
	MUST(said == NULL || strtoul(said, NULL, 10) == length);
}

static void check_head_values(
    struct arena *mem, struct gateway *gateway, const char *head)
{
	const char *origin = header(mem, head, "Access-Control-Allow-Origin");
	const char *sent = gateway_param(gateway, "HTTP_ORIGIN");

	MUST(header(mem, head, "X-Request-Id") != NULL);
	MUST(header(mem, head, "Set-Cookie") == NULL);
	if (origin == NULL)
		return;
	MUST(sent != NULL && strcmp(sent, origin) == 0);
	MUST(strcmp(origin, FUZZ_ORIGIN) == 0 ||
	    strcmp(origin, "http://localhost:3000") == 0);
}

int fuzz_check_answer(struct arena *mem, struct gateway *gateway)
{
	size_t length, head_length;
	const char *answer = fuzz_answer(gateway, &length);
	const char *end = strstr(answer, "\r\n\r\n");
	const char *head;
	int status;

	MUST(end != NULL);
	head_length = (size_t)(end - answer) + 4;
	head = arena_copy(mem, answer, head_length - 2);
	check_head(head);
	status = atoi(head + 8);
	MUST(status >= 200 && status <= 503);
	check_head_values(mem, gateway, head);
	check_body(mem, head, answer + head_length, length - head_length);
	return status;
}
