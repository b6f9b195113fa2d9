#include "store.h"

#include "store/erase.h"

/*
 * A person with a lot of everything is erased in steps, and none of them
 * removes more rows than two slices.
 */
enum {
	MANY = 250, /* of each */
	MOST = 200 /* two slices: the last of one table, the first of another */
};

#define ORGANIZATION "01ERASE0000000000000000000"

static int64_t rows_left(struct bed *bed)
{
	return number(bed,
	    "SELECT (SELECT COUNT(*) FROM organization_bindings"
	    " WHERE user_id = '%s') + (SELECT COUNT(*) FROM project_bindings"
	    " WHERE user_id = '%s') + (SELECT COUNT(*) FROM api_keys"
	    " WHERE user_id = '%s') + (SELECT COUNT(*) FROM invitations"
	    " WHERE invited_by = '%s') + (SELECT COUNT(*)"
	    " FROM security_events WHERE user_id = '%s')"
	    " + (SELECT COUNT(*) FROM sessions WHERE user_id = '%s')"
	    " AS value",
	    bed->user_id, bed->user_id, bed->user_id, bed->user_id,
	    bed->user_id, bed->user_id);
}

/* `seq` from 1 to MANY. */
#define SEQ \
	"(SELECT a.i + 10 * b.i + 100 * c.i + 1 AS seq FROM " DIGITS \
	" a, " DIGITS " b, " DIGITS " c HAVING seq <= 250) n"
#define DIGITS \
	"(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2" \
	" UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5" \
	" UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8" \
	" UNION ALL SELECT 9)"
#define NUMBERED "CONCAT(LEFT('%s', 20), LPAD(seq, 6, '0'))"

static void fill(struct bed *bed)
{
	const char *id = bed->user_id;

	script(bed,
	    "INSERT INTO organizations (id, name, display_name, name_key,"
	    " created_at, modified_at) VALUES ('" ORGANIZATION "', LOWER('%s'),"
	    " '%s', '%s', NOW(3), NOW(3));"
	    "INSERT INTO organization_bindings (user_id, organization_id,"
	    " role, created_at) VALUES ('%s', '" ORGANIZATION
	    "', 'user', NOW(3))",
	    id, id, id, id);
	script(bed,
	    "INSERT INTO projects (id, organization_id, name, display_name,"
	    " name_key, secret_key, created_at, modified_at)"
	    " SELECT " NUMBERED ", '" ORGANIZATION "', LOWER(" NUMBERED
	    "), seq, seq, '%s', NOW(3), NOW(3) FROM " SEQ,
	    id, id, id);
	script(bed,
	    "INSERT INTO project_bindings (user_id, project_id,"
	    " organization_id, role, created_at) SELECT '%s', id,"
	    " organization_id, 'user', NOW(3) FROM projects"
	    " WHERE organization_id = '" ORGANIZATION "'",
	    id);
	script(bed,
	    "INSERT INTO invitations (id, organization_id, email, email_key,"
	    " role, delivery, digest, created_at, modified_at, sent_at,"
	    " expires_at, life, invited_by) SELECT " NUMBERED ", '" ORGANIZATION
	    "', '', '', 'user', 'link', UNHEX(SHA2(" NUMBERED
	    ", 256)), NOW(3), NOW(3), NOW(3), NOW(3), 1, '%s' FROM " SEQ,
	    id, id, id);
	script(bed,
	    "INSERT INTO security_events (id, at, user_id, action, request_id)"
	    " SELECT " NUMBERED ", UTC_TIMESTAMP(3), '%s', 'test', 'test'"
	    " FROM " SEQ,
	    id, id);
	script(bed,
	    "INSERT INTO api_keys (id, digest, user_id, organization_id,"
	    " created_at) SELECT " NUMBERED ", UNHEX(SHA2(" NUMBERED
	    ", 256)), '%s', '" ORGANIZATION "', UTC_TIMESTAMP(3) FROM " SEQ,
	    id, id, id);
}

static void no_step_removes_many_rows(void **state)
{
	struct bed *bed = *state;
	const struct erase erase = { .user_id = bed->user_id,
		.fault = &bed->fault };
	int64_t before, after;
	int steps = 0;
	bool is_done = false;

	fill(bed);
	before = rows_left(bed);
	assert_in_range(before, 4 * MANY, INT64_MAX);
	while (!is_done) {
		begin_request(bed);
		assert_int_equal(
		    erase_step(&bed->st, &erase, &is_done), ERR_NONE);
		after = rows_left(bed);
		assert_in_range(before - after, 0, MOST);
		before = after;
		assert_in_range(++steps, 1, 100);
	}
	assert_int_equal(after, 0);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM users"
			     " WHERE id = '%s' AND erased_at IS NOT NULL"
			     " AND email = '" ERASED_NAME "'",
			     bed->user_id),
	    1);
	/* a step more changes nothing */
	begin_request(bed);
	assert_int_equal(erase_step(&bed->st, &erase, &is_done), ERR_NONE);
	assert_true(is_done);
	script(bed, "DELETE FROM organizations WHERE id = '" ORGANIZATION "'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(no_step_removes_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
