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

/* Whether a pattern fits, segment by segment. */
static bool fits(const struct request *rq, const char *pattern)
{
	size_t i = 0;

	for (; *pattern == '/' && i < rq->segment_count; i++) {
		pattern++;
		if (*pattern == '{')
			pattern += strcspn(pattern, "/");
		else if (!skip_segment(&pattern, rq->segments[i]))
			return false;
	}
	return i == rq->segment_count && *pattern == '\0';
}

/* Both fit the same path: `a` has a literal where they differ first. */
static bool is_closer(const char *a, const char *b)
{
	while (*a == '/' && *b == '/') {
		a++;
		b++;
		if ((*a == '{') != (*b == '{'))
			return *b == '{';
		a += strcspn(a, "/");
		b += strcspn(b, "/");
	}
	return false;
}

/*
 * A short look: all but a few patterns begin with the same segment, and the
 * letter behind it tells most of them apart.
 */
static bool may_fit(const struct request *rq, const char *pattern)
{
	const char *letter;

	if (strncmp(pattern, "/v1/", 4) != 0)
		return true;
	letter = pattern + 4;
	return rq->segment_count > 1 &&
	    (*letter == '{' || *letter == rq->segments[1][0]);
}

/*
 * The first row of the pattern that is closest, or how many rows there are.
 * One of literals only is as close as can be.
 */
static size_t best_row(
    const struct route_table *routes, const struct request *rq)
{
	size_t best = routes->count;

	for (size_t i = 0; i < routes->count; i++) {
		const char *pattern = routes->rows[i]->pattern;

		if (!may_fit(rq, pattern) || !fits(rq, pattern))
			continue;
		if (strchr(pattern, '{') == NULL)
			return i;
		if (best == routes->count ||
		    is_closer(pattern, routes->rows[best]->pattern))
			best = i;
	}
	return best;
}

/* What the parameters of a pattern that fits stand for. */
static void read_parameters(
    const struct request *rq, const char *pattern, struct route_match *match)
{
	for (size_t i = 0; i < rq->segment_count; i++) {
		pattern++;
		if (*pattern == '{')
			match->parameters[match->parameter_count++] =
			    (struct route_parameter){ pattern + 1,
				    rq->segments[i] };
		pattern += strcspn(pattern, "/");
	}
}

static bool has_name(const struct route_parameter *parameter, const char *name)
{
	size_t length = strlen(name);

	return strncmp(parameter->name, name, length) == 0 &&
	    parameter->name[length] == '}';
}

const char *route_value(const struct route_match *match, const char *name)
{
	for (size_t i = 0; i < match->parameter_count; i++)
		if (has_name(&match->parameters[i], name))
			return match->parameters[i].value;
	return NULL;
}

static const char *allowed(
    const struct route_table *routes, struct request *rq, const char *pattern)
{
	const char *list = "OPTIONS";

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *row = routes->rows[i];

		if (strcmp(row->pattern, pattern) == 0)
			list = arena_print(rq->mem, "%s%s, %s",
			    request_method_name(row->method),
			    row->method == METHOD_GET ? ", HEAD" : "", list);
	}
	return list;
}

/* Only the path of a page may end in a slash, as people type it. */
static bool is_found(
    const struct route_table *routes, const struct request *rq, size_t first)
{
	bool is_page = false;

	if (first == routes->count || !rq->is_slashed)
		return first < routes->count;
	for (size_t i = first; i < routes->count; i++)
		if (strcmp(routes->rows[i]->pattern,
			routes->rows[first]->pattern) == 0)
			is_page |= (routes->rows[i]->flags & ROUTE_PAGE) != 0;
	return is_page;
}

enum err route_find(const struct route_table *routes, struct request *rq,
    struct route_match *match)
{
	size_t first = best_row(routes, rq);
	const char *pattern;

	*match = (struct route_match){ .route = NULL };
	if (!is_found(routes, rq, first))
		return fault_set(
		    &rq->fault, ERR_NO_ROUTE, "there is nothing at this path");
	pattern = routes->rows[first]->pattern;
	read_parameters(rq, pattern, match);
	for (size_t i = first; i < routes->count && match->route == NULL; i++)
		if (routes->rows[i]->method == rq->method &&
		    strcmp(routes->rows[i]->pattern, pattern) == 0)
			match->route = routes->rows[i];
	if (match->route != NULL)
		return ERR_NONE;
	match->allow = allowed(routes, rq, pattern);
	if (rq->method != METHOD_OPTIONS)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->is_head ? "GET" : rq->method_name);
	return ERR_NONE;
}

/* --- at start ------------------------------------------------------------- */

/*
 * Whether two patterns are the same but for the names of their parameters.
 * Both are read backwards: most differ there, and every CGI life asks this of
 * all pairs.
 */
static bool are_alike(const char *a, const char *b)
{
	const char *i = a + strlen(a), *k = b + strlen(b);

	while (i > a && k > b && i[-1] == k[-1]) {
		bool is_parameter = *--i == '}';

		k--;
		while (is_parameter && *i != '{')
			i--;
		while (is_parameter && *k != '{')
			k--;
	}
	return i == a && k == b;
}

static size_t count_parameters(const char *pattern)
{
	size_t count = 0;

	while ((pattern = strchr(pattern, '{')) != NULL) {
		pattern++;
		count++;
	}
	return count;
}

bool route_is_named_by_path(enum scope scope)
{
	return scope == SCOPE_NAMED || scope == SCOPE_PROJECT ||
	    scope == SCOPE_KEY || scope == SCOPE_INVITATION;
}

/* NULL, or what is wrong with a row that can be seen from it alone. */
static const char *wrong_with(const struct route *row)
{
	if (row->pattern == NULL || row->pattern[0] != '/' ||
	    (row->handle == NULL) == (row->does == NULL))
		return "has no pattern, or not one function";
	if ((unsigned)row->scope >= SCOPE_COUNT)
		return "has no scope";
	if (count_parameters(row->pattern) > ROUTE_PARAMETERS_MAX)
		return "has too many parameters";
	if (route_is_named_by_path(row->scope) &&
	    (strstr(row->pattern, "{id}") == NULL) !=
		((row->flags & ROUTE_NAMED_BY_BODY) != 0))
		return "has no parameter for its scope, or two";
	if ((row->flags & ROUTE_NAMED_BY_BODY) &&
	    (row->body == NULL || row->body->rows[0].type != FIELD_STRING))
		return "has no body that names what it is about";
	if (row->need == NEED_PROJECT_ADMIN && row->scope != SCOPE_PROJECT &&
	    row->scope != SCOPE_CURRENT)
		return "asks for an admin of a project without one";
	if (row->scope == SCOPE_PUBLIC &&
	    ((row->need != NEED_NOTHING &&
		 (row->flags & ROUTE_MAY_SIGN_IN) == 0) ||
		(row->flags & (ROUTE_FUSED | ROUTE_WRITES)) != 0))
		return "is public, but asks for a caller";
	if ((row->body == NULL) != (row->body_size == 0))
		return "has a body without a size, or a size without a body";
	return NULL;
}

enum err route_check(const struct route_table *routes, struct fault *fault)
{
	for (size_t i = 0; i < routes->count; i++) {
		const struct route *row = routes->rows[i];
		const char *wrong = wrong_with(row);

		for (size_t j = 0; j < i && wrong == NULL; j++)
			if (routes->rows[j]->method == row->method &&
			    are_alike(routes->rows[j]->pattern, row->pattern))
				wrong = "stands there twice";
		if (wrong != NULL)
			return fault_set(fault, ERR_INTERNAL,
			    "the route %s %s %s",
			    request_method_name(row->method),
			    row->pattern ? row->pattern : "-", wrong);
	}
	return ERR_NONE;
}
