#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/slots.h"

enum { WORKERS = 4 };

static int folder_setup(void **state)
{
	static char folder[] = "/tmp/tenantry-slots-XXXXXX";

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	*state = mkdtemp(folder);
	return *state == NULL ? -1 : 0;
}

static int folder_teardown(void **state)
{
	char path[64];

	strcpy(path, *state);
	strcat(path, "/hashing.lock");
	return unlink(path) == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static const struct slots_ask plain = { .workers = WORKERS };

static struct slots_ask guesser(unsigned address)
{
	return (struct slots_ask){ .workers = WORKERS,
		.wait = 10000,
		.is_guessing = true,
		.address = address };
}

/* What another process gets, locks of one process do not meet; 9: nothing. */
static int take_elsewhere(const char *folder, struct slots_ask ask)
{
	pid_t child = fork();
	struct slots taken;
	int status;

	if (child == 0)
		_exit(slots_take(slots_open(folder), &ask, &taken)
			? taken.hashing
			: 9);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void half_of_the_workers_hash_and_no_more(void **state)
{
	int file = slots_open(*state);
	struct slots one;

	assert_true(file >= 0);
	assert_true(slots_take(file, &plain, &one));
	assert_int_equal(one.hashing, 0);
	assert_int_equal(take_elsewhere(*state, plain), 1);
	slots_give(file, &one);
	assert_int_equal(take_elsewhere(*state, plain), 0);
	(void)close(file);
}

static void a_guesser_never_has_the_last_place(void **state)
{
	int file = slots_open(*state);
	struct slots taken;

	assert_true(slots_take(file, &plain, &taken));
	/* one of two is free, and nobody waits for the other: at once */
	assert_int_equal(take_elsewhere(*state, guesser(1)), 9);
	assert_int_equal(take_elsewhere(*state, plain), 1);
	slots_give(file, &taken);
	assert_int_equal(take_elsewhere(*state, guesser(1)), 0);
	(void)close(file);
}

static void an_address_that_guesses_has_one_place(void **state)
{
	int file = slots_open(*state);
	struct slots_ask ask = guesser(7);
	struct slots taken;

	ask.workers = 8;
	assert_true(slots_take(file, &ask, &taken));
	assert_int_equal(taken.hashing, 0);
	assert_int_equal(take_elsewhere(*state, ask), 9);
	ask.address = 8;
	assert_int_equal(take_elsewhere(*state, ask), 1);
	/* its place is free when the failure has been counted, not before */
	slots_give_hashing(file, &taken);
	ask.address = 7;
	assert_int_equal(take_elsewhere(*state, ask), 9);
	slots_give(file, &taken);
	assert_int_equal(take_elsewhere(*state, ask), 0);
	(void)close(file);
}

static void who_finds_no_place_leaves_none_behind(void **state)
{
	int file = slots_open(*state);
	struct slots_ask ask = guesser(7);
	struct slots taken;

	assert_true(slots_take(file, &plain, &taken));
	assert_int_equal(take_elsewhere(*state, ask), 9);
	slots_give(file, &taken);
	assert_int_equal(take_elsewhere(*state, ask), 0);
	(void)close(file);
}

static void what_cannot_be_locked_keeps_nobody_out(void **state)
{
	int file = slots_open(*state), reading;
	struct slots_ask ask = guesser(1);
	struct slots taken;

	assert_true(slots_take(-1, &plain, &taken));
	slots_give(-1, &taken);
	(void)close(file);
	reading = open("/dev/null", O_RDONLY);
	assert_true(reading >= 0);
	assert_true(slots_take(reading, &plain, &taken));
	slots_give(reading, &taken);
	assert_true(slots_take(reading, &ask, &taken));
	slots_give(reading, &taken);
	(void)close(reading);
}

static void a_folder_that_is_not_there_has_no_file(void **state)
{
	char path[600];

	(void)close(slots_open(*state));
	assert_int_equal(slots_open(NULL), -1);
	assert_int_equal(slots_open(""), -1);
	assert_int_equal(slots_open("/nonexistent"), -1);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(slots_open(path), -1);
}

#define IN_FOLDER(test_) \
	cmocka_unit_test_setup_teardown(test_, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(half_of_the_workers_hash_and_no_more),
		IN_FOLDER(a_guesser_never_has_the_last_place),
		IN_FOLDER(an_address_that_guesses_has_one_place),
		IN_FOLDER(who_finds_no_place_leaves_none_behind),
		IN_FOLDER(what_cannot_be_locked_keeps_nobody_out),
		IN_FOLDER(a_folder_that_is_not_there_has_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
