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

struct kind {
	const char *exact[2];
	const char *any;
};

static const struct kind json = {
	{ "application/json", "application/problem+json" }, "application/*"
};
static const struct kind html = { { "text/html", "text/html" }, "text/*" };

enum { CLOSE_NOT, CLOSE_ALL, CLOSE_ANY, CLOSE_EXACT };

static bool is_range(const char *range, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(range, name, length) == 0;
}

/* How closely a media range names a kind. */
static int closeness(const struct kind *kind, const char *range, size_t length)
{
	if (is_range(range, length, kind->exact[0]) ||
	    is_range(range, length, kind->exact[1]))
		return CLOSE_EXACT;
	if (is_range(range, length, kind->any))
		return CLOSE_ANY;
	return is_range(range, length, "*/*") ? CLOSE_ALL : CLOSE_NOT;
}

/* How closely the list names a kind that is wanted. */
static int find_wanted(const struct kind *kind, const char *list)
{
	const char *at = list;
	int best = CLOSE_NOT;
	bool is_wanted = false;

	while (*at != '\0') {
		const char *range = skip_space(at);
		const char *params = find(range, ";,");
		const char *end = find(range, ",");
		int close = closeness(kind, range, strcspn(range, ",; \t"));

		if (close >= best && close > 0) {
			bool wanted = !is_refused(params, end);

			is_wanted = close == best ? is_wanted || wanted
						  : wanted;
			best = close;
		}
		at = *end == ',' ? end + 1 : end;
	}
	return is_wanted ? best : CLOSE_NOT;
}

bool accept_wants_page(struct request *rq)
{
	const char *list = request_list(rq, "HTTP_ACCEPT");

	return list != NULL && find_wanted(&html, list) == CLOSE_EXACT &&
	    find_wanted(&json, list) != CLOSE_EXACT;
}

enum err accept_check(struct request *rq, bool has_page)
{
	const char *list = request_list(rq, "HTTP_ACCEPT");

	if (list == NULL || *list == '\0' ||
	    find_wanted(&json, list) != CLOSE_NOT ||
	    (has_page && find_wanted(&html, list) != CLOSE_NOT))
		return ERR_NONE;
	return fault_set(&rq->fault, ERR_NOT_ACCEPTABLE,
	    "the answers of this service are JSON: leave Accept out, or let"
	    " application/json be in it");
}
