#include "store/user.h"

#include "store/read.h"
#include "store/rights.h"

/* A member's projects in other organizations are not this admin's business. */
static const struct statement list = {
	.scope = SCOPE_CONTEXT,
	.columns = "m.id, m.name, m.display_name, m.version, m.modified_at,"
		   " m.email, mp.id AS active_project_id,"
		   " np.id AS next_login_project_id, mb.role",
	.text =
	    "LEFT JOIN organization_bindings mb"
	    " FORCE INDEX (organization_bindings_organization)"
	    " ON mb.organization_id = o.id"
	    " AND " IS_ADMIN(
		"b") " LEFT JOIN users m ON m.id = mb.user_id"
		     " LEFT JOIN projects mp ON mp.id = m.active_project_id"
		     " AND mp.organization_id = mb.organization_id"
		     " LEFT JOIN projects np ON np.id = m.next_login_project_id"
		     " AND np.organization_id = mb.organization_id",
	.tables = { &user_resource.table },
};

const struct statement *const user_statements[] = { &list, NULL };

enum err user_list(
    struct store *st, struct asker *asker, struct user *row, struct rows *rows)
{
	struct read read = { { row, NULL }, row->id };

	return read_rows(st, asker, &list, &read, rows);
}
