#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static enum level log_level = LEVEL_INFO;
static int log_file = STDERR_FILENO;

static const char *const names[] = {
	[LEVEL_DEBUG] = "debug",
	[LEVEL_INFO] = "info",
	[LEVEL_WARN] = "warn",
	[LEVEL_ERROR] = "error",
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

bool log_open(enum level level, const char *path)
{
	int file = STDERR_FILENO;

	if (path != NULL && *path != '\0') {
		file = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
		if (file < 0)
			return false;
	}
	if (log_file != STDERR_FILENO)
		(void)close(log_file);
	log_file = file;
	log_level = level;
	return true;
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

void log_text(enum level level, const char *message)
{
	char time[CLOCK_TEXT_SIZE], line[LOG_LINE_SIZE];
	int saved = errno;
	struct text head = text_in(line, sizeof(line));
	ssize_t written;
	size_t used;

	if (level < log_level)
		return;
	clock_print(clock_now(), time);
	text_put(&head, "time=");
	text_put(&head, time);
	text_put(&head, " level=");
	text_put(&head, (unsigned)level < NAME_COUNT ? names[level] : "error");
	text_put(&head, " msg=\"");
	used = (size_t)(head.at - line);
	used += put_quoted(line + used, sizeof(line) - used - 2, message);
	line[used++] = '"';
	line[used++] = '\n';
	/* Nobody is left to tell that the log cannot be written. */
	written = write(log_file, line, used);
	(void)written;
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
