#include "api/answer.h"

#include "store/repeat.h"

enum err answer_empty(const struct answer *answer, struct response *rs)
{
	return respond_empty(rs, answer->status);
}

static enum err tell(void *context, struct repeat_answer *out)
{
	const struct answer *answer = context;
	struct request *rq = answer->call->rq;
	struct response *draft = arena_alloc(rq->mem, sizeof(*draft));
	enum err err;

	response_draft(draft, rq, arena_alloc(rq->mem, RESPONSE_BUFFER_SIZE));
	if ((err = answer->give(answer, draft)))
		return err;
	out->status = draft->status;
	out->location = draft->location;
	out->body = draft->json.buffer;
	out->body_length = draft->json.used;
	return ERR_NONE;
}

void answer_promise(struct answer *answer)
{
	struct repeat *repeat = answer->call->st->repeat;

	if (repeat == NULL)
		return;
	repeat->tell = tell;
	repeat->context = answer;
}
