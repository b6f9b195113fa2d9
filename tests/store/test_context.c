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

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_foreign_id_in_a_header_costs_what_an_unknown_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
