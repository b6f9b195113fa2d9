#include "unit.h"

#include <stdbool.h>
#include <time.h>

#include "edge/password.h"

static void a_password_belongs_to_its_hash_only(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("correct horse", hash));
	assert_memory_equal(hash, "$y$", 3);
	assert_true(password_verify("correct horse", hash));
	assert_false(password_verify("correct horsf", hash));
	assert_false(password_verify("Correct horse", hash));
	assert_false(password_verify("correct horse ", hash));
	assert_false(password_verify("correct hors", hash));
	assert_false(password_verify("", hash));
}

static void no_two_hashes_are_the_same(void **state)
{
	char one[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("secret", one));
	assert_true(password_hash("secret", other));
	assert_string_not_equal(one, other);
}

static void a_password_has_1_to_256_bytes(void **state)
{
	char hash[PASSWORD_HASH_SIZE], text[PASSWORD_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PASSWORD_MAX + 1] = '\0';
	assert_false(password_hash(text, hash));
	assert_false(password_hash("", hash));
	text[PASSWORD_MAX] = '\0';
	assert_true(password_hash(text, hash));
	assert_true(password_verify(text, hash));
	text[PASSWORD_MAX - 1] = 'b';
	assert_false(password_verify(text, hash));
	text[PASSWORD_MAX - 1] = '\0';
	assert_false(password_verify(text, hash));
}

static void a_password_too_long_is_not_cut(void **state)
{
	char hash[PASSWORD_HASH_SIZE], text[PASSWORD_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PASSWORD_MAX] = '\0';
	assert_true(password_hash(text, hash));
	text[PASSWORD_MAX] = 'a';
	text[PASSWORD_MAX + 1] = '\0';
	assert_false(password_verify(text, hash));
}

static void what_is_no_hash_belongs_to_no_password(void **state)
{
	static const char *const hashes[] = {
		NULL,
		"",
		"*",
		"!",
		"*0",
		"secret",
		"$y$",
		"$y$j9T$",
		"$y$j9T$0123456789ABCDEFGHIJK/$",
		"$9$x$y",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		assert_false(password_verify("secret", hashes[i]));
}

static void a_hash_with_its_end_changed_is_refused(void **state)
{
	char hash[PASSWORD_HASH_SIZE + 1];
	size_t last;

	(void)state;
	assert_true(password_hash("secret", hash));
	last = strlen(hash) - 1;
	hash[last + 1] = 'x';
	hash[last + 2] = '\0';
	assert_false(password_verify("secret", hash));
	hash[last] = '\0';
	assert_false(password_verify("secret", hash));
}

/* Of this thread alone: what else the machine does is not counted. */
static int64_t processor_time(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The least of several: caches and interrupts can only make it more. */
static int64_t work(const char *hash)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 9; i++) {
		int64_t start = processor_time(), taken;

		assert_false(password_verify("wrong", hash));
		taken = processor_time() - start;
		best = taken < best ? taken : best;
	}
	return best;
}

static void an_unknown_user_takes_the_same_work(void **state)
{
	char hash[PASSWORD_HASH_SIZE];
	int64_t known;

	(void)state;
	assert_true(password_hash("secret", hash));
	known = work(hash);
	assert_true(work(NULL) > known / 2);
	assert_true(work("") > known / 2);
	assert_true(work("*") > known / 2);
	assert_true(work(NULL) < known * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_belongs_to_its_hash_only),
		cmocka_unit_test(no_two_hashes_are_the_same),
		cmocka_unit_test(a_password_has_1_to_256_bytes),
		cmocka_unit_test(a_password_too_long_is_not_cut),
		cmocka_unit_test(what_is_no_hash_belongs_to_no_password),
		cmocka_unit_test(a_hash_with_its_end_changed_is_refused),
		cmocka_unit_test(an_unknown_user_takes_the_same_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
