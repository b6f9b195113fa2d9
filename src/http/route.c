#include "http/route.h"

#include <stdbool.h>
#include <string.h>

/* Whether a pattern begins with the segment; then goes behind it. */
static bool skip_segment(const char **pattern, const char *segment)
{
	const char *at = *pattern;

	while (*segment != '\0' && *at == *segment) {
		at++;
		segment++;
	}
	*pattern = at;
	return *segment == '\0' && (*at == '/' || *at == '\0');
}

/* Whether a pattern fits; `literal` counts how many segments are its own. */
static bool fits(const struct request *rq, const char *pattern,
    unsigned *literal, const char **id)
{
	size_t i = 0;

	*literal = 0;
	*id = NULL;
	for (; *pattern == '/' && i < rq->segment_count; i++) {
		pattern++;
		if (*pattern == '{') {
			*id = rq->segments[i];
			pattern += strcspn(pattern, "/");
		} else if (skip_segment(&pattern, rq->segments[i])) {
			*literal += 1;
		} else {
			return false;
		}
	}
	return i == rq->segment_count && *pattern == '\0';
}

/* The pattern that fits best: the one with most literal segments. */
static const char *best_pattern(const struct route *routes, size_t count,
    const struct request *rq, const char **id)
{
	const char *best = NULL, *candidate;
	unsigned most = 0, literal;

	for (size_t i = 0; i < count; i++) {
		if (!fits(rq, routes[i].pattern, &literal, &candidate))
			continue;
		if (best == NULL || literal > most) {
			best = routes[i].pattern;
			most = literal;
			*id = candidate;
		}
	}
	return best;
}

static const char *allowed(const struct route *routes, size_t count,
    struct request *rq, const char *pattern)
{
	const char *list = "OPTIONS";

	for (size_t i = 0; i < count; i++)
		if (strcmp(routes[i].pattern, pattern) == 0)
			list = arena_print(rq->mem, "%s%s, %s",
			    request_method_name(routes[i].method),
			    routes[i].method == METHOD_GET ? ", HEAD" : "",
			    list);
	return list;
}

enum err route_find(const struct route *routes, size_t count,
    struct request *rq, struct route_match *match)
{
	const char *pattern = best_pattern(routes, count, rq, &match->id);

	match->route = NULL;
	match->allow = NULL;
	if (pattern == NULL)
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	for (size_t i = 0; i < count && match->route == NULL; i++)
		if (routes[i].method == rq->method &&
		    strcmp(routes[i].pattern, pattern) == 0)
			match->route = &routes[i];
	if (match->route != NULL)
		return ERR_NONE;
	match->allow = allowed(routes, count, rq, pattern);
	if (rq->method != METHOD_OPTIONS)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->is_head ? "GET" : rq->method_name);
	return ERR_NONE;
}

/* --- at start ------------------------------------------------------------- */

/* Whether two patterns are the same but for the names of their parameters. */
static bool are_alike(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		if (*a == '{') {
			a += strcspn(a, "/");
			b += strcspn(b, "/");
		} else {
			a++;
			b++;
		}
	}
	return *a == *b;
}

/* NULL, or what is wrong with a row that can be seen from it alone. */
static const char *wrong_with(const struct route *row)
{
	if (row->pattern == NULL || row->pattern[0] != '/' ||
	    row->handle == NULL)
		return "has no pattern or no function";
	if ((unsigned)row->scope >= SCOPE_COUNT)
		return "has no scope";
	if (row->scope == SCOPE_NAMED && strchr(row->pattern, '{') == NULL)
		return "has no parameter for its scope";
	if (row->scope == SCOPE_PUBLIC &&
	    (row->need != NEED_NOTHING ||
		(row->flags & (ROUTE_FUSED | ROUTE_WRITES)) != 0))
		return "is public, but asks for a caller";
	if ((row->body == NULL) != (row->body_size == 0))
		return "has a body without a size, or a size without a body";
	return NULL;
}

enum err route_check(
    const struct route *routes, size_t count, struct fault *fault)
{
	for (size_t i = 0; i < count; i++) {
		const char *wrong = wrong_with(&routes[i]);

		for (size_t j = 0; j < i && wrong == NULL; j++)
			if (routes[j].method == routes[i].method &&
			    are_alike(routes[j].pattern, routes[i].pattern))
				wrong = "stands there twice";
		if (wrong != NULL)
			return fault_set(fault, ERR_INTERNAL,
			    "the route %s %s %s",
			    request_method_name(routes[i].method),
			    routes[i].pattern ? routes[i].pattern : "-", wrong);
	}
	return ERR_NONE;
}
