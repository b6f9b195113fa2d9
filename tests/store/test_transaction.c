#include "rivals.h"

#include "store/audit.h"
#include "store/statement.h"

/* Two rows of login_failures by one name: a transaction writes both or none. */
static const struct statement first = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (REPEAT('1', 32), ?, 1, UTC_TIMESTAMP(3))",
	.values = 1,
};

static const struct statement second = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (REPEAT('2', 32), ?, 1, UTC_TIMESTAMP(3))",
	.values = 1,
};

static const struct statement change = {
	.text = "UPDATE login_failures SET failures = failures + 1"
		" WHERE login_digest = REPEAT('1', 32) AND address = ?",
	.values = 1,
};

static enum err run(
    struct store *st, const struct statement *statement, const char *name)
{
	struct db_value value = db_text(name);

	return store_run(st, statement, &value, NULL);
}

static int64_t rows(struct bed *bed)
{
	return number(bed, "SELECT COUNT(*) AS value FROM login_failures");
}

/* What a body does between its two statements, and how often it was run. */
struct work {
	struct bed *bed;
	int calls;
	int kills;      /* the connection, in the first so many calls */
	enum err early; /* what it answers instead of the second, or none */
};

static enum err write_both(struct store *st, void *context)
{
	struct work *work = context;
	enum err err = run(st, &first, "row");

	work->calls++;
	if (err)
		return err;
	if (work->calls <= work->kills)
		kill_connection(work->bed);
	if (work->early)
		return work->early;
	return run(st, &second, "row");
}

/* --- committed or not at all ---------------------------------------------- */

static void a_body_is_committed_as_a_whole(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed };

	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_NONE);
	assert_int_equal(work.calls, 1);
	assert_int_equal(rows(bed), 2);
}

static void an_error_of_the_body_rolls_back_and_is_answered(void **state)
{
	static const enum err errors[] = { ERR_LIMIT, ERR_NAME_IN_USE,
		ERR_DUPLICATE, ERR_REFERENCE, ERR_INTERNAL, ERR_UNAVAILABLE,
		ERR_BUSY, ERR_NO_RESOURCE };
	struct bed *bed = *state;

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		struct work work = { .bed = bed, .early = errors[i] };

		assert_int_equal(
		    store_transact(&bed->st, write_both, &work), errors[i]);
		assert_int_equal(work.calls, 1);
		assert_int_equal(rows(bed), 0);
	}
}

static void what_a_rollback_left_is_not_committed_by_the_next(void **state)
{
	struct bed *bed = *state;
	struct work failing = { .bed = bed, .early = ERR_LIMIT };
	struct work work = { .bed = bed };

	assert_int_equal(
	    store_transact(&bed->st, write_both, &failing), ERR_LIMIT);
	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void a_statement_that_fails_takes_those_before_it_along(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed };

	assert_int_equal(run(&bed->st, &second, "row"), ERR_NONE);
	assert_int_equal(
	    store_transact(&bed->st, write_both, &work), ERR_DUPLICATE);
	assert_int_equal(rows(bed), 1);
}

static void others_see_nothing_before_the_commit(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(run(&bed->st, &first, "row"), ERR_NONE);
	assert_int_equal(rows(bed), 0);
	assert_int_equal(db_commit(bed->db), ERR_NONE);
	assert_int_equal(rows(bed), 1);
}

/* --- conflicts ------------------------------------------------------------ */

static void a_conflict_runs_the_body_again_a_few_times(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed, .early = ERR_CONFLICT };

	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_BUSY);
	assert_in_range(work.calls, 2, 10);
	assert_int_equal(rows(bed), 0);
}

static void a_row_that_is_locked_too_long_is_busy(void **state)
{
	struct bed *bed = *state;
	int64_t begun;

	assert_int_equal(run(&bed->st, &first, "row"), ERR_NONE);
	assert_int_equal(db_begin(bed->eye), ERR_NONE);
	script(bed, "UPDATE login_failures SET failures = 50");
	begin_request(bed);
	begun = clock_tick();
	assert_int_equal(run(&bed->st, &change, "row"), ERR_BUSY);
	assert_true(clock_tick() - begun < DEADLINE * INT64_C(1000000));
	db_rollback(bed->eye);
	begin_request(bed);
	assert_int_equal(run(&bed->st, &change, "row"), ERR_NONE);
	assert_int_equal(
	    number(bed, "SELECT failures AS value FROM login_failures"), 2);
}

static void a_lock_awaited_in_vain_undoes_the_whole_transaction(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(run(&bed->st, &first, "held"), ERR_NONE);
	assert_int_equal(db_begin(bed->eye), ERR_NONE);
	script(bed, "UPDATE login_failures SET failures = 50");
	begin_request(bed);
	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(run(&bed->st, &second, "new"), ERR_NONE);
	assert_int_equal(run(&bed->st, &change, "held"), ERR_BUSY);
	db_rollback(bed->db);
	db_rollback(bed->eye);
	begin_request(bed);
	assert_int_equal(rows(bed), 1);
}

/* Two that lock two rows in opposite order; they meet at a barrier once. */
static enum err lock_both(struct store *st, void *context)
{
	struct rival *rival = context;
	enum err err = run(st, &change, rival->mine);

	if (rival->calls++ == 0)
		pthread_barrier_wait(rival->barrier);
	return err ? err : run(st, &change, rival->other);
}

static void *compete(void *context)
{
	struct rival *rival = context;

	rival->result = store_transact(&rival->st, lock_both, rival);
	return NULL;
}

static void of_two_in_a_deadlock_one_is_run_again(void **state)
{
	struct bed *bed = *state;
	struct rival rivals[2] = { { .mine = "a", .other = "b" },
		{ .mine = "b", .other = "a" } };

	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
	assert_int_equal(run(&bed->st, &first, "b"), ERR_NONE);
	rivals_meet(bed, rivals, compete);
	assert_int_equal(rivals[0].result, ERR_NONE);
	assert_int_equal(rivals[1].result, ERR_NONE);
	assert_true(rivals[0].calls + rivals[1].calls >= 3);
	begin_request(bed);
	assert_int_equal(
	    number(bed, "SELECT SUM(failures) AS value FROM login_failures"),
	    2 + 4);
}

/* --- lost connections ----------------------------------------------------- */

static void a_connection_lost_on_the_way_runs_the_whole_again(void **state)
{
	struct bed *bed = *state;

	for (int kills = 1; kills <= 3; kills++) {
		struct work work = { .bed = bed, .kills = kills };

		script(bed, "DELETE FROM login_failures");
		begin_request(bed);
		assert_int_equal(
		    store_transact(&bed->st, write_both, &work), ERR_NONE);
		assert_int_equal(work.calls, kills + 1);
		assert_int_equal(rows(bed), 2);
	}
}

static void a_connection_lost_every_time_is_unavailable(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed, .kills = 100 };

	assert_int_equal(
	    store_transact(&bed->st, write_both, &work), ERR_UNAVAILABLE);
	assert_in_range(work.calls, 2, 10);
	assert_int_equal(rows(bed), 0);
	/* and the store is as good as before */
	work = (struct work){ .bed = bed };
	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_NONE);
	assert_int_equal(rows(bed), 2);
}

static void the_rest_of_a_lost_transaction_does_not_run_alone(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
	kill_connection(bed);
	assert_int_equal(run(&bed->st, &second, "a"), ERR_LOST);
	assert_int_equal(run(&bed->st, &second, "b"), ERR_LOST);
	assert_int_equal(run(&bed->st, &second, "c"), ERR_LOST);
	assert_int_equal(rows(bed), 0);
	db_rollback(bed->db);
	assert_int_equal(run(&bed->st, &second, "d"), ERR_NONE);
	assert_int_equal(rows(bed), 1);
}

static void a_transaction_known_to_be_lost_is_not_committed(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
	kill_connection(bed);
	assert_int_equal(run(&bed->st, &second, "a"), ERR_LOST);
	assert_int_equal(db_commit(bed->db), ERR_LOST);
	db_rollback(bed->db);
	assert_int_equal(rows(bed), 0);
}

static void a_commit_that_is_cut_has_an_unknown_outcome(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed };

	assert_int_equal(db_begin(bed->db), ERR_NONE);
	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
	kill_connection(bed);
	assert_int_equal(db_commit(bed->db), ERR_OUTCOME_UNKNOWN);
	db_rollback(bed->db);
	assert_int_equal(rows(bed), 0);
	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_NONE);
}

/* The connection is cut when the work is done and only COMMIT is left. */
static enum err write_and_lose(struct store *st, void *context)
{
	struct work *work = context;
	const struct audit_entry entry = {
		.user_id = work->bed->user_id,
		.action = "test",
		.resource_kind = "Test",
		.resource_id = work->bed->user_id,
		.detail = "",
	};
	enum err err;

	work->calls++;
	if ((err = run(st, &first, "row")) || (err = audit_insert(st, &entry)))
		return err;
	if (work->calls <= work->kills)
		kill_connection(work->bed);
	return ERR_NONE;
}

static int64_t audit_rows(struct bed *bed)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM audit_events"
	    " WHERE user_id = '%s' AND action = 'test'",
	    bed->user_id);
}

static void a_commit_that_is_cut_each_time_has_an_unknown_outcome(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed, .kills = 100 };

	assert_int_equal(store_transact(&bed->st, write_and_lose, &work),
	    ERR_OUTCOME_UNKNOWN);
	assert_in_range(work.calls, 2, 10);
	assert_int_equal(rows(bed), 0);
	assert_int_equal(audit_rows(bed), 0);
}

static void what_was_not_committed_when_it_was_cut_is_done_again(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed, .kills = 1 };

	assert_int_equal(
	    store_transact(&bed->st, write_and_lose, &work), ERR_NONE);
	assert_int_equal(work.calls, 2);
	assert_int_equal(rows(bed), 1);
	assert_int_equal(audit_rows(bed), 1);
}

/* As if the server had committed and the connection then been cut. */
static enum err commit_and_lose(struct store *st, void *context)
{
	struct work *work = context;

	if (work->calls == 0) {
		script(work->bed,
		    "INSERT INTO login_failures (login_digest, address,"
		    " failures, last_at) VALUES (REPEAT('1', 32), 'row', 1,"
		    " UTC_TIMESTAMP(3)); INSERT INTO audit_events (id, at,"
		    " user_id, action, resource_kind, resource_id, request_id)"
		    " VALUES ('%s', UTC_TIMESTAMP(3), '%s', 'test', 'Test',"
		    " '%s', 'test')",
		    audit_id(st), work->bed->user_id, work->bed->user_id);
		work->calls++;
		kill_connection(work->bed);
		return ERR_NONE;
	}
	return write_and_lose(st, context);
}

static void what_was_committed_when_it_was_cut_is_not_done_again(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed };

	assert_int_equal(
	    store_transact(&bed->st, commit_and_lose, &work), ERR_NONE);
	assert_int_equal(work.calls, 2);
	assert_int_equal(rows(bed), 1);
	assert_int_equal(audit_rows(bed), 1);
}

static enum err refuse(struct store *st, void *context)
{
	struct work *work = context;

	if (work->calls > 0)
		return ERR_LIMIT;
	return write_and_lose(st, context);
}

static void what_is_refused_after_a_cut_is_refused(void **state)
{
	struct bed *bed = *state;
	struct work work = { .bed = bed, .kills = 1 };

	assert_int_equal(store_transact(&bed->st, refuse, &work), ERR_LIMIT);
	assert_int_equal(audit_rows(bed), 0);
}

/* More rows than fit between the server and here. */
static void a_list_that_is_cut_is_not_taken_for_its_end(void **state)
{
	struct bed *bed = *state;
	int64_t id = number_on(bed->db, "SELECT CONNECTION_ID() AS value");
	struct db_query many = {
		.text = "SELECT 1 AS value FROM information_schema.columns a,"
			" information_schema.columns b"
	};
	struct statement_number row;
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };
	bool more;
	enum err err;

	assert_int_equal(db_select(bed->db, &many, &target), ERR_NONE);
	assert_int_equal(db_next(bed->db, &more), ERR_NONE);
	assert_true(more);
	kill_thread(bed, id);
	while (!(err = db_next(bed->db, &more)) && more)
		continue;
	assert_int_equal(err, ERR_UNAVAILABLE);
	begin_request(bed);
	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
}

/* --- the deadline --------------------------------------------------------- */

static void no_statement_begins_in_the_second_half_of_the_time(void **state)
{
	struct bed *bed = *state;
	struct db_settings hasty = bed->config.db;
	struct timespec pause = { 0, 600000000 };
	struct work work = { .bed = bed };
	struct store_change alone = { .statement = &first };

	hasty.deadline = 1;
	bed->st.db = db_open(&hasty);
	assert_int_equal(run(&bed->st, &first, "in time"), ERR_NONE);
	assert_int_equal(nanosleep(&pause, NULL), 0);
	assert_int_equal(run(&bed->st, &first, "late"), ERR_BUSY);
	assert_int_equal(store_transact(&bed->st, write_both, &work), ERR_BUSY);
	assert_int_equal(work.calls, 0);
	assert_int_equal(store_run_together(&bed->st, &alone, 1), ERR_BUSY);
	db_begin_request(bed->st.db);
	assert_int_equal(run(&bed->st, &first, "next request"), ERR_NONE);
	db_close(bed->st.db);
	bed->st.db = bed->db;
	assert_int_equal(rows(bed), 2);
}

/* A SLEEP that MySQL interrupts is no error but the value 1. */
static void a_statement_that_lasts_too_long_is_busy(void **state)
{
	static const struct statement slow = {
		.text = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
			" SELECT i + 1 FROM n WHERE i < 900)"
			" SELECT SUM(a.i * b.i * c.i * d.i) AS value"
			" FROM n a, n b, n c, n d",
		.tables = { &statement_number_table },
	};
	struct bed *bed = *state;
	struct statement_number row;
	bool found;
	int64_t begun = clock_tick();
	enum err err = store_find(&bed->st, &slow, NULL, &row, &found);

	/* whoever notices first, the server or this side */
	assert_true(err == ERR_BUSY || err == ERR_UNAVAILABLE);
	assert_true(clock_tick() - begun < DEADLINE * INT64_C(1000000));
	begin_request(bed);
	assert_int_equal(run(&bed->st, &first, "a"), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_body_is_committed_as_a_whole),
		IN_BED(an_error_of_the_body_rolls_back_and_is_answered),
		IN_BED(what_a_rollback_left_is_not_committed_by_the_next),
		IN_BED(a_statement_that_fails_takes_those_before_it_along),
		IN_BED(others_see_nothing_before_the_commit),
		IN_BED(a_conflict_runs_the_body_again_a_few_times),
		IN_BED(a_row_that_is_locked_too_long_is_busy),
		IN_BED(a_lock_awaited_in_vain_undoes_the_whole_transaction),
		IN_BED(of_two_in_a_deadlock_one_is_run_again),
		IN_BED(a_connection_lost_on_the_way_runs_the_whole_again),
		IN_BED(a_connection_lost_every_time_is_unavailable),
		IN_BED(the_rest_of_a_lost_transaction_does_not_run_alone),
		IN_BED(a_transaction_known_to_be_lost_is_not_committed),
		IN_BED(a_commit_that_is_cut_has_an_unknown_outcome),
		IN_BED(a_commit_that_is_cut_each_time_has_an_unknown_outcome),
		IN_BED(what_was_not_committed_when_it_was_cut_is_done_again),
		IN_BED(what_was_committed_when_it_was_cut_is_not_done_again),
		IN_BED(what_is_refused_after_a_cut_is_refused),
		IN_BED(a_list_that_is_cut_is_not_taken_for_its_end),
		IN_BED(no_statement_begins_in_the_second_half_of_the_time),
		IN_BED(a_statement_that_lasts_too_long_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
