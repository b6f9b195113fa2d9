/*
 * Several statements of a transaction that are sent together: what comes behind
 * one that fails, or that changes nothing, is sent all the same and must do
 * nothing.
 */
#include "rivals.h"

#include "store/plan.h"
#include "store/statement.h"

static const struct statement add = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (REPEAT('1', 32), ?, 1, UTC_TIMESTAMP(3))",
	.values = 1,
};

static const struct statement raise_it = {
	.text = "UPDATE login_failures SET failures = failures + 1"
		" WHERE login_digest = REPEAT('1', 32) AND address = ?",
	.values = 1,
};

static const struct statement add_behind = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) SELECT REPEAT('1', 32), ?, 1, UTC_TIMESTAMP(3)"
		" FROM DUAL WHERE " IF_CHANGED,
	.values = 1,
};

static const struct statement raise_behind = {
	.text = "UPDATE login_failures SET failures = failures + 1"
		" WHERE login_digest = REPEAT('1', 32) AND address = ?"
		" AND " IF_CHANGED,
	.values = 1,
};

static int64_t rows(struct bed *bed)
{
	return number(bed, "SELECT COUNT(*) AS value FROM login_failures");
}

/* One statement by name, then a second and a third behind it. */
struct three {
	struct db_value values[3];
	struct store_change changes[3];
};

static struct three *three(struct three *t, const struct statement *first,
    const char *one, const char *two, const char *three_)
{
	const char *const names[] = { one, two, three_ };

	for (size_t i = 0; i < 3; i++) {
		t->values[i] = db_text(names[i]);
		t->changes[i] = (struct store_change){
			.statement = i == 0 ? first : &add_behind,
			.values = &t->values[i],
			.affected = 9,
		};
	}
	return t;
}

static enum err send(struct bed *bed, struct three *t)
{
	return store_run_together(&bed->st, t->changes, 3);
}

static void all_are_done_in_one_round_trip(void **state)
{
	struct bed *bed = *state;
	struct three t;
	unsigned before;

	three(&t, &add, "a", "b", "c");
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	before = db_query_count(bed->db);
	assert_int_equal(send(bed, &t), ERR_NONE);
	assert_int_equal(db_query_count(bed->db) - before, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t.changes[i].affected, 1);
		assert_int_equal(t.changes[i].err, ERR_NONE);
	}
	assert_int_equal(rows(bed), 0);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 3);
}

static void behind_one_that_changes_nothing_nothing_is_done(void **state)
{
	struct bed *bed = *state;
	struct three t;

	three(&t, &raise_it, "not there", "b", "c");
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(send(bed, &t), ERR_NONE);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(t.changes[i].affected, 0);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 0);
}

static void the_first_error_is_told_and_nothing_done_behind_it(void **state)
{
	struct bed *bed = *state;
	struct three t;

	three(&t, &add, "a", "a", "c");
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(send(bed, &t), ERR_DUPLICATE);
	assert_int_equal(t.changes[0].err, ERR_NONE);
	assert_int_equal(t.changes[0].affected, 1);
	assert_int_equal(t.changes[1].err, ERR_DUPLICATE);
	assert_int_equal(t.changes[2].err, ERR_NONE);
	assert_int_equal(t.changes[2].affected, 0);
	/* the transaction goes on, as after any statement that is refused */
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 1);
}

static void the_connection_goes_on_behind_an_error(void **state)
{
	struct bed *bed = *state;
	struct three t;

	for (int i = 0; i < 3; i++) {
		begin_request(bed);
		assert_int_equal(db_begin(bed->db), ERR_NONE);
		assert_int_equal(
		    send(bed, three(&t, &add, "a", "a", "c")), ERR_DUPLICATE);
		db_rollback(bed->db);
		assert_int_equal(rows(bed), 0);
	}
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(send(bed, three(&t, &add, "a", "b", "c")), ERR_NONE);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 3);
}

static void a_dead_connection_has_done_nothing(void **state)
{
	struct bed *bed = *state;
	struct three t;

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	kill_connection(bed);
	assert_int_equal(send(bed, three(&t, &add, "a", "b", "c")), ERR_LOST);
	assert_int_equal(send(bed, &t), ERR_LOST);
	db_rollback(bed->db);
	assert_int_equal(rows(bed), 0);
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(send(bed, &t), ERR_NONE);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 3);
}

static void more_than_there_is_room_for_is_a_defect(void **state)
{
	struct bed *bed = *state;
	struct store_change many[DB_TOGETHER_MAX + 1] = { { .affected = 0 } };

	assert_int_equal(
	    store_run_together(&bed->st, many, COUNT_OF(many)), ERR_INTERNAL);
}

/* --- the last step of a plan, with its audit row -------------------------- */

static const struct statement touch = {
	.text = "UPDATE organizations SET version = version + 1 WHERE id = ?"
		" AND version = 1",
	IN(CALLER(organization_id)),
};

static const struct plan touching = {
	STEPS({ &touch, ERR_STALE, ERR_NONE }),
	.action = "organization.rename",
	.kind = "Organization",
	.subject = CALLER(organization_id),
	.detail = CALLER(organization_id),
};

static int64_t events(struct bed *bed, const char *id)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM audit_events"
	    " WHERE organization_id = '%s'",
	    id);
}

/* What was not run is not told as a row that has changed meanwhile. */
static void a_plan_that_was_cut_off_is_not_stale(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;
	const struct given given = { .caller = &bed->asker.caller };

	make_organization(bed, &creation, name_of(bed, "Cut"));
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	kill_connection(bed);
	assert_int_equal(plan_run(&bed->st, &touching, &given), ERR_LOST);
	db_rollback(bed->db);
	assert_int_equal(events(bed, id), 1);
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(plan_run(&bed->st, &touching, &given), ERR_NONE);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(events(bed, id), 2);
	/* the version is another one now */
	begin_request(bed);
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(plan_run(&bed->st, &touching, &given), ERR_STALE);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(events(bed, id), 2);
}

/* --- a deadlock ----------------------------------------------------------- */

/* Two that lock two rows in opposite order, and add one behind. */
static enum err lock_and_add(struct rival *rival)
{
	struct db_value mine = db_text(rival->mine);
	struct db_value other = db_text(rival->other);
	struct db_value added = db_text(rival->added);
	struct store_change changes[3] = { { .statement = &raise_it,
					       .values = &other },
		{ .statement = &add_behind, .values = &added },
		{ .statement = &raise_behind, .values = &added } };
	enum err err;

	if ((err = db_begin(rival->st.db)) ||
	    (err = store_run(&rival->st, &raise_it, &mine, NULL)))
		return err;
	pthread_barrier_wait(rival->barrier);
	return store_run_together(&rival->st, changes, 3);
}

static void *compete(void *context)
{
	struct rival *rival = context;

	rival->result = lock_and_add(rival);
	if (rival->result == ERR_NONE)
		rival->result = db_commit(rival->st.db);
	return NULL;
}

/* The error has ended its transaction: what follows stands alone. */
static void behind_a_deadlock_nothing_is_done(void **state)
{
	struct bed *bed = *state;
	struct rival rivals[2] = { { .mine = "a", .other = "b", .added = "c" },
		{ .mine = "b", .other = "a", .added = "d" } };
	struct three t;

	assert_int_equal(send(bed, three(&t, &add, "a", "b", "e")), ERR_NONE);
	rivals_meet(bed, rivals, compete);
	assert_int_equal(rivals[0].result + rivals[1].result, ERR_CONFLICT);
	/* the winner's alone, before the other rolls back */
	begin_request(bed);
	assert_int_equal(rows(bed), 4);
	db_rollback(bed->db);
	db_rollback(bed->eye);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(all_are_done_in_one_round_trip),
		IN_BED(behind_one_that_changes_nothing_nothing_is_done),
		IN_BED(the_first_error_is_told_and_nothing_done_behind_it),
		IN_BED(the_connection_goes_on_behind_an_error),
		IN_BED(a_dead_connection_has_done_nothing),
		IN_BED(more_than_there_is_room_for_is_a_defect),
		IN_BED(a_plan_that_was_cut_off_is_not_stale),
		IN_BED(behind_a_deadlock_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
