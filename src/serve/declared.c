#include "serve/declared.h"

#include <string.h>

#include "resource/module.h"
#include "store/caller.h"

enum { LETTERS = 128 };

static const char *wrong_with_plan(const struct plan *plan)
{
	for (size_t i = 1; plan != NULL && i < plan->part_count; i++)
		if (strcmp(plan->parts[i - 1].name, plan->parts[i].name) >= 0)
			return "has parts of the change that are not sorted";
	for (size_t i = 0; plan != NULL && i < plan->list_count; i++)
		if (plan->lists[i].statement->values > PLAN_VALUES_MAX)
			return "has a list with too many values";
	for (size_t i = 0; plan != NULL && i < plan->count; i++)
		if (plan->steps[i].statement->values > PLAN_VALUES_MAX)
			return "has a step with too many values";
	for (size_t i = 0; plan != NULL && i < plan->count; i++)
		if (plan->steps[i].statement->needs >
		    plan->steps[i].statement->values)
			return "has a step that needs a value it has not";
	return NULL;
}

/* What is created below another row, whose id the path has already. */
static bool is_below(const struct operation *does)
{
	return does->kind == OPERATION_CREATE && does->location != NULL &&
	    strstr(does->location, "{id}") != NULL;
}

static const char *wrong_with_write(const struct operation *does)
{
	bool makes = does->kind != OPERATION_REMOVE;
	bool shows = makes && does->status != 204;
	const struct operation *seen = does->seen;
	const char *wrong = wrong_with_plan(does->write);

	if (does->write == NULL && does->insert == NULL)
		return "writes nothing";
	if (does->kind != OPERATION_CREATE && does->write == NULL)
		return "does not write the row that is there";
	if (does->kind == OPERATION_PUT && does->insert == NULL)
		return "does not write a row that is not there";
	if (makes && does->make == NULL)
		return "makes no row";
	/* one that is answered with 200 is shown by it, and has no Location */
	if ((does->kind == OPERATION_CREATE || does->kind == OPERATION_PUT) &&
	    does->location == NULL && does->status != 200)
		return "does not say where what it creates is";
	if (!makes && does->removed == NULL)
		return "does not find what it has removed in the trail";
	if (!makes && does->loss_count == 0 && does->lost_keys == NULL)
		return "does not say what goes with it";
	if (shows &&
	    (seen == NULL || seen->kind != OPERATION_GET ||
		seen->shape->resource != does->shape->resource ||
		seen->shape->size != does->shape->size))
		return "does not say how a replay reads the row";
	if (shows && is_below(does) && seen->named == NULL)
		return "replays its row by the id of another";
	return wrong != NULL ? wrong : wrong_with_plan(does->insert);
}

/* Else its members are left out of answers, or the description cannot name it.
 */
static const char *wrong_with_resource(const struct resource *resource)
{
	bool is_flat = resource->begin == NULL, has_members = false;

	for (size_t i = 0; i < resource->table.count; i++) {
		const struct field *field = &resource->table.rows[i];

		if (field->member == NULL)
			continue;
		has_members = true;
		if (field->part == PART_NONE ||
		    (field->part == PART_FLAT) != is_flat)
			return "shows a row with a member that is in no part"
			       " of it";
	}
	return has_members && is_flat && resource->schema == NULL
	    ? "shows a flat row without a name for the description"
	    : NULL;
}

/* A list by a statement that is no caller's. */
static bool finds_caller_before(const struct route *row)
{
	return row->does->kind == OPERATION_LIST &&
	    row->does->read->scope == SCOPE_PUBLIC &&
	    row->does->read->values <= CALLER_VALUES_MAX &&
	    (row->flags & ROUTE_FUSED) == 0;
}

static const char *wrong_with(const struct route *row)
{
	const struct operation *does = row->does;
	bool reads = does->kind == OPERATION_LIST ||
	    does->kind == OPERATION_GET;

	if (does->shape == NULL || does->read == NULL)
		return "has no shape, or nothing to read";
	if (does->read->scope != row->scope && !finds_caller_before(row))
		return "reads with another scope";
	if (reads != (row->method == METHOD_GET))
		return "does not fit its method";
	if (does->kind == OPERATION_LIST && does->shape->many == NULL)
		return "lists what has no name";
	if (does->kind != OPERATION_LIST && does->kind != OPERATION_REMOVE &&
	    does->status != 204 && does->shape->one == NULL &&
	    does->shape->beside == NULL)
		return "shows what has no name";
	if (does->kind == OPERATION_REMOVE && row->query != &dry_run_query)
		return "takes no dryRun";
	if (reads != ((row->flags & ROUTE_WRITES) == 0))
		return "takes Idempotency-Key and writes not, or the reverse";
	return reads ? NULL : wrong_with_write(does);
}

enum err declared_check(const struct route_table *routes, struct fault *fault)
{
	const struct resource *of[LETTERS] = { NULL }, *before = NULL;

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *row = routes->rows[i];
		const char *wrong = NULL;
		size_t letter;

		if (row->does == NULL)
			continue;
		wrong = wrong_with(row);
		if (wrong == NULL && row->does->shape->resource != before) {
			before = row->does->shape->resource;
			wrong = wrong_with_resource(before);
		}
		letter = wrong ? 0 : (unsigned char)row->does->shape->kind;
		if (letter >= LETTERS)
			wrong = "has tags that do not begin with a letter";
		else if (letter > 0 && of[letter] != NULL &&
		    of[letter] != row->does->shape->resource)
			wrong = "has the tags of another resource";
		else
			of[letter] = wrong ? NULL : row->does->shape->resource;
		if (wrong != NULL)
			return fault_set(fault, ERR_INTERNAL,
			    "the route %s %s %s",
			    request_method_name(row->method), row->pattern,
			    wrong);
	}
	return ERR_NONE;
}
