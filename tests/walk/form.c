/* What holds for each row, whoever asks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "walk.h"

static const struct target nowhere = {
	.label = "-", .path = "nobody", .second = "nobody"
};

/* --- methods -------------------------------------------------------------- */

/* Whether each word of one list stands in the other. */
static bool is_within(const char *list, const char *other)
{
	while (*list != '\0') {
		size_t length = strcspn(list, ", ");
		const char *at = other;

		while (*at != '\0' &&
		    (strcspn(at, ", ") != length ||
			strncmp(at, list, length) != 0)) {
			at += strcspn(at, ", ");
			at += strspn(at, ", ");
		}
		if (*at == '\0')
			return false;
		list += length;
		list += strspn(list, ", ");
	}
	return true;
}

static void check_allow(struct walk *walk, const struct ask *ask)
{
	const char *right = row_allow(ask->row, &walk->mem);
	char allow[256];

	(void)answer_header(&ask->answer, "Allow", allow, sizeof(allow));
	if (!is_within(allow, right) || !is_within(right, allow))
		ask_wrong(walk, ask, "Allow is %s, not %s", allow, right);
}

/* Adds all that is checked after the method. */
static void spoil(struct walk *walk, struct ask *ask)
{
	static const char form[] = "Content-Type: multipart/form-data;"
				   " boundary=x";

	ask_header(ask, "Accept: image/png");
	ask_header(ask, "%s", form);
	ask_body(ask, visit_long_body(walk));
}

static void ask_method(
    struct walk *walk, const struct route *row, const char *method)
{
	bool has_body = strcmp(method, "POST") == 0 ||
	    strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
	struct ask ask;

	for (int is_spoilt = 0; is_spoilt <= has_body; is_spoilt++) {
		ask_begin(walk, &ask, row, NULL, &nowhere);
		ask.headers[0] = '\0';
		ask_header(&ask, "X-Request-Id: %s", ask.id);
		ask_body(&ask, has_body ? "" : NULL);
		if (is_spoilt)
			spoil(walk, &ask);
		ask_by(walk, &ask, method);
		if (ask_expect(walk, &ask, ERR_METHOD, ""))
			check_allow(walk, &ask);
	}
}

/* Whether the web server passes this method on to the program. */
static bool comes_through(const struct walk *walk, const char *method)
{
	const char *host = getenv("WEB_HOST");

	if (strcmp(method, "TRACE") == 0)
		return host == NULL || strncmp(host, "lighttpd", 8) == 0;
	return strcmp(method, "PROPFIND") != 0 || !walk->world.has_rules;
}

void a_method_that_a_path_has_not_is_405_with_those_it_has(struct walk *walk)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"PATCH", "DELETE", "PROPFIND", "TRACE" };

	for (EACH_ROW(row))
		for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]);
		     i++)
			if (!row_repeats_path(row) &&
			    !row_path_has(row, methods[i]) &&
			    comes_through(walk, methods[i]))
				ask_method(walk, row, methods[i]);
}

void options_lists_the_methods_of_each_path(struct walk *walk)
{
	struct ask ask;
	char length[32];

	for (EACH_ROW(row)) {
		ask_begin(walk, &ask, row, NULL, &nowhere);
		ask.headers[0] = '\0';
		ask_header(&ask, "X-Request-Id: %s", ask.id);
		ask.method = "OPTIONS";
		if (row_has_body_method(row))
			spoil(walk, &ask);
		else
			ask_body(&ask, NULL);
		if (!ask_expect(walk, &ask, ERR_NONE, ""))
			continue;
		check_allow(walk, &ask);
		if (ask.answer.status != 204 || ask.answer.body_length > 0 ||
		    answer_header(
			&ask.answer, "Content-Length", length, sizeof(length)))
			ask_wrong(walk, &ask, "is no empty 204");
	}
}

void a_path_below_another_is_404_for_everybody(struct walk *walk)
{
	static const char *const below[] = { "/none/of/ours", "/none?x=1",
		"/" };
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);
		struct visitor wrong = world_caller(
		    &walk->world, ADMIN_OF_HOME, BY_WRONG_KEY);
		const struct visitor *callers[] = { NULL, &wrong,
			&visit.caller };

		for (size_t i = 0; i < 9; i++) {
			/* it may be the {id} of another row */
			if (i / 3 == 1 &&
			    (strchr(row->pattern, '{') == NULL ||
				row_has_more_below(row)))
				continue;
			if (i / 3 == 2 && (walk->is_apache || row_is_page(row)))
				continue;
			ask_begin(
			    walk, &ask, row, callers[i % 3], &visit.target);
			visit_add_to_path(walk, &ask, below[i / 3]);
			ask_header(&ask, "Accept: image/png");
			ask_body(&ask, visit.right);
			(void)ask_expect(walk, &ask, ERR_NO_ROUTE, "");
		}
	}
}

/* --- HEAD ----------------------------------------------------------------- */

enum { LINES_MAX = 48 };

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_lasting(const char *line)
{
	static const char *const passing[] = { "Date:", "Connection:",
		"Keep-Alive:", "Transfer-Encoding:", "Accept-Ranges:",
		"X-Request-Id:", "Content-Length:" };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strncasecmp(line, passing[i], strlen(passing[i])) == 0)
			return false;
	return true;
}

/* The headers that GET and HEAD agree on, sorted, and the status. */
static const char *lasting_head(struct walk *walk, const struct ask *ask)
{
	char *lines[LINES_MAX],
	    *text = arena_text(&walk->mem, ask->answer.head);
	const char *list = arena_print(&walk->mem, "%d", ask->answer.status);
	size_t count = 0;

	for (char *at = strtok(text, "\r\n"); at != NULL && count < LINES_MAX;
	     at = strtok(NULL, "\r\n"))
		if (is_lasting(at) && strchr(at, ':') != NULL)
			lines[count++] = at;
	qsort(lines, count, sizeof(lines[0]), by_text);
	for (size_t i = 0; i < count; i++)
		list = arena_print(&walk->mem, "%s; %s", list, lines[i]);
	return list;
}

static const char *length_of(struct walk *walk, const struct ask *ask)
{
	char value[32];

	(void)answer_header(
	    &ask->answer, "Content-Length", value, sizeof(value));
	return arena_text(&walk->mem, value);
}

/* GET or HEAD; false: there is nothing to compare. */
static bool ask_head(struct walk *walk, struct ask *ask,
    const struct visit *visit, const char *method)
{
	visit_begin(walk, ask, visit);
	ask->method = method;
	return ask_send(walk, ask);
}

/* Its body names the method of the request. */
static bool tells_of_itself(const struct route *row)
{
	return strcmp(row->pattern, "/doctor") == 0;
}

/* The program sends it as it is read: a list, or an export. */
static bool is_stream(const struct route *row)
{
	const struct describe *words = row->describe;

	return row_offers(row, "text/csv") ||
	    (words != NULL && words->function != NULL &&
		words->function->plain != NULL);
}

/*
 * Apache adds a length to GET that it does not add to HEAD, and every web server
 * may do so for a stream, which the program sends without one.
 */
static bool has_length(
    const struct walk *walk, const struct ask *ask, const char *length)
{
	return ask_has(ask, "Content-Length", length) ||
	    ((walk->is_apache || is_stream(ask->row)) &&
		ask_has(ask, "Content-Length", "")) ||
	    tells_of_itself(ask->row);
}

static void compare_head(struct walk *walk, const struct visit *visit)
{
	const char *get, *head, *length;
	struct ask ask;

	if (!ask_head(walk, &ask, visit, "GET"))
		return;
	get = lasting_head(walk, &ask);
	length = length_of(walk, &ask);
	if (!ask_head(walk, &ask, visit, "HEAD"))
		return;
	head = lasting_head(walk, &ask);
	if (strcmp(get, head) != 0)
		ask_wrong(walk, &ask, "has %s, GET %s", head, get);
	if (!has_length(walk, &ask, length))
		ask_wrong(walk, &ask, "GET has the length %s", length);
}

void head_has_the_status_and_headers_of_get(struct walk *walk)
{
	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);
		struct target targets[TARGETS_MAX];
		size_t count = row_targets(row, &walk->world, targets);

		if (row->method != METHOD_GET)
			continue;
		for (size_t i = 0; i < count; i++) {
			visit.target = targets[i];
			compare_head(walk, &visit);
		}
		visit.caller = world_caller(
		    &walk->world, ADMIN_OF_HOME, BY_WRONG_KEY);
		compare_head(walk, &visit);
		visit.caller = world_caller(
		    &walk->world, ADMIN_OF_AWAY, BY_KEY);
		compare_head(walk, &visit);
	}
}
