#include "store.h"

#include "store/ended.h"
#include "store/purge.h"

enum { EVERY = 16 /* one look in so many */ };

#define ULID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

static bool has_old_key(struct bed *bed)
{
	return number(bed,
		   "SELECT COUNT(*) AS value FROM api_keys WHERE id = '%s'",
		   ULID) == 1;
}

/* A look of a process that has not looked for some time. */
static void look(struct bed *bed, int64_t rest)
{
	begin_request(bed);
	bed->st.now -= bed->st.now % EVERY - rest;
	bed->st.purge_from = 0;
	purge_after_write(&bed->st);
}

static void now_and_then_a_write_removes_what_has_ended(void **state)
{
	struct bed *bed = *state;

	script(bed,
	    "INSERT INTO api_keys (id, digest, user_id, created_at, expires_at)"
	    " VALUES ('%s', REPEAT('e', 32), '%s', UTC_TIMESTAMP(3),"
	    " UTC_TIMESTAMP(3) - INTERVAL 91 DAY)",
	    ULID, bed->user_id);
	look(bed, 1);
	assert_true(has_old_key(bed));
	look(bed, 0);
	assert_false(has_old_key(bed));
}

static void there_is_an_end_to_it(void **state)
{
	struct bed *bed = *state;
	uint64_t removed = 0;

	do {
		removed = 0;
		begin_request(bed);
		assert_int_equal(ended_slice(&bed->st, &removed), ERR_NONE);
	} while (removed > 0);
}

static int64_t organizations(struct bed *bed)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM organizations WHERE id = '%s'",
	    ULID);
}

/* It was found before it was restored, and waited for the lock. */
static void what_is_not_deleted_any_more_is_not_purged(void **state)
{
	struct bed *bed = *state;
	bool is_done = false;

	script(bed,
	    "INSERT INTO organizations (id, name, display_name, name_key,"
	    " created_at, modified_at) VALUES ('%s', 'restored', 'Restored',"
	    " 'restored', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
	    ULID);
	for (int is_early = 0; is_early < 2; is_early++) {
		begin_request(bed);
		(void)purge_slice(&bed->st, ULID, is_early == 1, &is_done);
		assert_true(is_done);
		assert_int_equal(organizations(bed), 1);
	}
	script(bed, "DELETE FROM organizations WHERE id = '%s'", ULID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(now_and_then_a_write_removes_what_has_ended),
		IN_BED(there_is_an_end_to_it),
		IN_BED(what_is_not_deleted_any_more_is_not_purged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
