#include "serve/change.h"

#include <string.h>

#include "base/text.h"
#include "serve/dry_run.h"
#include "serve/operation.h"
#include "serve/write.h"
#include "store/lock.h"
#include "store/repeat.h"
#include "store/usable_admin.h"

struct change {
	struct call *call;
	const struct operation *does;
	struct one old, new; /* as it was read, as it is to be */
	bool is_new;         /* there is no row yet */
	bool is_unchanged;   /* there is nothing to write */
	bool is_stale;       /* to be read again, under the lock */
	bool is_dry;         /* to be rolled back */
	/* What an attempt has written, which may be committed already. */
	struct one done;
	bool is_done, is_done_new;
};

static char *at(void *row, size_t offset)
{
	return (char *)row + offset;
}

static bool has_row(const struct change *c)
{
	return *at(c->old.row, c->does->shape->id) != '\0';
}

/* --- judge ---------------------------------------------------------------- */

static int64_t version_of(const struct change *c)
{
	int64_t version = 0;

	if (has_row(c))
		memcpy(&version, at(c->old.row, c->does->shape->version),
		    sizeof(version));
	return version;
}

/* The row as the body wants it; ERR_UNCHANGED where it is so already. */
static enum err make(struct change *c)
{
	const struct operation *does = c->does;
	bool is_made = does->kind == OPERATION_CREATE;
	/* what was there before must not have had the same version */
	int64_t version = is_made ? 1
	    : c->is_new           ? c->call->st->now
				  : version_of(c) + 1;
	enum err err = ERR_NONE;

	memcpy(c->new.row, c->old.row, does->shape->size);
	if (does->make != NULL)
		err = does->make(c->call, c->new.row);
	if (err || does->kind == OPERATION_REMOVE)
		return err;
	if (!c->is_new && !is_made &&
	    memcmp(c->new.row, c->old.row, does->shape->size) == 0)
		return ERR_UNCHANGED;
	memcpy(at(c->new.row, does->shape->version), &version, sizeof(version));
	if (does->modified_at != 0)
		memcpy(at(c->new.row, does->modified_at), &c->call->st->now,
		    sizeof(int64_t));
	return ERR_NONE;
}

/* What is created has no version yet: then that of its organization counts. */
static enum err expect(const struct change *c)
{
	if (c->is_new && c->does->kind == OPERATION_CREATE)
		return write_expect(
		    c->call, 0, c->call->asker.caller.organization_version);
	return write_expect(c->call, c->does->shape->kind, version_of(c));
}

static bool is_of_state(enum err err)
{
	return err_info(err)->status == 409;
}

static enum err read_and_judge(struct change *c)
{
	enum err expected, err = operation_find(c->call, c->does, &c->old);

	if (err)
		return err;
	c->is_new = !has_row(c);
	err = make(c);
	c->is_unchanged = err == ERR_UNCHANGED;
	/* what is wrong with the body, or not allowed, is said before */
	if (err && !c->is_unchanged && !is_of_state(err))
		return err;
	expected = expect(c);
	return expected ? expected : err;
}

/* --- assert --------------------------------------------------------------- */

static const struct plan *plan_of(const struct change *c)
{
	const struct operation *does = c->does;

	if (does->choose_plan != NULL)
		return does->choose_plan(c->new.row);
	return c->is_new ? does->insert : does->write;
}

static enum err run(struct change *c)
{
	const struct operation *does = c->does;
	struct call *call = c->call;
	struct admin_guard guard = { .fault = &call->rq->fault };
	struct given given = { .row = c->new.row, .old = c->old.row };
	bool is_guarded = does->guards != NULL &&
	    does->guards(call, c->old.row, c->new.row, &guard);
	enum err err;

	operation_give(call, &given);
	if (is_guarded && (err = usable_admin_before(call->st, &guard)))
		return err;
	err = plan_run(call->st, plan_of(c), &given);
	if (err && does->explain != NULL)
		err = does->explain(call, c->new.row, err);
	if (!err && is_guarded)
		err = usable_admin_after(call->st, &guard);
	return err;
}

static enum err lock(struct change *c, bool *is_current)
{
	const struct asker *asker = &c->call->asker;
	enum err err = lock_take(c->call->st, asker, is_current);

	return err == ERR_NO_RESOURCE ? asker->ask.unknown : err;
}

static void keep_done(struct change *c)
{
	memcpy(c->done.row, c->new.row, c->does->shape->size);
	c->is_done = true;
	c->is_done_new = c->is_new;
}

/*
 * What is not as it was read is read again in another transaction, behind the
 * lock, where nobody else changes it.
 */
static enum err write_body(struct store *st, void *context)
{
	struct change *c = context;
	bool is_current;
	enum err err;

	if (!st->write.is_unknown)
		c->is_done = false;
	if (c->is_unchanged)
		return ERR_UNCHANGED;
	err = lock(c, &is_current);
	if (!err && (c->is_stale || !is_current))
		err = read_and_judge(c);
	if (!err)
		err = run(c);
	if (!err && c->is_dry)
		return ERR_UNCHANGED;
	c->is_stale = err == ERR_STALE;
	if (!err)
		keep_done(c);
	return c->is_stale ? ERR_CONFLICT : err;
}

/*
 * The write has been made, maybe by an attempt whose COMMIT was not answered:
 * what it wrote is the answer, whatever was read after it.
 */
static void settle(struct change *c)
{
	if (!c->is_done)
		return;
	memcpy(c->new.row, c->done.row, c->does->shape->size);
	c->is_new = c->is_done_new;
	c->call->asker.is_known = true;
}

/* --- answer --------------------------------------------------------------- */

static bool is_created(const struct change *c)
{
	return c->is_new || c->does->kind == OPERATION_CREATE;
}

/* Whether the answer of the operation has no body. */
static bool shows_nothing(const struct operation *does)
{
	return does->kind == OPERATION_REMOVE || does->status == 204;
}

static int status_of(const struct change *c)
{
	if (shows_nothing(c->does))
		return 204;
	if (c->does->kind == OPERATION_PUT && !is_created(c))
		return 200;
	if (c->does->status != 0)
		return c->does->status;
	return is_created(c) ? 201 : 200;
}

static const char *id_of(const struct change *c)
{
	return at(c->new.row, c->does->shape->id);
}

/* The one that stands beside the row, as in a key that is made; or NULL. */
static const struct field *secret_of(const struct operation *does)
{
	const struct field_table *beside = does->shape->beside;

	for (size_t i = 0; beside != NULL && i < beside->count; i++)
		if (beside->rows[i].flags & FIELD_SECRET)
			return &beside->rows[i];
	return NULL;
}

/* For the key of the request, in the transaction. */
static enum err tell(void *context, struct repeat_answer *out)
{
	struct change *c = context;
	const struct field *secret = secret_of(c->does);

	out->status = status_of(c);
	if (shows_nothing(c->does))
		return ERR_NONE;
	out->id = id_of(c);
	if (secret != NULL)
		out->sealed = write_seal(
		    c->call, at(c->new.row, secret->offset));
	return ERR_NONE;
}

static enum err give(struct change *c, struct response *rs)
{
	const struct operation *does = c->does;
	struct representation of;

	if (c->is_dry)
		return dry_run_answer(
		    c->call, does, c->is_unchanged ? NULL : c->old.row, rs);
	if (shows_nothing(does))
		return respond_empty(rs, 204);
	of = operation_represent(does->shape, &c->new);
	if (does->kind == OPERATION_CREATE || secret_of(does) != NULL)
		of.version = 0; /* what shows a secret has no entity tag */
	return respond_resource(rs, status_of(c),
	    is_created(c) ? operation_location(c->call, does, id_of(c)) : NULL,
	    &of);
}

enum err change_run(
    struct call *call, const struct route *route, struct response *rs)
{
	struct change *c = arena_alloc(call->rq->mem, sizeof(*c));
	struct repeat *repeat = call->st->repeat;
	size_t size = route->does->shape->size;
	enum err err;

	c->call = call;
	c->does = route->does;
	c->old.row = arena_alloc(call->rq->mem, size);
	c->new.row = arena_alloc(call->rq->mem, size);
	c->done.row = arena_alloc(call->rq->mem, size);
	c->is_dry = query_is_true(&call->query, "dryRun");
	if (repeat != NULL) {
		repeat->tell = tell;
		repeat->context = c;
	}
	err = read_and_judge(c);
	/* an answer that is to be kept is kept in a transaction */
	if (!err || (err == ERR_UNCHANGED && repeat != NULL))
		err = store_transact(call->st, write_body, c);
	if (err && err != ERR_UNCHANGED)
		return err;
	settle(c);
	return give(c, rs);
}

/* That in its place which would have answered with the same status. */
static const struct operation *other_of(
    struct call *call, const struct operation *does)
{
	const struct operation *other = NULL;

	if (does->instead != NULL && call->body != NULL)
		other = does->instead(call);
	return other != NULL && other->status == does->status ? other : NULL;
}

enum err change_replay(struct call *call, const struct operation *does,
    const struct repeat_answer *kept, struct response *rs)
{
	const struct operation *other = other_of(call, does);
	bool is_made = does->kind == OPERATION_CREATE, is_shown;
	const struct field *secret = secret_of(does);
	const char *location = NULL, *id = NULL;
	struct representation of;
	struct one one;
	enum err err;

	if (shows_nothing(does))
		return respond_empty(rs, (int)kept->status);
	if (is_made || kept->status == 201)
		location = operation_location(call, does, kept->id);
	/* what was made has its id from the answer that was kept, not from
	 * the path */
	if (is_made || does->seen == NULL ||
	    route_value(call->match, operation_id_name(does->seen)) == NULL)
		id = kept->id;
	is_shown = does->seen != NULL;
	if (!is_shown)
		one.row = arena_alloc(call->rq->mem, does->shape->size);
	else if ((err = operation_find_again(
		      call, does->seen, id, &one, &is_shown)))
		return err;
	if (!is_shown && other != NULL)
		return change_replay(call, other, kept, rs);
	if (secret != NULL)
		text_set(at(one.row, secret->offset), secret->size,
		    write_unseal(call, kept->sealed));
	of = operation_represent(does->shape, &one);
	if (!is_shown)
		of.row = NULL;
	if (!is_shown || is_made)
		of.version = 0;
	return respond_resource(rs, (int)kept->status, location, &of);
}

/* --- removed already ------------------------------------------------------ */

enum err change_is_done(struct call *call, const struct route *route,
    struct response *rs, enum err refusal)
{
	const struct statement *removed = route->does->removed;
	struct caller_ask *ask = &call->asker.ask;
	struct fault fault = call->rq->fault;
	bool manages = ask->manages;
	struct db_value values[CALLER_VALUES_MAX];
	struct given given = { .limit = 0 };
	struct statement_found row = { false };
	void *const into[STATEMENT_TABLES_MAX] = { &row, NULL };
	enum err err;

	if (removed == NULL)
		return refusal;
	if (removed->scope != ask->scope) {
		ask->scope = removed->scope;
		ask->need = NEED_NOTHING;
	}
	ask->manages = false;
	operation_give(call, &given);
	values_fill(removed, &given, values);
	err = caller_select(call->st, &call->asker, removed, values, into);
	db_finish(call->st->db);
	if (err)
		return err;
	if (manages && caller_may_manage(&call->asker.caller, &call->rq->fault))
		row.found = false;
	if (row.found)
		return query_is_true(&call->query, "dryRun")
		    ? dry_run_answer(call, route->does, NULL, rs)
		    : respond_empty(rs, 204);
	call->rq->fault = fault;
	return refusal;
}
