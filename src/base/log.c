#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static enum level log_level = LEVEL_INFO;
static int log_file = STDERR_FILENO;
static const char *log_path; /* NULL: standard error */
static int64_t looked_at;    /* the second in which its name was looked at */

static const char *const names[] = {
	[LEVEL_DEBUG] = "debug",
	[LEVEL_INFO] = "info",
	[LEVEL_WARN] = "warn",
	[LEVEL_ERROR] = "error",
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

static int open_file(const char *path)
{
	return open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
}

static void take_file(int file)
{
	if (log_file != STDERR_FILENO)
		(void)close(log_file);
	log_file = file;
}

bool log_open(enum level level, const char *path)
{
	bool is_file = path != NULL && *path != '\0';
	int file = is_file ? open_file(path) : STDERR_FILENO;

	if (file < 0)
		return false;
	take_file(file);
	log_path = is_file ? path : NULL;
	log_level = level;
	return true;
}

/*
 * Rotation renames the file, and no signal tells the workers, which are many
 * and start by themselves.  If no new file can be made, the old one serves.
 */
static void follow_rotation(int64_t now)
{
	struct stat named, mine;
	int file;

	if (log_path == NULL || now / 1000 == looked_at)
		return;
	looked_at = now / 1000;
	if (stat(log_path, &named) == 0 && fstat(log_file, &mine) == 0 &&
	    named.st_ino == mine.st_ino && named.st_dev == mine.st_dev)
		return;
	file = open_file(log_path);
	if (file >= 0)
		take_file(file);
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != 0x7F && c != '"' && c != '\\';
}

/* Quotes what is between the quotes of msg="…"; gives the bytes written. */
static size_t put_quoted(char *out, size_t size, const char *text)
{
	size_t used = 0;

	while (*text != '\0' && used < size) {
		char c = *text++;

		if (is_plain(c)) {
			out[used++] = c;
		} else if (c != '"' && c != '\\') {
			out[used++] = '?';
		} else if (used + 2 <= size) {
			out[used++] = '\\';
			out[used++] = c;
		} else {
			break;
		}
	}
	return used;
}

/* Room is left for a quote and the end of the line. */
static struct text begin_line(char line[LOG_LINE_SIZE], enum level level)
{
	struct text text = text_in(line, LOG_LINE_SIZE - 2);
	char time[CLOCK_TEXT_SIZE];
	int64_t now = clock_now();

	follow_rotation(now);
	clock_print(now, time);
	text_put(&text, "time=");
	text_put(&text, time);
	text_put(&text, " level=");
	text_put(&text, (unsigned)level < NAME_COUNT ? names[level] : "error");
	return text;
}

static void write_line(const char *line, size_t length)
{
	/* Nobody is left to tell that the log cannot be written. */
	ssize_t written = write(log_file, line, length);

	(void)written;
}

void log_fields(enum level level, const char *fields)
{
	char line[LOG_LINE_SIZE];
	int saved = errno;
	struct text text;

	if (level < log_level)
		return;
	text = begin_line(line, level);
	text_put(&text, " ");
	text_put(&text, fields);
	*text.at++ = '\n';
	write_line(line, (size_t)(text.at - line));
	errno = saved;
}

void log_text(enum level level, const char *message)
{
	char line[LOG_LINE_SIZE];
	int saved = errno;
	struct text head;
	size_t used;

	if (level < log_level)
		return;
	head = begin_line(line, level);
	text_put(&head, " msg=\"");
	used = (size_t)(head.at - line);
	used += put_quoted(line + used, sizeof(line) - used - 2, message);
	line[used++] = '"';
	line[used++] = '\n';
	write_line(line, used);
	errno = saved;
}

void log_write(enum level level, const char *format, ...)
{
	char message[LOG_LINE_SIZE];
	int saved = errno;
	va_list args;

	if (level < log_level)
		return;
	va_start(args, format);
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	va_end(args);
	errno = saved;
	log_text(level, message);
}

bool log_level_parse(const char *text, enum level *level)
{
	for (unsigned i = 0; i < NAME_COUNT; i++) {
		if (strcmp(text, names[i]) == 0) {
			*level = (enum level)i;
			return true;
		}
	}
	return false;
}
