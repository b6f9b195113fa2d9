/*
 * A secret from standard input: a password, or an API key.
 */
#ifndef TENANTRY_CTL_LINE_H
#define TENANTRY_CTL_LINE_H

#include <stdbool.h>

#include "edge/password.h"

/* A byte order mark, CR, LF and the NUL come to the password. */
enum { LINE_SIZE = PASSWORD_MAX + 6 };

/*
 * The first line of standard input, without its end and without a byte order
 * mark; typed at a terminal it is not shown.  False if there is none, or it is
 * not 1 to 256 bytes without a NUL.
 */
bool line_read(const char *prompt, char line[LINE_SIZE]);

#endif
