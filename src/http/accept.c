#include "http/accept.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* Behind a quoted string (RFC 9110 section 5.6.4), or NULL: it has no end. */
static const char *skip_quoted(const char *at)
{
	for (at++; *at != '\0' && *at != '"'; at++)
		if (*at == '\\' && at[1] != '\0')
			at++;
	return *at == '"' ? at + 1 : NULL;
}

/* The first of `stops` outside of quoted strings, or the end. */
static const char *find(const char *at, const char *stops)
{
	while (*at != '\0' && strchr(stops, *at) == NULL) {
		const char *next = *at == '"' ? skip_quoted(at) : NULL;

		at = next != NULL ? next : at + 1;
	}
	return at;
}

/* q=0, q=0.0 and so on: not wanted at all.  `params` is at the first `;`. */
static bool is_refused(const char *params, const char *end)
{
	while (params < end) {
		const char *at = skip_space(params + 1);

		params = find(at, ";,");
		if ((*at != 'q' && *at != 'Q') || at[1] != '=')
			continue;
		at += 2;
		at += strspn(at, "0.");
		return at >= end || !isdigit((unsigned char)*at);
	}
	return false;
}

/* How closely a media range names JSON: 0 not at all, 3 exactly. */
static int closeness(const char *range, size_t length)
{
	static const char *const exact[] = { "application/json",
		"application/problem+json" };

	for (size_t i = 0; i < 2; i++)
		if (length == strlen(exact[i]) &&
		    strncasecmp(range, exact[i], length) == 0)
			return 3;
	if (length == 13 && strncasecmp(range, "application/*", 13) == 0)
		return 2;
	return length == 3 && strncmp(range, "*/*", 3) == 0 ? 1 : 0;
}

static bool allows_json(const char *list)
{
	const char *at = list;
	int best = 0;
	bool is_wanted = false;

	while (*at != '\0') {
		const char *range = skip_space(at);
		const char *params = find(range, ";,");
		const char *end = find(range, ",");
		int close = closeness(range, strcspn(range, ",; \t"));

		if (close >= best && close > 0) {
			bool wanted = !is_refused(params, end);

			is_wanted = close == best ? is_wanted || wanted
						  : wanted;
			best = close;
		}
		at = *end == ',' ? end + 1 : end;
	}
	return is_wanted;
}

enum err accept_check(struct request *rq)
{
	const char *list = request_list(rq, "HTTP_ACCEPT");

	if (list == NULL || *list == '\0' || allows_json(list))
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_NOT_ACCEPTABLE,
	    "the answers of this service are JSON: leave Accept out, or let"
	    " application/json be in it");
}
