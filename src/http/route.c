#include "http/route.h"

#include <stdbool.h>
#include <string.h>

static bool is_wild(const char *segment, size_t length)
{
	return length > 2 && segment[0] == '{';
}

/* Whether a pattern fits; `literal` counts how many segments are its own. */
static bool fits(const struct request *rq, const char *pattern,
    unsigned *literal, const char **id)
{
	size_t i = 0;

	*literal = 0;
	*id = NULL;
	while (*pattern == '/') {
		const char *segment = pattern + 1;
		size_t length = strcspn(segment, "/");

		pattern = segment + length;
		if (i == rq->segment_count)
			return false;
		if (is_wild(segment, length))
			*id = rq->segments[i];
		else if (strlen(rq->segments[i]) == length &&
		    strncmp(rq->segments[i], segment, length) == 0)
			*literal += 1;
		else
			return false;
		i++;
	}
	return i == rq->segment_count;
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

enum err route_find(const struct route *routes, size_t count,
    struct request *rq, struct route_match *match)
{
	const char *pattern = best_pattern(routes, count, rq, &match->id);
	const char *allow = "OPTIONS";

	match->route = NULL;
	if (pattern == NULL)
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	for (size_t i = 0; i < count; i++) {
		const struct route *route = &routes[i];

		if (strcmp(route->pattern, pattern) != 0)
			continue;
		if (route->method == rq->method)
			match->route = route;
		allow = arena_print(rq->mem, "%s%s, %s",
		    request_method_name(route->method),
		    route->method == METHOD_GET ? ", HEAD" : "", allow);
	}
	match->allow = allow;
	if (match->route == NULL && rq->method != METHOD_OPTIONS)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->is_head ? "GET" : rq->method_name);
	return ERR_NONE;
}
