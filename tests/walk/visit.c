#include <string.h>

#include "walk.h"

struct visit visit_of(struct walk *walk, const struct route *row)
{
	struct visit visit = { .row = row };
	struct target targets[TARGETS_MAX];

	(void)row_targets(row, &walk->world, targets);
	visit.target = targets[0];
	visit.caller = row_caller(row, &walk->world);
	visit.harmless = row_harmless(row, &visit.headers, &visit.body);
	visit.right = row_body(row, &walk->world, 0, FLAW_NONE, NULL);
	if (visit.right == NULL && row_has_body_method(row))
		visit.right = "";
	return visit;
}

void visit_begin(struct walk *walk, struct ask *ask, const struct visit *visit)
{
	ask_begin(walk, ask, visit->row, &visit->caller, &visit->target);
}

bool visit_harmless(
    struct walk *walk, struct ask *ask, const struct visit *visit)
{
	strcat(ask->headers, visit->headers);
	ask_body(ask, visit->body);
	return ask_expect(walk, ask, visit->harmless, "");
}

bool visit_refused(struct walk *walk, struct ask *ask,
    const struct visit *visit, enum err err, const char *words)
{
	ask_body(ask, visit->right);
	return ask_expect(walk, ask, err, words);
}

void visit_add_to_path(struct walk *walk, struct ask *ask, const char *text)
{
	ask->path = arena_print(&walk->mem, "%s%s", ask->path, text);
}

const char *visit_long_body(struct walk *walk)
{
	size_t length = walk->world.config.max_body + 1;
	char *text = arena_alloc(&walk->mem, length + 1);

	memset(text, ' ', length);
	return text;
}
