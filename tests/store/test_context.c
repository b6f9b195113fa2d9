#include "store.h"

/* What the server has read for the store's connection. */
static int64_t reads_of(struct bed *bed)
{
	bool is_mariadb = number(bed,
			      "SELECT VERSION() LIKE '%%MariaDB%%' AS value") !=
	    0;

	return number_on(bed->db,
	    is_mariadb ? "SELECT SUM(variable_value) AS value"
			 " FROM information_schema.session_status"
			 " WHERE variable_name LIKE 'Handler\\_read%'"
		       : "SELECT SUM(variable_value) AS value"
			 " FROM performance_schema.session_status"
			 " WHERE variable_name LIKE 'Handler\\_read%'");
}

/* What it reads for one refusal, whose text goes to `detail`. */
static int64_t refused(struct bed *bed, const char *project,
    const char *organization, char detail[320])
{
	struct caller before = bed->asker.caller;
	int64_t reads;

	begin_request(bed);
	bed->asker.ask = (struct caller_ask){ .scope = SCOPE_CONTEXT,
		.need = NEED_ADMIN,
		.unknown = ERR_FORBIDDEN,
		.project = project,
		.organization = organization };
	reads = reads_of(bed);
	assert_int_equal(caller_find(&bed->st, &bed->asker), ERR_FORBIDDEN);
	reads = reads_of(bed) - reads;
	strcpy(detail, bed->fault.detail);
	bed->asker.caller = before;
	return reads;
}

/* The time of an answer must not tell which ids are somebody's. */
static void a_foreign_id_in_a_header_costs_what_an_unknown_one_does(
    void **state)
{
	static const char unknown_id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
	struct bed *bed = *state;
	struct creation own, foreign;
	char first[320], second[320];
	int64_t reads;

	make_organization(bed, &own, name_of(bed, "Own"));
	make_organization(bed, &foreign, name_of(bed, "Foreign"));
	script(bed,
	    "DELETE FROM organization_bindings WHERE organization_id = '%s'",
	    foreign.in.organization.id);
	/* once before: the statement is prepared, the pages are read */
	(void)refused(bed, NULL, unknown_id, first);
	reads = refused(bed, NULL, unknown_id, first);
	assert_int_equal(
	    refused(bed, NULL, foreign.in.organization.id, second), reads);
	assert_string_equal(first, second);
	reads = refused(bed, unknown_id, NULL, first);
	assert_int_equal(
	    refused(bed, foreign.in.project.id, NULL, second), reads);
	assert_string_equal(first, second);
	script(bed, "DELETE FROM organizations WHERE id = '%s'",
	    foreign.in.organization.id);
}

/* What it reads to find the project of the context, or that there is none. */
static int64_t reads_of_current(struct bed *bed, enum err wanted)
{
	struct caller before = bed->asker.caller;
	int64_t reads;

	begin_request(bed);
	bed->asker.ask = (struct caller_ask){ .scope = SCOPE_CURRENT,
		.need = NEED_MEMBER,
		.unknown = ERR_FORBIDDEN };
	reads = reads_of(bed);
	assert_int_equal(caller_find(&bed->st, &bed->asker), wanted);
	reads = reads_of(bed) - reads;
	bed->asker.caller = before;
	return reads;
}

/* 16 more, whose ids end in `from` and what follows it. */
static void add_projects(struct bed *bed, const char *organization, int from)
{
	script(bed,
	    "INSERT INTO projects (id, organization_id, name, display_name,"
	    " name_key, secret_key, created_at, modified_at)"
	    " SELECT CONCAT(LEFT('%s', 23), i), '%s', CONCAT('%s-', i), i, i,"
	    " '%s', NOW(3), NOW(3) FROM (SELECT %d + a.d * 10 + b.d AS i FROM"
	    " (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) a,"
	    " (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) b) n",
	    organization, organization, organization, organization, from);
	script(bed,
	    "UPDATE organizations SET project_count = project_count + 16"
	    " WHERE id = '%s'",
	    organization);
}

static void of_many_projects_none_is_read_for_the_context(void **state)
{
	struct bed *bed = *state;
	struct creation own;
	const char *user = bed->asker.caller.user_id;
	const char *id = own.in.organization.id;
	int64_t as_admin, as_member;

	make_organization(bed, &own, name_of(bed, "Own"));
	script(bed, "UPDATE users SET active_project_id = NULL WHERE id = '%s'",
	    user);
	(void)reads_of_current(bed, ERR_NONE);
	add_projects(bed, id, 100);
	as_admin = reads_of_current(bed, ERR_FORBIDDEN);
	script(bed,
	    "UPDATE organization_bindings SET role = 'user'"
	    " WHERE user_id = '%s'",
	    user);
	as_member = reads_of_current(bed, ERR_NONE);
	add_projects(bed, id, 200);
	assert_int_equal(reads_of_current(bed, ERR_NONE), as_member);
	/* of two roles none is the only one */
	script(bed,
	    "INSERT INTO project_bindings (user_id, project_id,"
	    " organization_id, role, created_at) SELECT '%s', MIN(id), '%s',"
	    " 'viewer', NOW(3) FROM projects WHERE organization_id = '%s'",
	    user, id, id);
	(void)reads_of_current(bed, ERR_FORBIDDEN);
	script(bed,
	    "UPDATE organization_bindings SET role = 'admin'"
	    " WHERE user_id = '%s'",
	    user);
	assert_int_equal(reads_of_current(bed, ERR_FORBIDDEN), as_admin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_foreign_id_in_a_header_costs_what_an_unknown_one_does),
		IN_BED(of_many_projects_none_is_read_for_the_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
