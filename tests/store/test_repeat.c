#include "store.h"

#include "edge/seal.h"
#include "store/audit.h"
#include "store/repeat.h"

#define ULID_ONE "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define ULID_TWO "01ARZ3NDEKTSV4RRFFQ69G5FAW"

/* A row of login_failures that a write leaves. */
static const struct statement mark = {
	.text = "INSERT INTO login_failures (login_digest, address, failures,"
		" last_at) VALUES (REPEAT('1', 32), ?, 1, UTC_TIMESTAMP(3))",
	.values = 1,
};

/* A write with a key, and what becomes of it. */
struct work {
	struct bed *bed;
	struct repeat repeat;
	struct repeat_answer answer;
	const char *mark; /* that the write leaves */
	int calls, told;
	int kills;      /* the connection, in the first so many calls */
	enum err early; /* what the write answers, or none */
	enum err late;  /* what telling the answer answers, or none */
};

static enum err tell(void *context, struct repeat_answer *out)
{
	struct work *work = context;

	work->told++;
	*out = work->answer;
	return work->late;
}

static struct work work_of(struct bed *bed, char key, char request)
{
	struct work work = { .bed = bed, .mark = "a" };

	memset(work.repeat.digest, key, sizeof(work.repeat.digest));
	memcpy(work.repeat.digest, bed->user_id, ULID_SIZE - 1);
	memcpy(work.repeat.owner_id, bed->user_id, ULID_SIZE);
	memset(
	    work.repeat.fingerprint, request, sizeof(work.repeat.fingerprint));
	work.answer = (struct repeat_answer){ 201, ULID_ONE, ULID_TWO, "seal" };
	return work;
}

static enum err write_mark(struct store *st, void *context)
{
	struct work *work = context;
	struct db_value value = db_text(work->mark);
	const struct audit_entry entry = {
		.user_id = work->bed->user_id,
		.action = "test",
		.resource_kind = "Test",
		.resource_id = work->bed->user_id,
		.detail = "",
	};
	enum err err;

	work->calls++;
	if ((err = store_run(st, &mark, &value, NULL)) ||
	    (err = audit_insert(st, &entry)))
		return err;
	if (work->calls <= work->kills)
		kill_connection(work->bed);
	return work->early;
}

static enum err write_once(struct work *work)
{
	struct store *st = &work->bed->st;
	enum err err;

	if (work->repeat.tell == NULL)
		work->repeat.tell = tell;
	work->repeat.context = work;
	st->repeat = &work->repeat;
	err = store_transact(st, write_mark, work);
	st->repeat = NULL;
	return err;
}

static int64_t marks(struct bed *bed)
{
	return number(bed, "SELECT COUNT(*) AS value FROM login_failures");
}

static int64_t keys(struct bed *bed)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM idempotency_keys"
	    " WHERE LEFT(digest, 26) = '%s'",
	    bed->user_id);
}

static const struct repeat_answer *find(struct work *work, enum err expected)
{
	const struct repeat_answer *answer;

	assert_int_equal(
	    repeat_find(&work->bed->st, &work->repeat, &answer), expected);
	return answer;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	db_rollback(bed->eye);
	begin_request(bed);
	script(bed,
	    "DELETE FROM idempotency_keys WHERE LEFT(digest, 26) = '%s'",
	    bed->user_id);
	return bed_teardown(state);
}

static void an_answer_is_kept_with_the_write(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');
	const struct repeat_answer *answer;

	assert_null(find(&work, ERR_NONE));
	assert_int_equal(write_once(&work), ERR_NONE);
	assert_int_equal(marks(bed), 1);
	answer = find(&work, ERR_NONE);
	assert_non_null(answer);
	assert_int_equal(answer->status, 201);
	assert_string_equal(answer->id, ULID_ONE);
	assert_string_equal(answer->beside_id, ULID_TWO);
	assert_string_equal(answer->sealed, "seal");
}

static void an_answer_without_body_is_kept(void **state)
{
	struct work work = work_of(*state, 'k', 'r');
	const struct repeat_answer *answer;

	work.answer = (struct repeat_answer){ .status = 204 };
	assert_int_equal(write_once(&work), ERR_NONE);
	answer = find(&work, ERR_NONE);
	assert_non_null(answer);
	assert_int_equal(answer->status, 204);
	assert_string_equal(answer->id, "");
	assert_string_equal(answer->sealed, "");
}

static void the_longest_secret_is_kept_whole(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');
	char secret[SEAL_TEXT_MAX + 1];
	const struct repeat_answer *answer;

	memset(secret, 'x', SEAL_TEXT_MAX);
	secret[SEAL_TEXT_MAX] = '\0';
	work.answer.sealed = seal_close(&bed->mem, "key", "one", secret);
	assert_int_equal(write_once(&work), ERR_NONE);
	answer = find(&work, ERR_NONE);
	assert_non_null(answer);
	assert_string_equal(
	    seal_open(&bed->mem, "key", "one", answer->sealed), secret);
}

static void an_answer_that_is_promised_is_kept(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	bed->st.repeat = &work.repeat;
	repeat_promise(&bed->st, (struct repeat_answer){ .status = 204 });
	assert_int_equal(store_transact(&bed->st, write_mark, &work), ERR_NONE);
	bed->st.repeat = NULL;
	assert_int_equal(find(&work, ERR_NONE)->status, 204);
}

static void no_more_are_kept_than_may_be(void **state)
{
	struct bed *bed = *state;
	struct work first = work_of(bed, 'k', 'r');
	struct work second = work_of(bed, 'l', 'r');
	struct work others = work_of(bed, 'l', 'r');

	memcpy(others.repeat.owner_id, ULID_ONE, ULID_SIZE);
	assert_int_equal(write_once(&first), ERR_NONE);
	first.repeat.most = second.repeat.most = others.repeat.most = 1;
	assert_non_null(find(&first, ERR_NONE));
	assert_null(find(&second, ERR_TOO_MANY_KEYS));
	assert_null(find(&others, ERR_NONE));
	second.repeat.most = 2;
	assert_null(find(&second, ERR_NONE));
	second.repeat.most = 0;
	assert_null(find(&second, ERR_NONE));
}

static void a_second_write_with_the_key_is_not_made(void **state)
{
	struct bed *bed = *state;
	struct work first = work_of(bed, 'k', 'r');
	struct work second = work_of(bed, 'k', 'r');

	assert_int_equal(write_once(&first), ERR_NONE);
	second.mark = "b";
	assert_int_equal(write_once(&second), ERR_REPEATED);
	assert_int_equal(second.calls, 0);
	assert_int_equal(marks(bed), 1);
}

static void another_key_is_another_write(void **state)
{
	struct bed *bed = *state;
	struct work first = work_of(bed, 'k', 'r');
	struct work second = work_of(bed, 'l', 'r');

	assert_int_equal(write_once(&first), ERR_NONE);
	second.mark = "b";
	assert_int_equal(write_once(&second), ERR_NONE);
	assert_int_equal(marks(bed), 2);
}

static void another_request_with_the_key_is_noticed(void **state)
{
	struct work first = work_of(*state, 'k', 'r');
	struct work second = work_of(*state, 'k', 's');

	assert_int_equal(write_once(&first), ERR_NONE);
	assert_null(find(&second, ERR_KEY_REUSED));
	assert_int_equal(write_once(&second), ERR_REPEATED);
	assert_int_equal(second.calls, 0);
}

static void a_fingerprint_counts_to_its_last_byte(void **state)
{
	struct work first = work_of(*state, 'k', 'r');
	struct work second = work_of(*state, 'k', 'r');

	second.repeat.fingerprint[CRYPTO_SHA256_SIZE - 1] ^= 1;
	assert_int_equal(write_once(&first), ERR_NONE);
	assert_null(find(&second, ERR_KEY_REUSED));
}

static void a_write_that_fails_leaves_no_key(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	work.early = ERR_LIMIT;
	assert_int_equal(write_once(&work), ERR_LIMIT);
	assert_int_equal(work.told, 0);
	assert_int_equal(keys(bed), 0);
	work.early = ERR_NONE;
	work.late = ERR_INTERNAL;
	assert_int_equal(write_once(&work), ERR_INTERNAL);
	assert_int_equal(work.told, 1);
	assert_int_equal(keys(bed), 0);
	assert_int_equal(marks(bed), 0);
	work.late = ERR_NONE;
	assert_int_equal(write_once(&work), ERR_NONE);
	assert_int_equal(marks(bed), 1);
}

static void a_write_that_has_no_answer_to_tell_is_a_defect(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	bed->st.repeat = &work.repeat;
	assert_int_equal(
	    store_transact(&bed->st, write_mark, &work), ERR_INTERNAL);
	bed->st.repeat = NULL;
	assert_int_equal(keys(bed), 0);
	assert_int_equal(marks(bed), 0);
}

/* --- a day ---------------------------------------------------------------- */

static void age(struct bed *bed, int minutes)
{
	script(bed,
	    "UPDATE idempotency_keys SET created_at ="
	    " created_at - INTERVAL %d MINUTE WHERE LEFT(digest, 26) = '%s'",
	    minutes, bed->user_id);
}

static void a_key_of_yesterday_is_as_if_it_were_not_there(void **state)
{
	struct bed *bed = *state;
	struct work first = work_of(bed, 'k', 'r');
	struct work second = work_of(bed, 'k', 's');

	assert_int_equal(write_once(&first), ERR_NONE);
	age(bed, REPEAT_HOURS * 60 - 1);
	assert_non_null(find(&first, ERR_NONE));
	age(bed, 2);
	assert_null(find(&first, ERR_NONE));
	assert_null(find(&second, ERR_NONE));
	second.mark = "b";
	second.answer.status = 204;
	assert_int_equal(write_once(&second), ERR_NONE);
	assert_int_equal(find(&second, ERR_NONE)->status, 204);
	assert_int_equal(keys(bed), 1);
}

static void an_old_key_stays_where_the_new_write_fails(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	assert_int_equal(write_once(&work), ERR_NONE);
	age(bed, REPEAT_HOURS * 60 + 1);
	work.mark = "b";
	work.early = ERR_LIMIT;
	assert_int_equal(write_once(&work), ERR_LIMIT);
	assert_int_equal(keys(bed), 1);
	assert_null(find(&work, ERR_NONE));
}

static void a_purge_takes_old_keys_only(void **state)
{
	struct bed *bed = *state;
	struct work old = work_of(bed, 'k', 'r');
	struct work new = work_of(bed, 'l', 'r');

	assert_int_equal(write_once(&old), ERR_NONE);
	age(bed, REPEAT_HOURS * 60 + 1);
	new.mark = "b";
	assert_int_equal(write_once(&new), ERR_NONE);
	assert_int_equal(keys(bed), 2);
	assert_int_equal(repeat_purge(&bed->st), ERR_NONE);
	assert_int_equal(keys(bed), 1);
	assert_non_null(find(&new, ERR_NONE));
}

/* --- at once -------------------------------------------------------------- */

/* Another connection has the key of the work, and has not ended. */
static void hold_key(struct bed *bed)
{
	assert_int_equal(db_begin(bed->eye), ERR_NONE);
	script(bed,
	    "INSERT INTO idempotency_keys (digest, fingerprint, created_at)"
	    " VALUES (RPAD('%s', 32, 'k'), REPEAT('r', 32), UTC_TIMESTAMP(3))",
	    bed->user_id);
}

static int64_t lock_wait(struct bed *bed)
{
	return number_on(bed->db, "SELECT @@innodb_lock_wait_timeout AS value");
}

static void a_key_that_is_held_is_waited_for_two_seconds(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');
	int64_t usual = lock_wait(bed), begun;

	hold_key(bed);
	begin_request(bed);
	begun = clock_tick();
	assert_int_equal(write_once(&work), ERR_KEY_IN_USE);
	assert_in_range(clock_tick() - begun,
	    (REPEAT_WAIT_SECONDS - 1) * 1000000, DEADLINE * 1000000);
	assert_int_equal(work.calls, 0);
	assert_int_equal(lock_wait(bed), usual);
	db_rollback(bed->eye);
	begin_request(bed);
	assert_int_equal(write_once(&work), ERR_NONE);
	assert_int_equal(lock_wait(bed), usual);
	assert_int_equal(marks(bed), 1);
}

static void a_lock_within_the_write_is_no_key_in_use(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	assert_int_equal(db_begin(bed->eye), ERR_NONE);
	script(bed,
	    "INSERT INTO login_failures (login_digest, address, failures,"
	    " last_at) VALUES (REPEAT('1', 32), 'a', 1, UTC_TIMESTAMP(3))");
	begin_request(bed);
	assert_int_equal(write_once(&work), ERR_BUSY);
	assert_int_equal(work.calls, 1);
	db_rollback(bed->eye);
	assert_int_equal(keys(bed), 0);
}

/* --- lost connections ----------------------------------------------------- */

static void a_commit_that_is_cut_is_made_again_with_its_key(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	work.kills = 1;
	assert_int_equal(write_once(&work), ERR_NONE);
	assert_int_equal(work.calls, 2);
	assert_int_equal(marks(bed), 1);
	assert_non_null(find(&work, ERR_NONE));
}

/* As if the server had committed and the connection then been cut. */
static enum err commit_and_lose(void *context, struct repeat_answer *out)
{
	struct work *work = context;
	struct bed *bed = work->bed;

	(void)out;
	work->told++;
	kill_connection(bed);
	db_rollback(bed->db);
	script(bed,
	    "INSERT INTO idempotency_keys (digest, fingerprint, status,"
	    " created_at) VALUES (RPAD('%s', 32, 'k'), REPEAT('r', 32), 200,"
	    " UTC_TIMESTAMP(3)); INSERT INTO audit_events (id, at, user_id,"
	    " action, resource_kind, resource_id, request_id)"
	    " VALUES ('%s', UTC_TIMESTAMP(3), '%s', 'test', 'Test', '%s',"
	    " 'test')",
	    bed->user_id, audit_id(&bed->st), bed->user_id, bed->user_id);
	bed->st.write.is_unknown = true;
	return ERR_CONFLICT;
}

static void what_was_committed_when_it_was_cut_is_not_repeated(void **state)
{
	struct bed *bed = *state;
	struct work work = work_of(bed, 'k', 'r');

	work.repeat.tell = commit_and_lose;
	assert_int_equal(write_once(&work), ERR_NONE);
	assert_int_equal(work.calls, 1);
	assert_int_equal(work.told, 1);
	assert_int_equal(find(&work, ERR_NONE)->status, 200);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM audit_events"
			     " WHERE user_id = '%s' AND action = 'test'",
			     bed->user_id),
	    1);
}

#define KEYED(test_) cmocka_unit_test_setup_teardown(test_, bed_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYED(an_answer_is_kept_with_the_write),
		KEYED(an_answer_without_body_is_kept),
		KEYED(the_longest_secret_is_kept_whole),
		KEYED(an_answer_that_is_promised_is_kept),
		KEYED(no_more_are_kept_than_may_be),
		KEYED(a_second_write_with_the_key_is_not_made),
		KEYED(another_key_is_another_write),
		KEYED(another_request_with_the_key_is_noticed),
		KEYED(a_fingerprint_counts_to_its_last_byte),
		KEYED(a_write_that_fails_leaves_no_key),
		KEYED(a_write_that_has_no_answer_to_tell_is_a_defect),
		KEYED(a_key_of_yesterday_is_as_if_it_were_not_there),
		KEYED(an_old_key_stays_where_the_new_write_fails),
		KEYED(a_purge_takes_old_keys_only),
		KEYED(a_key_that_is_held_is_waited_for_two_seconds),
		KEYED(a_lock_within_the_write_is_no_key_in_use),
		KEYED(a_commit_that_is_cut_is_made_again_with_its_key),
		KEYED(what_was_committed_when_it_was_cut_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
