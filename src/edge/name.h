/*
 * Names as people write them: trimmed display form, comparison key, and slug.
 * The only user of utf8proc.
 */
#ifndef TENANTRY_EDGE_NAME_H
#define TENANTRY_EDGE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "model/name.h"

/* Is it valid UTF-8 (RFC 3629)?  An empty text is. */
bool name_is_utf8(const char *text, size_t length);

/*
 * Trims white space (Unicode White_Space) and checks: valid UTF-8, 1 to 100
 * code points, no control, invisible (default ignorable, Cf, Zl, Zp, U+2800)
 * or bidirectional-override character.  What is invisible is taken where it has
 * a meaning: U+200C and U+200D between letters of scripts that use them and in
 * emoji, variation selectors behind a base that has them, the tags of a flag.
 * They are no part of the key.  Two names are the same when their NFKC
 * case-folded forms (Unicode 15 section 3.13, toNFKC_Casefold) are equal: that
 * form is `key`, or, if it is over 700 bytes, 0x01 and the SHA-256 hex of it.
 * Returns NULL, or what is wrong with it ("is empty", "is longer than 100
 * characters", "contains an invisible character", …) as a static text that
 * follows the member's name in a sentence.
 */
const char *name_make(const char *text, size_t length, struct name *out);

/*
 * The same check and key for an e-mail address: at most 254 bytes, exactly
 * one @ with something on both sides, no white space.
 */
const char *name_make_email(const char *text, size_t length, struct name *out);

/*
 * What a user logs in with: an e-mail address as above, or, without an @, a
 * login of 1 to 64 of the characters A-Z a-z 0-9 . _ -
 */
const char *name_make_login(const char *text, size_t length, struct name *out);

/*
 * The slug of a display name: its ASCII letters in lower case and its digits,
 * with one hyphen for each run of other characters, cut at 63.  It is `id` in
 * lower case if nothing is left, if the slug is a segment of one of the
 * `reserved` paths (a list that ends with NULL; NULL: none), or if it looks
 * like a ULID.
 */
void name_slug(const char *display, const char *id, const char *const *reserved,
    char out[NAME_SLUG_SIZE]);

/* The slug of what has no name of its own: the id in lower case. */
void name_slug_of_id(const char *id, char out[NAME_SLUG_SIZE]);

const char *name_library_version(void);

#endif
