#include "api/handlers.h"
#include "store/user.h"

enum err users_list(struct call *call, struct response *rs)
{
	struct user *row = arena_alloc(call->rq->mem, sizeof(*row));
	struct rows rows;
	enum err err = user_list(call->st, &call->asker, row, &rows);

	return err ? err
		   : respond_list(rs, "users", &user_resource, row, &rows);
}
