#include "store/plan.h"

#include <string.h>

#include "store/audit.h"
#include "store/audit_change.h"

/* What a statement came to, in the words of its step. */
static enum err judge(const struct step *step, enum err err, uint64_t affected)
{
	if (err == ERR_DUPLICATE && step->duplicate)
		return step->duplicate;
	/* what the row belongs to went away after it was read */
	if (err == ERR_REFERENCE)
		return ERR_STALE;
	return !err && affected == 0 ? step->none : err;
}

/* Whether it would do nothing, so that it is not sent. */
static bool is_idle(const struct step *step, const struct db_value *values)
{
	size_t needs = step->statement->needs;

	return needs > 0 && values[needs - 1].type == DB_NULL;
}

static enum err take(
    struct store *st, const struct step *step, const struct given *given)
{
	struct db_value values[PLAN_VALUES_MAX];
	uint64_t affected = 0;
	enum err err;

	values_fill(step->statement, given, values);
	if (is_idle(step, values))
		return step->none;
	err = store_run(st, step->statement, values, &affected);
	return judge(step, err, affected);
}

/* --- what the audit row tells --------------------------------------------- */

static struct audit_member member_of(
    const struct given *given, const struct part *part)
{
	const char *at = values_text(given, &part->value);
	struct audit_member member = { .name = part->name, .text = at };

	switch (part->value.type) {
	case VALUE_INTEGER:
	case VALUE_TIME:
		member.text = NULL;
		member.type = part->value.type == VALUE_TIME ? AUDIT_TIME
							     : AUDIT_NUMBER;
		memcpy(&member.number, at, sizeof(member.number));
		break;
	default:
		member.type = part->is_json ? AUDIT_JSON : AUDIT_TEXT;
		break;
	}
	return member;
}

/* By their names; there are few. */
static void sort(struct audit_member *members, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i;
		     j > 0 && strcmp(members[j - 1].name, members[j].name) > 0;
		     j--) {
			struct audit_member other = members[j];

			members[j] = members[j - 1];
			members[j - 1] = other;
		}
}

/* What the members of the audit row's `change` are made from. */
struct change {
	const struct plan *plan;
	const struct given *given;
	struct audit_member *members;
};

static void begin_change(struct store *st, struct change *c)
{
	const struct plan *plan = c->plan;
	size_t count = plan->part_count + plan->list_count;

	c->members = arena_alloc(st->mem, (count + 1) * sizeof(*c->members));
	for (size_t i = 0; i < plan->list_count; i++)
		c->members[plan->part_count + i] = (struct audit_member){
			.name = plan->lists[i].name, .type = AUDIT_JSON
		};
}

static enum err read_lists(struct store *st, struct change *c, bool is_after)
{
	const struct plan *plan = c->plan;
	struct db_value values[PLAN_VALUES_MAX];
	enum err err = ERR_NONE;

	for (size_t i = 0; i < plan->list_count && !err; i++) {
		const struct list_part *list = &plan->lists[i];

		if (list->is_after != is_after)
			continue;
		values_fill(list->statement, c->given, values);
		err = audit_list(st, list->statement, values,
		    &c->members[plan->part_count + i].text);
	}
	return err;
}

static const char *change_of(struct store *st, struct change *c)
{
	const struct plan *plan = c->plan;
	size_t count = plan->part_count + plan->list_count;

	for (size_t i = 0; i < plan->part_count; i++)
		c->members[i] = member_of(c->given, &plan->parts[i]);
	sort(c->members, count);
	return audit_change(st->mem, c->members, count);
}

static struct audit_entry entry_of(struct store *st, struct change *c)
{
	const struct plan *plan = c->plan;
	const struct given *given = c->given;

	return (struct audit_entry){
		AUDIT_BY(given->caller),
		.organization_id = given->caller->organization_id,
		.action = plan->action,
		.resource_kind = plan->kind,
		.resource_id = values_text(given, &plan->subject),
		.detail = values_text(given, &plan->detail),
		.project_id = plan->project ? values_text(given, plan->project)
					    : NULL,
		.change = change_of(st, c),
	};
}

/*
 * The last step with the row, in one round trip: not where the row tells of
 * what is there behind the step, nor where it is entered without a change.
 */
static bool can_end_together(const struct plan *plan)
{
	for (size_t i = 0; i < plan->list_count; i++)
		if (plan->lists[i].is_after)
			return false;
	return plan->count > 0 && plan->steps[plan->count - 1].none != ERR_NONE;
}

static enum err end_together(struct store *st, struct change *c)
{
	const struct step *step = &c->plan->steps[c->plan->count - 1];
	const struct audit_entry entry = entry_of(st, c);
	struct db_value values[PLAN_VALUES_MAX];
	struct store_change last = { .statement = step->statement,
		.values = values };
	enum err err;

	values_fill(step->statement, c->given, values);
	if (is_idle(step, values))
		return step->none;
	err = audit_insert_behind(st, &last, &entry);
	/* nothing of it was run, or the step was and the row failed */
	if (err && !last.err)
		return err;
	return judge(step, last.err, last.affected);
}

/* --- run ------------------------------------------------------------------ */

enum err plan_run(
    struct store *st, const struct plan *plan, const struct given *given)
{
	struct change change = { .plan = plan, .given = given };
	struct audit_entry entry;
	size_t count = plan->count;
	enum err err;

	begin_change(st, &change);
	if ((err = read_lists(st, &change, false)))
		return err;
	if (can_end_together(plan))
		count--;
	for (size_t i = 0; i < count; i++)
		if ((err = take(st, &plan->steps[i], given)))
			return err;
	if (count < plan->count)
		return end_together(st, &change);
	if ((err = read_lists(st, &change, true)))
		return err;
	entry = entry_of(st, &change);
	return audit_insert(st, &entry);
}
