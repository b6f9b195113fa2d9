/*
 * The log in logfmt: one line an event, one write(2) each, to standard error or
 * to a file.  A request has its fields, `time=… level=… id=… status=…`, all
 * else a message, `time=… level=… msg="…"`.  Never bodies, keys or tokens.
 */
#ifndef TENANTRY_BASE_LOG_H
#define TENANTRY_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum { LOG_LINE_SIZE = 1024 };

/*
 * Lines below `level` are dropped.  `path` NULL or empty: standard error.
 * False if the file cannot be opened for appending (mode 0600).  `path` must
 * stay: a file that was renamed or removed is made anew within a second.
 */
bool log_open(enum level level, const char *path);

/* Fields that are ready, `name=value name=value`; each value is one word. */
void log_fields(enum level level, const char *fields);

/* Control characters are replaced; a line is cut at LOG_LINE_SIZE. */
void log_text(enum level level, const char *message);

/* The same, put together by printf(3). */
void log_write(enum level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a level's name (debug, info, warn, error). */
bool log_level_parse(const char *text, enum level *level);

#endif
