#include "unit.h"

#include "store/service_text.h"

/* Each text of a statement for people, and the same for a service key. */
static const struct {
	const char *people, *service;
} texts[] = {
	{ "", "" },
	{ "SELECT b.role FROM organizations o", NULL },
	{ " LEFT JOIN organization_bindings b ON b.user_id = u.id"
	  " AND b.organization_id = o.id",
	    " LEFT JOIN api_keys b ON b.id = u.id"
	    " AND b.organization_id = o.id" },
	{ "organization_bindings m FORCE INDEX (PRIMARY) ON m.user_id = u.id",
	    "api_keys m FORCE INDEX (PRIMARY) ON m.id = u.id" },
	{ "(SELECT MAX(s.id) FROM organization_bindings s"
	  " WHERE s.user_id = u.id HAVING COUNT(*) = 1)",
	    "(SELECT MAX(s.id) FROM api_keys s"
	    " WHERE s.id = u.id HAVING COUNT(*) = 1)" },
	{ "EXISTS (SELECT 1 FROM project_bindings x WHERE x.user_id = u.id"
	  " AND x.project_id = p.id) AND TRUE",
	    "EXISTS (SELECT 1 FROM api_keys x WHERE x.id = u.id"
	    " AND (x.project_id IS NULL OR x.project_id = p.id)) AND TRUE" },
	{ "project_bindings hb ON hb.user_id = u.id AND hb.project_id = ?"
	  " LEFT JOIN organization_bindings b ON b.user_id = u.id",
	    "api_keys hb ON hb.id = u.id"
	    " AND (hb.project_id IS NULL OR hb.project_id = ?)"
	    " LEFT JOIN api_keys b ON b.id = u.id" },
	/* without a project, and of an organization, nothing is added */
	{ "project_bindings x WHERE x.user_id = u.id AND x.role = 'admin'",
	    "api_keys x WHERE x.id = u.id AND x.role = 'admin'" },
	{ "organization_bindings b ON b.user_id = u.id AND b.project_id = p.id",
	    "api_keys b ON b.id = u.id AND b.project_id = p.id" },
	/* memberships of others */
	{ "organization_bindings mb ON mb.user_id = ?", NULL },
	{ "organization_bindings mb ON mb.organization_id = o.id"
	  " AND mb.user_id = u.id",
	    NULL },
	{ "organization_bindings mb ON m.user_id = u.id", NULL },
	{ "project_bindings pb FORCE INDEX (project_bindings_project)"
	  " ON pb.user_id = u.id",
	    NULL },
	{ "organization_bindings", NULL },
	{ "project_bindings x", NULL },
};

static void the_key_itself_stands_where_the_membership_would(void **state)
{
	struct arena mem;

	(void)state;
	arena_init(&mem);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_string_equal(service_text(&mem, texts[i].people),
		    texts[i].service ? texts[i].service : texts[i].people);
	arena_release(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_key_itself_stands_where_the_membership_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
