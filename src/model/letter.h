/*
 * What the mails of the service say, in each language, as text and as HTML.
 * Pure.
 */
#ifndef TENANTRY_MODEL_LETTER_H
#define TENANTRY_MODEL_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum letter_language { LETTER_ENGLISH, LETTER_GERMAN, LETTER_LANGUAGES };

enum letter_kind {
	LETTER_INVITATION,
	LETTER_RESET,
	LETTER_RESET_UNPROVED, /* it proves the address, too */
	LETTER_OLD_ADDRESS,
	LETTER_NEW_ADDRESS,
	LETTER_KINDS
};

/* False: there is no such language ("en", "de"). */
bool letter_language(const char *code, enum letter_language *out);

/* False: the outbox has no such kind ("invitation", "reset", "old", "new"). */
bool letter_kind(const char *word, bool is_unproved, enum letter_kind *out);

struct letter {
	enum letter_kind kind;
	enum letter_language language;
	const char *about; /* an organization or an address: strangers' text */
	const char *inviter; /* the same */
	const char *link;
	int64_t life; /* of the link, seconds */
};

struct letter_text {
	const char *subject, *text, *html; /* in the arena, or static */
};

/* No text of strangers is in the subject; in HTML it is never markup. */
void letter_write(
    struct arena *mem, const struct letter *letter, struct letter_text *out);

#endif
