#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/slots.h"

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

/* What another process gets: locks of one process do not meet. */
static int take_elsewhere(const char *folder)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(slots_take(slots_open(folder), WORKERS) + 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) - 1;
}

static void half_of_the_workers_hash_and_no_more(void **state)
{
	int file = slots_open(*state);

	assert_true(file >= 0);
	assert_int_equal(slots_take(file, WORKERS), 0);
	assert_int_equal(take_elsewhere(*state), 1);
	slots_give(file, 0);
	assert_int_equal(take_elsewhere(*state), 0);
	(void)close(file);
}

static void what_cannot_be_locked_keeps_nobody_out(void **state)
{
	int file = slots_open(*state), reading;

	assert_int_equal(slots_take(-1, WORKERS), 0);
	(void)close(file);
	reading = open("/dev/null", O_RDONLY);
	assert_true(reading >= 0);
	assert_int_equal(slots_take(reading, WORKERS), 0);
	slots_give(reading, 0);
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
		IN_FOLDER(what_cannot_be_locked_keeps_nobody_out),
		IN_FOLDER(a_folder_that_is_not_there_has_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
