#include "resource/invitation_tool.h"

#include <string.h>

#include "api/call.h"
#include "store/usable_admin.h"

/* What is done, under the lock. */
struct act {
	const struct statement *read;
	enum err (*judge)(struct call *call, const struct invitation_row *row);
	enum err (*make)(struct call *call, void *row);
	const struct plan *plan;
	bool is_by_nobody; /* the trail names no user */
};

struct working {
	const struct act *act;
	struct invitation_order *order;
	struct call call;
	struct invitation_row old;
	struct invitation_row given; /* with the link that was handed over */
};

static enum err absent(struct call *call)
{
	return fault_set(&call->rq->fault, ERR_NO_RESOURCE,
	    "there is no such invitation, or no such organization and user who"
	    " may sign in: see tenantryctl invitation list");
}

static enum err read(struct working *w)
{
	struct store *st = w->call.st;
	const struct invitation_order *order = w->order;
	const struct name *address = &order->create.address;
	const struct db_value of_new[] = { db_text(order->user_id),
		db_bytes(address->key, strlen(address->key)),
		db_text(order->create.list), db_text(order->organization_id) };
	const struct db_value of_row[] = { db_text(order->id) };
	const struct db_query query = {
		.text = w->act->read->text,
		.values = order->id != NULL ? of_row : of_new,
		.value_count = w->act->read->values,
	};
	const struct db_target target = {
		.segments = { { w->act->read->tables[0],
				  &w->call.asker.caller },
		    { w->act->read->tables[1], &w->old } },
		.count = 2,
	};
	bool found;
	enum err err;

	memset(&w->old, 0, sizeof(w->old));
	memset(&w->call.asker.caller, 0, sizeof(w->call.asker.caller));
	err = db_select_one(st->db, &query, &target, &found);
	return err || found ? err : absent(&w->call);
}

/* The link that was shown is the one that counts, if all is done again. */
static void keep_link(
    struct invitation_row *row, const struct invitation_row *given)
{
	memcpy(row->id, given->id, sizeof(row->id));
	memcpy(row->name, given->name, sizeof(row->name));
	memcpy(row->digest, given->digest, sizeof(row->digest));
	memcpy(row->link, given->link, sizeof(row->link));
}

static enum err change(struct working *w)
{
	struct store *st = w->call.st;
	struct invitation_row *row = &w->order->row;
	const struct given given = {
		.after = NO_ID,
		.row = row,
		.old = &w->old,
		.body = w->call.body,
		.caller = &w->call.asker.caller,
		.now = st->now,
	};
	enum err err;

	*row = w->old;
	if ((err = w->act->judge(&w->call, row)) ||
	    (err = w->act->make(&w->call, row)))
		return err;
	if (w->act->is_by_nobody) {
		w->call.asker.caller.user_id[0] = '\0';
		row->gives_all = 1;
	}
	if (w->order->handover != NULL && w->order->handover->is_done)
		keep_link(row, &w->given);
	if ((err = plan_run(st, w->act->plan, &given)) ||
	    (err = handover_do(w->order->handover)))
		return err;
	w->given = *row;
	return ERR_NONE;
}

static enum err body(struct store *st, void *context)
{
	struct working *w = context;
	enum err err = usable_admin_lock(st,
	    w->order->id != NULL ? w->call.asker.caller.organization_id
				 : w->order->organization_id);

	if (err)
		return err == ERR_NO_RESOURCE ? absent(&w->call) : err;
	err = read(w);
	return err ? err : change(w);
}

static enum err work(
    struct store *st, struct invitation_order *order, const struct act *act)
{
	struct working *w = arena_alloc(st->mem, sizeof(*w));
	struct request *rq = arena_alloc(st->mem, sizeof(*rq));
	enum err err = ERR_NONE;

	memset(w, 0, sizeof(*w));
	memset(rq, 0, sizeof(*rq));
	rq->mem = st->mem;
	rq->prefix = order->prefix;
	w->act = act;
	w->order = order;
	w->call.rq = rq;
	w->call.st = st;
	w->call.asker.fault = &rq->fault;
	w->call.body = &order->create;
	/* which organization is to be locked */
	if (order->id != NULL)
		err = read(w);
	if (!err)
		err = store_transact(st, body, w);
	if (err == ERR_UNCHANGED)
		return ERR_NONE;
	if (err && rq->fault.code != err && err_info(err)->status < 500)
		(void)fault_set(&rq->fault, err, "%s", err_detail(err));
	/* else whoever took the link may have said why it could not */
	if (rq->fault.code == err)
		*order->fault = rq->fault;
	return err;
}

/* --- the three ------------------------------------------------------------ */

static enum err judge_inviter(
    struct call *call, const struct invitation_row *row)
{
	return row->is_inviter
	    ? ERR_NONE
	    : fault_refuse(&call->rq->fault, ERR_FORBIDDEN, CAUSE_ROLE,
		  "the user who is to invite must be an admin of the"
		  " organization, or of the project");
}

static enum err judge_again(struct call *call, const struct invitation_row *row)
{
	return row->may_give
	    ? ERR_NONE
	    : fault_refuse(&call->rq->fault, ERR_FORBIDDEN, CAUSE_ROLE,
		  "the user who has invited may not give this any longer:"
		  " revoke the invitation and create another one");
}

static enum err judge_nothing(
    struct call *call, const struct invitation_row *row)
{
	(void)call;
	(void)row;
	return ERR_NONE;
}

static enum err make_resent(struct call *call, void *row)
{
	static const struct invitation_resend by_link = { .delivery = "link" };
	const void *body_before = call->body;
	enum err err;

	call->body = &by_link;
	err = invitation_make_resent(call, row);
	call->body = body_before;
	return err;
}

enum err invitation_tool_create(
    struct store *st, struct invitation_order *order)
{
	static const struct act act = { &invitation_find_place_for_tool,
		judge_inviter, invitation_make_new, &invitation_create_plan,
		false };

	return work(st, order, &act);
}

enum err invitation_tool_resend(
    struct store *st, struct invitation_order *order)
{
	static const struct act act = { &invitation_find_for_tool, judge_again,
		make_resent, &invitation_resend_plan, false };

	return work(st, order, &act);
}

enum err invitation_tool_revoke(
    struct store *st, struct invitation_order *order)
{
	static const struct act act = { &invitation_find_for_tool,
		judge_nothing, invitation_make_revoked, &invitation_revoke_plan,
		true };

	return work(st, order, &act);
}
