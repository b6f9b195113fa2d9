#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static const char pattern[] = "/tmp/tenantry-log-XXXXXX";
static char path[sizeof(pattern)];

/* A new empty file as the log. */
static int file_setup(void **state)
{
	int file;

	(void)state;
	memcpy(path, pattern, sizeof(pattern));
	file = mkstemp(path);
	if (file < 0)
		return -1;
	(void)close(file);
	return 0;
}

static int file_teardown(void **state)
{
	(void)state;
	(void)log_open(LEVEL_INFO, NULL);
	return unlink(path);
}

static size_t file_read(char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return length;
}

static void a_line_has_time_level_and_message(void **state)
{
	char text[256];

	(void)state;
	assert_true(log_open(LEVEL_INFO, path));
	log_write(LEVEL_WARN, "%d of %s", 1, "x");
	(void)file_read(text, sizeof(text));
	assert_memory_equal(text, "time=20", 7);
	assert_string_equal(text + 29, " level=warn msg=\"1 of x\"\n");
}

static void lines_below_the_level_are_dropped(void **state)
{
	char text[256];

	(void)state;
	assert_true(log_open(LEVEL_WARN, path));
	log_write(LEVEL_DEBUG, "no");
	log_write(LEVEL_INFO, "no");
	assert_int_equal(file_read(text, sizeof(text)), 0);
	log_write(LEVEL_ERROR, "yes");
	assert_true(file_read(text, sizeof(text)) > 0);
}

static void a_message_cannot_forge_a_line(void **state)
{
	char text[256];

	(void)state;
	assert_true(log_open(LEVEL_INFO, path));
	log_write(LEVEL_INFO, "%s", "a\nb\rc\x1b[1m\td\x7f \" \\");
	(void)file_read(text, sizeof(text));
	assert_string_equal(
	    strstr(text, "msg="), "msg=\"a?b?c?[1m?d? \\\" \\\\\"\n");
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
	static char quotes[3000], text[4096];
	size_t length;

	(void)state;
	memset(quotes, '"', sizeof(quotes) - 1);
	assert_true(log_open(LEVEL_INFO, path));
	log_write(LEVEL_INFO, "%s", quotes);
	length = file_read(text, sizeof(text));
	assert_in_range(length, 1000, 1024);
	assert_string_equal(text + length - 4, "\\\"\"\n");
}

static void a_new_file_is_for_its_owner_only(void **state)
{
	struct stat info;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_true(log_open(LEVEL_INFO, path));
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void opening_what_cannot_be_written_changes_nothing(void **state)
{
	char text[256];

	(void)state;
	assert_true(log_open(LEVEL_INFO, path));
	assert_false(log_open(LEVEL_ERROR, "/nonexistent/log"));
	assert_false(log_open(LEVEL_ERROR, "/"));
	log_write(LEVEL_INFO, "still here");
	(void)file_read(text, sizeof(text));
	assert_non_null(strstr(text, "still here"));
}

static void fields_stand_at_the_top_level(void **state)
{
	static char long_fields[3000], text[4096];
	size_t length;

	(void)state;
	assert_true(log_open(LEVEL_INFO, path));
	log_fields(LEVEL_DEBUG, "id=0");
	log_fields(LEVEL_INFO, "id=1 status=200");
	(void)file_read(text, sizeof(text));
	assert_memory_equal(text, "time=20", 7);
	assert_string_equal(text + 29, " level=info id=1 status=200\n");
	memset(long_fields, 'a', sizeof(long_fields) - 1);
	log_fields(LEVEL_INFO, long_fields);
	length = file_read(text, sizeof(text));
	assert_in_range(length, 1040, 1100);
	assert_string_equal(text + length - 2, "a\n");
}

/* As logrotate does; the worker is told nothing. */
static void a_renamed_file_is_made_anew(void **state)
{
	char old[sizeof(path) + 2], text[256];
	struct timespec second = { 1, 50000000 };

	(void)state;
	(void)snprintf(old, sizeof(old), "%s.1", path);
	assert_true(log_open(LEVEL_INFO, path));
	log_fields(LEVEL_INFO, "n=1");
	assert_int_equal(rename(path, old), 0);
	(void)nanosleep(&second, NULL);
	log_fields(LEVEL_INFO, "n=2");
	(void)file_read(text, sizeof(text));
	assert_non_null(strstr(text, "n=2\n"));
	assert_null(strstr(text, "n=1"));
	/* and another file of its name is found again */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(old, path), 0);
	(void)nanosleep(&second, NULL);
	log_fields(LEVEL_INFO, "n=3");
	(void)file_read(text, sizeof(text));
	assert_non_null(strstr(text, "n=1\n"));
	assert_non_null(strstr(text, "n=3\n"));
}

static void only_names_of_levels_are_read(void **state)
{
	static const char *const wrong[] = {
		"",
		"INFO",
		"information",
		"inf",
		"info ",
		"2",
		"warning",
	};
	enum level level = LEVEL_DEBUG;

	(void)state;
	assert_true(log_level_parse("error", &level));
	assert_int_equal(level, LEVEL_ERROR);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(log_level_parse(wrong[i], &level));
	assert_int_equal(level, LEVEL_ERROR);
}

#define WITH_FILE(test_) \
	cmocka_unit_test_setup_teardown(test_, file_setup, file_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_line_has_time_level_and_message),
		WITH_FILE(lines_below_the_level_are_dropped),
		WITH_FILE(a_message_cannot_forge_a_line),
		WITH_FILE(a_long_line_is_cut_and_still_ends),
		WITH_FILE(a_new_file_is_for_its_owner_only),
		WITH_FILE(opening_what_cannot_be_written_changes_nothing),
		WITH_FILE(fields_stand_at_the_top_level),
		WITH_FILE(a_renamed_file_is_made_anew),
		cmocka_unit_test(only_names_of_levels_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
