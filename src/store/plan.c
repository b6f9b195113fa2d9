#include "store/plan.h"

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

enum err plan_run(
    struct store *st, const struct plan *plan, const struct given *given)
{
	const struct caller *caller = given->caller;
	const struct audit_entry entry = {
		.user_id = caller->user_id,
		.organization_id = caller->organization_id,
		.action = plan->action,
		.resource_kind = plan->kind,
		.resource_id = values_text(given, &plan->subject),
		.detail = values_text(given, &plan->detail),
		.key_id = caller_service_id(caller),
	};

	for (size_t i = 0; i < plan->count; i++) {
		enum err err = take(st, &plan->steps[i], given);

		if (err)
			return err;
	}
	return audit_insert(st, &entry);
}
