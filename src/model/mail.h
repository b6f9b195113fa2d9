/*
 * A mail as bytes: headers and two forms of one text (RFC 5322, RFC 2045 to
 * 2047).  Pure; what is handed in may hold anything.
 */
#ifndef TENANTRY_MODEL_MAIL_H
#define TENANTRY_MODEL_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct mail {
	const char *from, *to; /* of mail_is_address() */
	const char *subject;
	const char *text, *html; /* UTF-8, lines end with "\n" */
	const char *id;          /* of this mail alone: letters and digits */
	int64_t now;             /* ms since 1970 */
};

/*
 * Whether a mail can be sent to it as it is: a dot-atom of harmless characters
 * (RFC 5322 section 3.2.3) or UTF-8 (RFC 6532), an @, and a domain of letters,
 * digits, hyphens and dots.  No comment, list, quoted text or option can be
 * meant by it, whatever program reads it.
 */
bool mail_is_address(const char *text);

/*
 * The whole mail, in the arena, with "\n" at the end of each line, as
 * sendmail(8) reads it.  No line is longer than 998 bytes, and no text adds a
 * header.
 */
char *mail_write(struct arena *mem, const struct mail *mail);

#endif
