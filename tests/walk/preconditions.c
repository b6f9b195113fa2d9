/* What If-Match and If-None-Match ask of a row, by the tag of its own read. */
#include <stdio.h>
#include <string.h>

#include "walk.h"

/* --- writes --------------------------------------------------------------- */

/* A row that does not write ignores the header. */
static void ask_with(struct walk *walk, const struct visit *visit,
    const char *header, enum err err)
{
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask_header(&ask, "%s", header);
	if (row_writes(visit->row))
		(void)visit_refused(walk, &ask, visit, err, "");
	else
		(void)visit_harmless(walk, &ask, visit);
}

void a_write_takes_a_key_and_a_version_and_other_routes_do_not(
    struct walk *walk)
{
	struct ask ask;
	char key[300];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	memcpy(key, "Idempotency-Key: ", 17);
	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		ask_with(walk, &visit, key, ERR_BAD_REQUEST);
		ask_with(walk, &visit, "Idempotency-Key: a b", ERR_BAD_REQUEST);
		/* a refusal is not kept under the key */
		visit_begin(walk, &ask, &visit);
		ask_header(&ask, "Idempotency-Key: walk");
		(void)visit_harmless(walk, &ask, &visit);
		if (row->method == METHOD_GET)
			continue;
		ask_with(
		    walk, &visit, "If-Match: \"0-none\"", ERR_PRECONDITION);
		if (!row_creates(row))
			ask_with(
			    walk, &visit, "If-None-Match: *", ERR_PRECONDITION);
	}
}

/* Nobody else: ask_send() looks at every answer. */
void a_write_tells_an_admin_the_state_of_the_licence(struct walk *walk)
{
	struct target targets[TARGETS_MAX];
	struct ask ask;

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		if (!row_writes(row) || !scope_has_organization(row->scope))
			continue;
		/* the first key is bound to no organization */
		(void)row_targets(row, &walk->world, targets);
		if (row->scope == SCOPE_KEY)
			visit.target = targets[MADE_BY_ADMIN];
		visit_begin(walk, &ask, &visit);
		if (visit_harmless(walk, &ask, &visit) &&
		    !ask_has(&ask, "X-License-State", "active"))
			ask_wrong(walk, &ask, "tells no state of the license");
	}
}

/* --- reads ---------------------------------------------------------------- */

static void expect_304(struct walk *walk, const struct visit *visit,
    const char *method, const char *list, const char *tag)
{
	char type[32];
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask.method = method;
	ask_header(&ask, "If-None-Match: %s", list);
	if (!ask_send(walk, &ask))
		return;
	if (ask.answer.status != 304 || ask.answer.body_length > 0 ||
	    !ask_has(&ask, "ETag", tag) ||
	    answer_header(&ask.answer, "Content-Type", type, sizeof(type)))
		ask_wrong(walk, &ask, "is no 304 for %s", list);
}

static void expect_whole(struct walk *walk, const struct visit *visit,
    const char *header, const char *tag)
{
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask_header(&ask, "%s", header);
	if (ask_expect(walk, &ask, ERR_NONE, "") &&
	    (ask.answer.status != 200 || !ask_has(&ask, "ETag", tag)))
		ask_wrong(walk, &ask, "is no 200 with the tag %s", tag);
}

static void expect_412(
    struct walk *walk, const struct visit *visit, const char *header)
{
	struct ask ask;

	visit_begin(walk, &ask, visit);
	ask_header(&ask, "%s", header);
	(void)ask_expect(walk, &ask, ERR_PRECONDITION, "");
}

static void ask_tagged(
    struct walk *walk, const struct visit *visit, const char *tag)
{
	struct arena *mem = &walk->mem;

	expect_304(walk, visit, "GET", tag, tag);
	expect_304(walk, visit, "HEAD", tag, tag);
	expect_304(walk, visit, "GET", "*", tag);
	expect_304(walk, visit, "GET", arena_print(mem, "W/%s", tag), tag);
	expect_304(
	    walk, visit, "GET", arena_print(mem, "\"other\", %s", tag), tag);
	expect_whole(walk, visit, arena_print(mem, "If-Match: %s", tag), tag);
	expect_whole(walk, visit, "If-None-Match: \"other\"", tag);
	expect_412(walk, visit, "If-Match: \"0-none\"");
}

/*
 * The tag is that of what the path's writes change: one of another kind is not,
 * whatever its version.
 */
static void ask_writes_tagged(
    struct walk *walk, const struct route *read, const char *tag)
{
	for (const struct route *row = row_after(NULL); row != NULL;
	     row = row_after(row)) {
		struct visit visit = visit_of(walk, row);
		char *other = arena_text(&walk->mem, tag);

		if (!row_writes(row) ||
		    strcmp(row->pattern, read->pattern) != 0)
			continue;
		other[1] = 'x';
		ask_with(walk, &visit,
		    arena_print(&walk->mem, "If-None-Match: %s", tag),
		    ERR_PRECONDITION);
		ask_with(walk, &visit,
		    arena_print(&walk->mem, "If-Match: %s", other),
		    ERR_PRECONDITION);
	}
}

void a_read_has_its_preconditions(struct walk *walk)
{
	struct ask ask;
	char tag[128];

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		if (row->method != METHOD_GET)
			continue;
		visit_begin(walk, &ask, &visit);
		if (!ask_expect(walk, &ask, ERR_NONE, ""))
			continue;
		if (!answer_header(&ask.answer, "ETag", tag, sizeof(tag))) {
			expect_whole(
			    walk, &visit, "If-None-Match: \"other\"", "");
			continue;
		}
		ask_tagged(walk, &visit, tag);
		ask_writes_tagged(walk, row, tag);
	}
}
