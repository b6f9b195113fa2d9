/*
 * The whole program in its CGI life, for AFL++: standard input is `NAME=value`
 * lines, an empty line and the body; the real gateway reads an environment
 * and a standard input made of them.
 */
#include <unistd.h>

#include "service.h"

enum { INPUT_MAX = 1 << 16 };

/* Names that RFC 3875 gives a web server; no other of the process's own. */
static bool is_meta_variable(const char *name)
{
	static const char *const begins[] = { "AUTH_", "CONTENT_", "HTTP_",
		"PATH_", "QUERY_", "REDIRECT_", "REMOTE_", "REQUEST_",
		"SCRIPT_", "SERVER_" };

	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Puts one line into the environment; a line that is none is left out. */
static void take_line(char *line)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return;
	*equals = '\0';
	if (is_meta_variable(line))
		(void)setenv(line, equals + 1, 1);
}

/* Gives the length of the head, with its empty line. */
static size_t take_head(const char *input, size_t size)
{
	size_t at = 0;

	while (at < size && input[at] != '\n') {
		const char *end = memchr(input + at, '\n', size - at);
		size_t stop = end != NULL ? (size_t)(end - input) : size;
		char *line = fuzz_text((const uint8_t *)input + at, stop - at);

		take_line(line);
		free(line);
		at = stop < size ? stop + 1 : size;
	}
	return at < size ? at + 1 : size;
}

/* Makes the body what standard input holds. */
static void take_body(const char *body, size_t length)
{
	FILE *file = tmpfile();
	char digits[24];

	MUST(file != NULL && fwrite(body, 1, length, file) == length);
	MUST(fflush(file) == 0 && lseek(fileno(file), 0, SEEK_SET) == 0);
	MUST(dup2(fileno(file), STDIN_FILENO) == STDIN_FILENO);
	fclose(file);
	snprintf(digits, sizeof(digits), "%zu", length);
	(void)setenv("CONTENT_LENGTH", digits, 0);
}

/* What is the same for each input is done before the first fork. */
int main(void)
{
	static struct config config;
	static struct service service;
	static char input[INPUT_MAX];
	struct gateway *gateway;
	size_t size, head;

	(void)setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	fuzz_settings(&config);
	gateway = gateway_open();
	MUST(gateway != NULL);
	service_init(&service, &config, gateway);
#ifdef __AFL_HAVE_MANUAL_CONTROL
	__AFL_INIT();
#endif
	size = fread(input, 1, sizeof(input), stdin);
	head = take_head(input, size);
	take_body(input + head, size - head);
	while (gateway_accept(gateway, &service.mem))
		serve(&service);
	service_release(&service);
	return EXIT_SUCCESS;
}
