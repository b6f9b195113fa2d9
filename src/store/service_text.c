#include "store/service_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* A membership as it was found in a text. */
struct membership {
	bool is_of_project;
	const char *alias;
	size_t alias_length;
	const char *between; /* from behind the alias, to the condition */
	size_t between_length;
	const char *end; /* behind the condition */
};

static const char *skip(const char *at, const char *word)
{
	size_t length = strlen(word);

	return strncmp(at, word, length) == 0 ? at + length : NULL;
}

/* `alias` and what follows; NULL: it is something else. */
static const char *skip_member(
    const char *at, const struct membership *m, const char *rest)
{
	if (strncmp(at, m->alias, m->alias_length) != 0)
		return NULL;
	return skip(at + m->alias_length, rest);
}

static const char *skip_hint(const char *at)
{
	const char *behind = skip(at, " FORCE INDEX (PRIMARY)");

	return behind != NULL ? behind : at;
}

/* Whether `at` is where the caller's own membership is joined or looked for. */
static bool find_membership(const char *at, struct membership *m)
{
	const char *clause;

	m->alias = skip(at, "organization_bindings ");
	m->is_of_project = m->alias == NULL;
	if (m->is_of_project)
		m->alias = skip(at, "project_bindings ");
	if (m->alias == NULL)
		return false;
	m->alias_length = 0;
	while (isalnum((unsigned char)m->alias[m->alias_length]))
		m->alias_length++;
	m->between = m->alias + m->alias_length;
	at = skip_hint(m->between);
	clause = skip(at, " ON ");
	if (clause == NULL)
		clause = skip(at, " WHERE ");
	if (clause == NULL)
		return false;
	m->between_length = (size_t)(clause - m->between);
	m->end = skip_member(clause, m, ".user_id = u.id");
	return m->end != NULL;
}

static void put_alias(struct text *out, const struct membership *m)
{
	text_put_part(out, m->alias, m->alias_length);
}

/* A key without a project has its role in each. */
static const char *put_project(struct text *out, const struct membership *m)
{
	const char *at = skip(m->end, " AND ");
	const char *id = at ? skip_member(at, m, ".project_id = ") : NULL;
	size_t length;

	if (!m->is_of_project || id == NULL)
		return m->end;
	length = strcspn(id, " )");
	text_put(out, " AND (");
	put_alias(out, m);
	text_put(out, ".project_id IS NULL OR ");
	put_alias(out, m);
	text_put(out, ".project_id = ");
	text_put_part(out, id, length);
	text_put(out, ")");
	return id + length;
}

static const char *put_membership(struct text *out, const struct membership *m)
{
	text_put(out, "api_keys ");
	put_alias(out, m);
	text_put_part(out, m->between, m->between_length);
	put_alias(out, m);
	text_put(out, ".id = u.id");
	return put_project(out, m);
}

const char *service_text(struct arena *mem, const char *text)
{
	/* what is put in place of a membership is not twice as long */
	size_t size = 2 * strlen(text) + 1;
	char *buffer = arena_alloc(mem, size);
	struct text out = text_in(buffer, size);
	struct membership m;

	while (*text != '\0') {
		if (find_membership(text, &m))
			text = put_membership(&out, &m);
		else
			text_put_part(&out, text++, 1);
	}
	return buffer;
}
