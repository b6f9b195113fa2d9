#include "unit.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>

#include "edge/password.h"

static void a_password_belongs_to_its_hash_only(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("correct horse", hash));
	assert_memory_equal(hash, "$y$", 3);
	assert_int_equal(password_check("correct horse", hash), PASSWORD_RIGHT);
	assert_int_equal(password_check("correct horsf", hash), PASSWORD_WRONG);
	assert_int_equal(password_check("Correct horse", hash), PASSWORD_WRONG);
	assert_int_equal(
	    password_check("correct horse ", hash), PASSWORD_WRONG);
	assert_int_equal(password_check("correct hors", hash), PASSWORD_WRONG);
	assert_int_equal(password_check("", hash), PASSWORD_WRONG);
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
	assert_int_equal(password_check(text, hash), PASSWORD_RIGHT);
	text[PASSWORD_MAX - 1] = 'b';
	assert_int_equal(password_check(text, hash), PASSWORD_WRONG);
	text[PASSWORD_MAX - 1] = '\0';
	assert_int_equal(password_check(text, hash), PASSWORD_WRONG);
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
	assert_int_equal(password_check(text, hash), PASSWORD_WRONG);
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
		assert_int_equal(
		    password_check("secret", hashes[i]), PASSWORD_WRONG);
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
	assert_int_equal(password_check("secret", hash), PASSWORD_WRONG);
	hash[last] = '\0';
	assert_int_equal(password_check("secret", hash), PASSWORD_WRONG);
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

		assert_int_equal(password_check("wrong", hash), PASSWORD_WRONG);
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

static void too_little_memory_is_no_wrong_password(void **state)
{
	enum password_check known, unknown;
	char hash[PASSWORD_HASH_SIZE];
	struct rlimit before;

	(void)state;
	assert_true(password_hash("secret", hash));
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(
	    setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 20, before.rlim_max }),
	    0);
	known = password_check("secret", hash);
	unknown = password_check("secret", NULL);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(known, PASSWORD_UNCHECKED);
	assert_int_equal(unknown, PASSWORD_UNCHECKED);
	assert_int_equal(password_check("secret", hash), PASSWORD_RIGHT);
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
		cmocka_unit_test(too_little_memory_is_no_wrong_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
