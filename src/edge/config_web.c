#include "edge/config_web.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static size_t port_length(const char *text)
{
	size_t digits = *text == ':' ? strspn(text + 1, DIGITS) : 0;

	return digits > 0 && digits <= 5 && text[1] != '0' ? digits + 1 : 0;
}

/* A browser leaves it out, so that no Origin has it. */
static bool is_default_port(const char *text, size_t scheme, const char *port)
{
	bool is_tls = scheme == 5 && strncmp(text, "https", 5) == 0;
	bool is_plain = scheme == 4 && strncmp(text, "http", 4) == 0;

	return (is_tls && strncmp(port, ":443", 4) == 0 &&
		   strspn(port + 1, DIGITS) == 3) ||
	    (is_plain && strncmp(port, ":80", 3) == 0 &&
		strspn(port + 1, DIGITS) == 2);
}

static size_t host_length(const char *text)
{
	size_t inside;

	if (*text != '[')
		return strspn(text, LOWER DIGITS "-._");
	inside = strspn(text + 1, DIGITS "abcdef:.");
	return inside > 0 && text[inside + 1] == ']' ? inside + 2 : 0;
}

size_t config_origin_length(const char *text)
{
	size_t scheme = strspn(text, LOWER DIGITS "+-.");
	size_t host, port;

	if (scheme == 0 || strchr(LOWER, *text) == NULL ||
	    strncmp(text + scheme, "://", 3) != 0)
		return 0;
	host = host_length(text + scheme + 3);
	if (host == 0)
		return 0;
	host += scheme + 3;
	port = port_length(text + host);
	if (port > 0 && is_default_port(text, scheme, text + host))
		return 0;
	return host + port;
}

/* Segments that are not empty, as a URL has them (RFC 3986 section 3.3). */
static bool is_path(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER DIGITS
				      "-._~!$&'()*+,;=:@%";

	while (*text == '/') {
		size_t length = strspn(text + 1, allowed);

		if (length == 0 || (text[1] == '.' && length == 1) ||
		    (length == 2 && strncmp(text + 1, "..", 2) == 0))
			return false;
		text += length + 1;
	}
	return *text == '\0';
}

static bool is_prefix(const char *text)
{
	size_t origin = config_origin_length(text);

	if (strncmp(text, "http://", 7) == 0 ||
	    strncmp(text, "https://", 8) == 0)
		return origin > 0 && is_path(text + origin);
	return *text == '/' && is_path(text);
}

static const char *add_word(
    struct arena *mem, const char *list, const char *word)
{
	return *list == '\0' ? word : arena_print(mem, "%s %s", list, word);
}

void config_web_check(struct config *config)
{
	const char *prefix = config->public_prefix;
	char *rest = arena_text(&config->mem, config->cors_origins), *word;

	config->cors_origins = "";
	config->bad_origins = "";
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		size_t length = config_origin_length(word);
		bool is_origin = length > 0 && word[length] == '\0';
		const char **list = is_origin ? &config->cors_origins
					      : &config->bad_origins;

		*list = add_word(&config->mem, *list, word);
	}
	if (prefix != NULL && !is_prefix(prefix)) {
		config->bad_prefix = prefix;
		config->public_prefix = NULL;
	}
}
