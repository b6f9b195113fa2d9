#include "store/plan.h"

#include <string.h>

#include "edge/json.h"
#include "store/audit.h"

static enum err take(
    struct store *st, const struct step *step, const struct given *given)
{
	struct db_value values[PLAN_VALUES_MAX];
	uint64_t affected = 0;
	enum err err;

	values_fill(step->statement, given, values);
	err = store_run(st, step->statement, values, &affected);
	if (err == ERR_DUPLICATE && step->duplicate)
		return step->duplicate;
	/* what the row belongs to went away after it was read */
	if (err == ERR_REFERENCE)
		return ERR_STALE;
	if (!err && affected == 0)
		return step->none;
	return err;
}

/* --- what the audit row tells --------------------------------------------- */

/* A byte of a text takes six at most; a number or a time less than this. */
enum { ESCAPED = 6, PART_SIZE = 64 };

static size_t size_of(const struct plan *plan, const struct given *given)
{
	size_t size = PART_SIZE;

	for (size_t i = 0; i < plan->part_count; i++) {
		const struct part *part = &plan->parts[i];

		size += PART_SIZE;
		if (part->value.type == VALUE_TEXT)
			size += ESCAPED *
			    strlen(values_text(given, &part->value));
	}
	return size;
}

static void put_part(
    struct json_writer *w, const struct given *given, const struct part *part)
{
	const char *at = values_text(given, &part->value);
	int64_t number = 0;

	if (part->value.type == VALUE_TEXT && *at == '\0')
		return;
	if (part->value.type != VALUE_TEXT)
		memcpy(&number, at, sizeof(number));
	if (part->value.type == VALUE_TIME && number == 0)
		return;
	json_key(w, part->name);
	if (part->value.type == VALUE_TIME)
		json_time(w, number);
	else if (part->value.type != VALUE_TEXT)
		json_integer(w, number);
	else if (part->is_json)
		json_raw(w, at, strlen(at));
	else
		json_text(w, at);
}

static const char *change_of(
    struct store *st, const struct plan *plan, const struct given *given)
{
	size_t size = size_of(plan, given);
	char *text = arena_alloc(st->mem, size);
	struct json_writer w;

	if (plan->part_count == 0)
		return NULL;
	/* one byte less: it ends with a NUL */
	json_start(&w, text, size - 1, NULL, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < plan->part_count; i++)
		put_part(&w, given, &plan->parts[i]);
	json_close_object(&w);
	return text;
}

/* --- run ------------------------------------------------------------------ */

enum err plan_run(
    struct store *st, const struct plan *plan, const struct given *given)
{
	const struct caller *caller = given->caller;
	const struct audit_entry entry = {
		AUDIT_BY(caller),
		.organization_id = caller->organization_id,
		.action = plan->action,
		.resource_kind = plan->kind,
		.resource_id = values_text(given, &plan->subject),
		.detail = values_text(given, &plan->detail),
		.project_id = plan->project ? values_text(given, plan->project)
					    : NULL,
		.change = change_of(st, plan, given),
	};

	for (size_t i = 0; i < plan->count; i++) {
		enum err err = take(st, &plan->steps[i], given);

		if (err)
			return err;
	}
	return audit_insert(st, &entry);
}
