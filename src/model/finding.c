#include "model/finding.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024, ROOM = 32 };

void findings_init(struct findings *findings, struct arena *mem)
{
	memset(findings, 0, sizeof(*findings));
	findings->mem = mem;
}

static const char *print(struct arena *mem, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static const char *print(struct arena *mem, const char *format, va_list args)
{
	char text[TEXT_SIZE];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	return arena_text(mem, text);
}

static void make_room(struct findings *findings)
{
	size_t room = findings->room + ROOM;
	struct finding *rows = arena_alloc(findings->mem, room * sizeof(*rows));

	if (findings->count > 0)
		memcpy(rows, findings->rows, findings->count * sizeof(*rows));
	findings->rows = rows;
	findings->room = room;
}

void finding_add(struct findings *findings, const char *check,
    enum finding_state state, const char *format, ...)
{
	struct finding *row;
	va_list args;

	if (findings->count == findings->room)
		make_room(findings);
	row = &findings->rows[findings->count++];
	row->check = check;
	row->state = state;
	row->remedy = "";
	va_start(args, format);
	row->detail = print(findings->mem, format, args);
	va_end(args);
}

void finding_remedy(struct findings *findings, const char *format, ...)
{
	va_list args;

	if (findings->count == 0)
		return;
	va_start(args, format);
	findings->rows[findings->count - 1].remedy = print(
	    findings->mem, format, args);
	va_end(args);
}

enum finding_state findings_state(const struct findings *findings)
{
	enum finding_state worst = FINDING_OK;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->rows[i].state > worst)
			worst = findings->rows[i].state;
	}
	return worst;
}

const char *finding_state_name(enum finding_state state)
{
	static const char *const names[] = { "ok", "warn", "fail" };

	return names[state];
}
