/* Bodies, parameters and Accept: what a row takes, and in which order. */
#include <stdio.h>
#include <string.h>

#include "walk.h"

/* --- the order ------------------------------------------------------------ */

/* A request with a wrong query and a wrong body. */
static void ask_wrongly(struct walk *walk, struct ask *ask,
    const struct visit *visit, const struct visitor *caller)
{
	ask_begin(walk, ask, visit->row, caller, &visit->target);
	visit_add_to_path(walk, ask, "?x=1");
	if (row_is_named_by_body(visit->row))
		ask->body = ask_fill(ask, visit->body);
	else if (row_has_body_method(visit->row))
		ask->body = "{";
	ask->body_length = ask->body != NULL ? strlen(ask->body) : 0;
}

static void order_of_bodies(struct walk *walk, const struct visit *visit)
{
	static const char form[] = "Content-Type: multipart/form-data;"
				   " boundary=x";
	struct ask ask;

	ask_wrongly(walk, &ask, visit, NULL);
	ask_header(&ask, "Accept: image/png");
	ask_header(&ask, "%s", form);
	ask_body(&ask, visit_long_body(walk));
	(void)ask_expect(walk, &ask, ERR_TOO_LARGE, "");
	ask_wrongly(walk, &ask, visit, NULL);
	ask_header(&ask, "Accept: image/png");
	ask_header(&ask, "%s", form);
	(void)ask_expect(walk, &ask, ERR_MEDIA_TYPE, "");
	ask_wrongly(walk, &ask, visit, NULL);
	ask_header(&ask, "Accept: image/png");
	ask_header(&ask, "Content-Type: application/json");
	ask_header(&ask, "Content-Encoding: gzip");
	(void)ask_expect(walk, &ask, ERR_MEDIA_TYPE, "");
}

/* After the message itself: credential, id and role, query, body. */
static void order_of_callers(struct walk *walk, const struct visit *visit)
{
	const struct route *row = visit->row;
	struct visitor stranger = world_caller(
	    &walk->world, ADMIN_OF_AWAY, BY_KEY);
	struct expected refused = row_expected(row, &stranger, &visit->target);
	struct ask ask;

	ask_wrongly(walk, &ask, visit, NULL);
	(void)ask_expect(walk, &ask, ERR_UNAUTHENTICATED, "");
	if (refused.err) {
		ask_wrongly(walk, &ask, visit, &stranger);
		ask_header(&ask, "Idempotency-Key: a b");
		(void)ask_expect(walk, &ask, refused.err, refused.words);
	}
	if (!(row->flags & ROUTE_ANY_QUERY)) {
		ask_wrongly(walk, &ask, visit, &visit->caller);
		(void)ask_expect(
		    walk, &ask, ERR_BAD_REQUEST, "query parameter");
	}
	if (row->body == NULL)
		return;
	visit_begin(walk, &ask, visit);
	ask_header(&ask, "Idempotency-Key: a b");
	ask_header(&ask, "If-Match: \"0-none\"");
	ask_body(&ask, "{");
	(void)ask_expect(walk, &ask, ERR_BAD_BODY, "");
}

void the_checks_come_in_their_order(struct walk *walk)
{
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		if (row_has_body_method(row))
			order_of_bodies(walk, &visit);
		if (!(row->flags & ROUTE_ANY_ACCEPT)) {
			ask_wrongly(walk, &ask, &visit, NULL);
			ask_header(&ask, "Accept: image/png");
			if (row->body != NULL)
				ask_header(
				    &ask, "Content-Type: application/json");
			(void)ask_expect(walk, &ask, ERR_NOT_ACCEPTABLE, "");
		}
		if (!row_is_public(row))
			order_of_callers(walk, &visit);
	}
}

/* --- bodies --------------------------------------------------------------- */

static void ask_body_of(struct walk *walk, const struct visit *visit,
    const char *body, enum err err, const char *words)
{
	struct ask ask;

	visit_begin(walk, &ask, visit);
	if (visit->row->flags & ROUTE_SIGNS_IN)
		ask_header(&ask, "Content-Type: application/json");
	ask_body(&ask, body);
	(void)ask_expect(walk, &ask, err, words);
}

/* A member and its alias with different values. */
static void contradict(
    struct walk *walk, const struct visit *visit, const struct field *field)
{
	const char *body = visit->right, *dot;

	if (field->alias == NULL || strstr(body, field->member) == NULL)
		return;
	dot = strchr(field->alias, '.');
	ask_body_of(walk, visit,
	    dot ? arena_print(&walk->mem,
		      "%.*s, \"%.*s\": {\"%s\": \"Other\"}}",
		      (int)strlen(body) - 1, body, (int)(dot - field->alias),
		      field->alias, dot + 1)
		: arena_print(&walk->mem, "%.*s, \"%s\": \"Other\"}",
		      (int)strlen(body) - 1, body, field->alias),
	    ERR_BAD_FIELD, "differ");
}

/*
 * An empty body, where the row takes it as {}: the version does not exist.  Of
 * what takes no version it is a dry run that needs none.
 */
static void leave_bare(struct walk *walk, const struct visit *visit)
{
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask_header(&ask, "If-Match: \"0-none\"");
	ask_body(&ask, "");
	(void)ask_expect(walk, &ask,
	    row_writes(visit->row) ? ERR_PRECONDITION : ERR_BAD_FIELD, "");
}

static void flaw_each_member(struct walk *walk, const struct visit *visit)
{
	const struct field_table *table = visit->row->body;

	for (size_t i = 0; i < table->count; i++) {
		for (enum flaw flaw = FLAW_MISSING; flaw <= FLAW_EMPTY;
		     flaw++) {
			const char *member = "";
			const char *body = row_body(
			    visit->row, &walk->world, i, flaw, &member);

			if (body != NULL)
				ask_body_of(
				    walk, visit, body, ERR_BAD_FIELD, member);
		}
		contradict(walk, visit, &table->rows[i]);
	}
}

void a_body_that_the_table_does_not_allow_is_400(struct walk *walk)
{
	static const char *const broken[] = { " ", "{", "[]", "[{}]", "1",
		"null", "\"a\"", "{} x", "{}{}", "{'a': 1}", "{a: 1}",
		"{\"a\": 1,}", "{\"a\": NaN}", "{\"a\": 1, \"a\": 1}",
		"{\"a\": \"\xff\"}", "{\"a\": \"\\ud800\"}",
		"{\"a\": \"\\u0000\"}", "\xef\xbb\xbf" };

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);
		struct ask ask;

		if (row->body != NULL)
			flaw_each_member(walk, &visit);
		if (row_may_be_bare(row))
			leave_bare(walk, &visit);
		else if (row->body != NULL)
			ask_body_of(walk, &visit, "", ERR_BAD_BODY, "");
		for (size_t i = 0; row->body != NULL &&
		     i < sizeof(broken) / sizeof(broken[0]);
		     i++)
			ask_body_of(walk, &visit, broken[i], ERR_BAD_BODY, "");
		if (row->body != NULL || !row_has_body_method(row))
			continue;
		/* a row without a table does not read its body */
		visit_begin(walk, &ask, &visit);
		strcat(ask.headers, visit.headers);
		ask_body(&ask, "{");
		(void)ask_expect(walk, &ask, visit.harmless, "");
	}
}

/* --- parameters ----------------------------------------------------------- */

void a_parameter_that_the_table_does_not_take_is_400(struct walk *walk)
{
	const char *query, *words;
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		for (size_t i = 0; (query = row_wrong_query(
					row, i, &walk->mem, &words)) != NULL;
		     i++) {
			if (strcmp(query, "?") == 0)
				continue;
			visit_begin(walk, &ask, &visit);
			visit_add_to_path(walk, &ask, query);
			(void)visit_refused(
			    walk, &ask, &visit, ERR_BAD_REQUEST, words);
		}
		for (size_t i = 0;
		     (query = row_right_query(row, i, &walk->mem)) != NULL;
		     i++) {
			visit_begin(walk, &ask, &visit);
			visit_add_to_path(walk, &ask, query);
			(void)visit_harmless(walk, &ask, &visit);
		}
	}
}

/* --- Accept --------------------------------------------------------------- */

/* The type of a row that answers with one that is not JSON. */
static const char *only_type(const struct route *row, const char *other)
{
	static const char *const types[][2] = {
		{ "/metrics", "text/plain" },
		{ "/v1/system/metrics", "text/plain" },
		{ "/v1/audit-events/head", "application/jose" },
		{ "/v1/audit-events/download", "text/csv" },
		{ "/v1/organizations/{id}/export", "application/x-ndjson" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(row->pattern, types[i][0]) == 0)
			return types[i][1];
	return other;
}

static void ask_accept(
    struct walk *walk, const struct visit *visit, const char *range)
{
	const char *right = "application/json";
	char type[64];
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask_header(&ask, "Accept: %s", range);
	if (row_offers(visit->row, range)) {
		right = range;
	} else if (!(visit->row->flags & ROUTE_ANY_ACCEPT)) {
		(void)visit_refused(walk, &ask, visit, ERR_NOT_ACCEPTABLE, "");
		return;
	}
	right = only_type(visit->row, right);
	if (!visit_harmless(walk, &ask, visit) || visit->harmless != ERR_NONE ||
	    ask.answer.status == 204)
		return;
	(void)answer_header(&ask.answer, "Content-Type", type, sizeof(type));
	if (strncmp(type, right, strlen(right)) != 0)
		ask_wrong(walk, &ask, "is %s", type);
}

void accept_rules_out_what_a_route_does_not_have(struct walk *walk)
{
	static const char *const types[] = { "application/json", "text/html",
		"text/csv", "application/x-ndjson", "application/jwt",
		"image/png", "application/json;q=0" };
	static const char *const taken[] = { "*/*", "application/*",
		"application/problem+json", "text/html, */*;q=0.1" };
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			ask_accept(walk, &visit, types[i]);
		for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
			visit_begin(walk, &ask, &visit);
			ask_header(&ask, "Accept: %s", taken[i]);
			(void)visit_harmless(walk, &ask, &visit);
		}
	}
}

/* --- what every write has ------------------------------------------------- */

/*
 * A member that narrows or decides: of these null and "" are 400 (the walk
 * above), so that a client's empty variable makes nothing wider.
 */
static bool narrows(const char *member)
{
	static const char *const names[] = { "role", "projectId", "projects",
		"expiresIn", "owner", "manage", "overlap", "need", "delivery",
		"credential", "project" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], member) == 0)
			return true;
	return false;
}

/*
 * No read, and yet without Idempotency-Key: its body may hold a password or a
 * token, it ends sessions, which may be repeated, or it changes nothing.
 */
static const char *const without_key[] = { "/doctor", "/v1/accept-eula",
	"/v1/check", "/v1/invitations/accept", "/v1/invitations/decline",
	"/v1/invitations/lookup", "/v1/invitations/{id}/accept",
	"/v1/organizations/verify", "/v1/password-resets",
	"/v1/password-resets/confirm", "/v1/session", "/v1/session/confirm",
	"/v1/sessions", "/v1/sessions/{id}", "/v1/users/confirm",
	"/v1/users/me/email", "/v1/users/me/erase", "/v1/users/me/password" };

enum { WITHOUT_KEY = sizeof(without_key) / sizeof(without_key[0]) };

void each_write_takes_a_key_and_narrows_by_what_is_there(struct walk *walk)
{
	unsigned seen[WITHOUT_KEY] = { 0 }, narrowing = 0;

	for (EACH_ROW(row)) {
		const struct field_table *table = row->body;
		size_t i = 0;

		while (i < WITHOUT_KEY &&
		    strcmp(without_key[i], row->pattern) != 0)
			i++;
		if (i < WITHOUT_KEY && row_writes(row))
			walk_finding(walk, row->pattern, "takes a key");
		else if (i < WITHOUT_KEY)
			seen[i]++;
		else if (row->method != METHOD_GET && !row_writes(row))
			walk_finding(walk, row->pattern, "takes no key");
		for (i = 0; table != NULL && i < table->count; i++) {
			const struct field *field = &table->rows[i];

			if (!narrows(field->member))
				continue;
			narrowing++;
			if (!(field->flags & (FIELD_REQUIRED | FIELD_STRICT)))
				walk_finding(walk, row->pattern, field->member);
		}
	}
	for (size_t i = 0; i < WITHOUT_KEY; i++)
		if (seen[i] == 0)
			walk_finding(walk, without_key[i], "is no row");
	if (narrowing < 15)
		walk_finding(walk, "-", "few members narrow");
}
