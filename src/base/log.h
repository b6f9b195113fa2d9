/*
 * The log: one line an event, `time=… level=… msg="…"`, one write(2) each, to
 * standard error or to a file.  Never bodies, keys or tokens.
 */
#ifndef TENANTRY_BASE_LOG_H
#define TENANTRY_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum { LOG_LINE_SIZE = 1024 };

/*
 * Lines below `level` are dropped.  `path` NULL or empty: standard error.
 * False where the file cannot be opened for appending (mode 0600).
 */
bool log_open(enum level level, const char *path);

/* Control characters are replaced; a line is cut at LOG_LINE_SIZE. */
void log_text(enum level level, const char *message);

/* The same, put together by printf(3). */
void log_write(enum level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a level's name (debug, info, warn, error). */
bool log_level_parse(const char *text, enum level *level);

#endif
