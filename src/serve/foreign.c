#include "serve/foreign.h"

#include "base/log.h"
#include "store/security_event.h"

static bool is_foreign(const struct caller *caller)
{
	return caller->is_system_admin && caller->user_id[0] != '\0' &&
	    caller->organization_id[0] != '\0' &&
	    caller->organization_role[0] == '\0';
}

void foreign_read_write(struct store *st, const struct caller *caller)
{
	if (!is_foreign(caller))
		return;
	db_begin_request(st->db);
	if (security_event_foreign_read(st, caller->user_id, caller->session_id,
		caller->organization_id))
		log_write(LEVEL_WARN,
		    "a read by the system administrator %s of the"
		    " organization %s could not be entered: %s",
		    caller->user_id, caller->organization_id, db_error(st->db));
	db_end_request(st->db);
}
