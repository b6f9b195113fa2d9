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
