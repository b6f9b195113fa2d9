#include "edge/name.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/ulid.h"
#include "edge/crypto.h"
#include "edge/name_ranges.h"

enum {
	KEY_PLAIN_MAX = 700,
	EMAIL_MAX = 254,
	LOGIN_MAX = 64,
	/*
	 * One character folds to 18 at most (U+FDFA), and 254 bytes hold 84
	 * of those: fewer than 100.
	 */
	FOLDED_MAX = NAME_POINTS * 18
};

static const char reason_utf8[] = "is not valid UTF-8";
static const char reason_empty[] = "is empty";
static const char reason_long[] = "is longer than 100 characters";

/* Property White_Space of Unicode. */
static bool is_space(utf8proc_int32_t c)
{
	return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 ||
	    c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
	    c == 0x3000;
}

/* Property Bidi_Control of Unicode. */
static bool is_bidi(utf8proc_int32_t c)
{
	return c == 0x61C || c == 0x200E || c == 0x200F ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_pictograph(utf8proc_int32_t c)
{
	return utf8proc_get_property(c)->boundclass ==
	    UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/*
 * Default_Ignorable_Code_Point.  The ranges are reserved for it and partly
 * unassigned, and utf8proc knows no property of what is unassigned.
 */
static bool is_ignorable(utf8proc_int32_t c)
{
	return utf8proc_get_property(c)->ignorable || c == 0x2065 ||
	    (c >= 0xFFF0 && c <= 0xFFF8) || (c >= 0xE0000 && c <= 0xE0FFF);
}

/* --- characters that only join or choose ---------------------------------- */

enum {
	END = -1, /* no character */
	ZWNJ = 0x200C,
	ZWJ = 0x200D,
	TEXT_STYLE = 0xFE0E,
	EMOJI_STYLE = 0xFE0F,
	VIRAMA_CLASS = 9, /* combining class of every virama */
	BLACK_FLAG = 0x1F3F4,
	TAG_FIRST = 0xE0030,
	TAG_LAST = 0xE007A,
	TAG_END = 0xE007F
};

/* What stands before the character in hand. */
struct before {
	utf8proc_int32_t point;
	bool is_emoji; /* a pictograph, with what modifies it */
	bool has_tags; /* the tags of a flag have begun and not ended */
};

/* A letter, a mark or a digit. */
static bool is_written(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category >= UTF8PROC_CATEGORY_LU &&
	    category <= UTF8PROC_CATEGORY_ND;
}

static bool are_joined(utf8proc_int32_t before, utf8proc_int32_t next)
{
	return name_may_join(before, next) && is_written(before) &&
	    is_written(next);
}

static bool has_variant(utf8proc_int32_t base, utf8proc_int32_t selector)
{
	return name_has_variant(base, selector) ||
	    ((selector == TEXT_STYLE || selector == EMOJI_STYLE) &&
		is_pictograph(base));
}

/*
 * Whether an invisible character has a meaning where it stands.  Names that
 * differ in such ones alone have one key, so that none can be mistaken.
 */
static bool is_meant(
    utf8proc_int32_t c, const struct before *before, utf8proc_int32_t next)
{
	if (c >= TAG_FIRST && c <= TAG_LAST)
		return before->has_tags || before->point == BLACK_FLAG;
	if (c == TAG_END)
		return before->has_tags;
	if (c != ZWJ && c != ZWNJ)
		return has_variant(before->point, c);
	if (are_joined(before->point, next))
		return true;
	return c == ZWJ &&
	    ((before->is_emoji && is_pictograph(next)) ||
		utf8proc_get_property(before->point)->combining_class ==
		    VIRAMA_CLASS);
}

static void step(struct before *before, utf8proc_int32_t c)
{
	bool is_modifier = c == EMOJI_STYLE || c == TAG_END ||
	    (c >= 0x1F3FB && c <= 0x1F3FF); /* the colours of skin */

	before->is_emoji = is_pictograph(c) ||
	    (before->is_emoji && is_modifier);
	before->has_tags = c >= TAG_FIRST && c <= TAG_LAST;
	before->point = c;
}

/* --- one character -------------------------------------------------------- */

static const char reason_invisible[] = "contains an invisible character";

static bool is_invisible(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return is_ignorable(c) || c == 0x2800 ||
	    category == UTF8PROC_CATEGORY_CF ||
	    category == UTF8PROC_CATEGORY_ZL ||
	    category == UTF8PROC_CATEGORY_ZP;
}

/* What is wrong with one character between others, or NULL. */
static const char *check_point(
    utf8proc_int32_t c, const struct before *before, utf8proc_int32_t next)
{
	if (utf8proc_category(c) == UTF8PROC_CATEGORY_CC)
		return "contains a control character";
	if (is_bidi(c))
		return "contains a bidirectional control character";
	/* tags are of a flag only when they end */
	if (before->has_tags && !(c >= TAG_FIRST && c <= TAG_LAST) &&
	    c != TAG_END)
		return reason_invisible;
	if (is_invisible(c) && !is_meant(c, before, next))
		return reason_invisible;
	return NULL;
}

/* A text on its way to a name. */
struct span {
	const char *text;
	size_t length;
};

bool name_is_utf8(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		utf8proc_int32_t c;
		utf8proc_ssize_t size = utf8proc_iterate(
		    (const utf8proc_uint8_t *)text + at,
		    (utf8proc_ssize_t)(length - at), &c);

		if (size <= 0)
			return false;
		at += (size_t)size;
	}
	return true;
}

/*
 * Moves the ends of the span inwards past white space.  Unlike a character
 * inside, white space at an end may be a control character.
 */
static const char *trim(struct span *span)
{
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)span->text;
	size_t at = 0, first = 0, last = 0;

	while (at < span->length) {
		utf8proc_int32_t c;
		utf8proc_ssize_t size = utf8proc_iterate(
		    text + at, (utf8proc_ssize_t)(span->length - at), &c);

		if (size <= 0)
			return reason_utf8;
		if (!is_space(c) && last == 0)
			first = at;
		at += (size_t)size;
		if (!is_space(c))
			last = at;
	}
	if (last == 0)
		return reason_empty;
	span->text += first;
	span->length = last - first;
	return NULL;
}

/* The character at `*at`, which moves behind it; END behind the last. */
static utf8proc_int32_t take(const struct span *span, size_t *at)
{
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)span->text;
	utf8proc_int32_t c;

	if (*at >= span->length)
		return END;
	*at += (size_t)utf8proc_iterate(
	    text + *at, (utf8proc_ssize_t)(span->length - *at), &c);
	return c;
}

/* Checks the characters of a trimmed text and counts them. */
static const char *check(const struct span *span, size_t *points)
{
	struct before before = { END, false, false };
	size_t at = 0;
	utf8proc_int32_t c = take(span, &at);

	for (*points = 0; c != END; ++*points) {
		utf8proc_int32_t next = take(span, &at);
		const char *why = check_point(c, &before, next);

		if (why != NULL)
			return why;
		step(&before, c);
		c = next;
	}
	return before.has_tags ? reason_invisible : NULL;
}

/*
 * One pass of decomposition into `points` (FOLDED_MAX + 1 of them), which
 * then hold the result as UTF-8.  Gives its length, negative where it fails.
 * Unlike utf8proc_map() this allocates nothing.
 */
static utf8proc_ssize_t transform(const void *text, size_t length,
    utf8proc_int32_t *points, utf8proc_option_t options)
{
	utf8proc_ssize_t count = utf8proc_decompose(
	    text, (utf8proc_ssize_t)length, points, FOLDED_MAX, options);

	if (count < 0 || count > FOLDED_MAX)
		return -1;
	return utf8proc_reencode(points, count, options);
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * Most names are ASCII, of which nothing but the case folds (Unicode keeps it
 * so for ever): 5,000 instructions less for a name of 13 bytes.  False where
 * there is another character.
 */
static bool fold_ascii(const struct span *span, char key[NAME_KEY_SIZE])
{
	if (span->length > KEY_PLAIN_MAX)
		return false;
	for (size_t i = 0; i < span->length; i++) {
		if ((unsigned char)span->text[i] > 0x7F)
			return false;
		key[i] = to_lower(span->text[i]);
	}
	key[span->length] = '\0';
	return true;
}

/*
 * toNFKC_Casefold: the canonical decomposition comes first, since folding
 * U+0345 (a mark) to iota (a letter) fixes the order of the marks around it;
 * texts that are canonically equivalent would else have different keys.
 */
static const char *fold(const struct span *span, char key[NAME_KEY_SIZE])
{
	utf8proc_int32_t decomposed[FOLDED_MAX + 1], folded[FOLDED_MAX + 1];
	utf8proc_ssize_t length;

	if (fold_ascii(span, key))
		return NULL;
	length = transform(span->text, span->length, decomposed,
	    UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
	if (length >= 0)
		length = transform(decomposed, (size_t)length, folded,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
			UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (length < 0)
		return reason_utf8;
	if (length <= KEY_PLAIN_MAX) {
		memcpy(key, folded, (size_t)length);
		key[length] = '\0';
	} else {
		/* No name has a control character: no key is ambiguous. */
		key[0] = 0x01;
		crypto_sha256_hex(folded, (size_t)length, key + 1);
	}
	return NULL;
}

static const char *finish(const struct span *span, struct name *out)
{
	memcpy(out->display, span->text, span->length);
	out->display[span->length] = '\0';
	return fold(span, out->key);
}

const char *name_make(const char *text, size_t length, struct name *out)
{
	struct span span = { text, length };
	const char *why = trim(&span);
	size_t points = 0;

	if (why == NULL)
		why = check(&span, &points);
	if (why == NULL && points > NAME_POINTS)
		why = reason_long;
	return why == NULL ? finish(&span, out) : why;
}

static bool has_space(const struct span *span)
{
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)span->text;
	utf8proc_int32_t c;

	for (size_t at = 0; at < span->length;) {
		at += (size_t)utf8proc_iterate(
		    text + at, (utf8proc_ssize_t)(span->length - at), &c);
		if (is_space(c))
			return true;
	}
	return false;
}

static bool has_address_form(const struct span *span)
{
	const char *at = memchr(span->text, '@', span->length);
	size_t after;

	if (at == NULL || at == span->text)
		return false;
	after = span->length - (size_t)(at - span->text) - 1;
	return after > 0 && memchr(at + 1, '@', after) == NULL;
}

const char *name_make_email(const char *text, size_t length, struct name *out)
{
	struct span span = { text, length };
	const char *why = trim(&span);
	size_t points;

	if (why == NULL)
		why = check(&span, &points);
	if (why != NULL)
		return why;
	if (span.length > EMAIL_MAX)
		return "is longer than 254 bytes";
	if (has_space(&span))
		return "contains white space";
	if (!has_address_form(&span))
		return "is not an e-mail address";
	return finish(&span, out);
}

static bool is_login_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

const char *name_make_login(const char *text, size_t length, struct name *out)
{
	struct span span = { text, length };
	const char *why;

	if (memchr(text, '@', length) != NULL)
		return name_make_email(text, length, out);
	if ((why = trim(&span)) != NULL)
		return why;
	if (span.length > LOGIN_MAX)
		return "is longer than 64 characters";
	for (size_t i = 0; i < span.length; i++) {
		if (!is_login_character(span.text[i]))
			return "contains something else than the letters A to"
			       " Z, digits, \".\", \"_\" and \"-\"";
	}
	return finish(&span, out);
}

/* Is it a segment of one of the paths? */
static bool is_segment(const char *slug, const char *const *paths)
{
	size_t length = strlen(slug);

	for (; paths != NULL && *paths != NULL; paths++) {
		const char *at = *paths;

		while (*at != '\0') {
			size_t segment = strcspn(at, "/");

			if (segment == length && memcmp(at, slug, length) == 0)
				return true;
			at += segment;
			at += *at == '/';
		}
	}
	return false;
}

void name_slug_of_id(const char *id, char out[NAME_SLUG_SIZE])
{
	size_t used = 0;

	for (; used < NAME_SLUG_SIZE - 1 && id[used] != '\0'; used++)
		out[used] = to_lower(id[used]);
	out[used] = '\0';
}

void name_slug(const char *display, const char *id, const char *const *reserved,
    char out[NAME_SLUG_SIZE])
{
	const size_t most = NAME_SLUG_SIZE - 1;
	size_t used = 0;
	bool gap = false;

	for (; *display != '\0'; display++) {
		char c = to_lower(*display);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
			gap = used > 0;
			continue;
		}
		/* A hyphen needs a character behind it. */
		if (used + (gap ? 2 : 1) > most)
			break;
		if (gap)
			out[used++] = '-';
		out[used++] = c;
		gap = false;
	}
	out[used] = '\0';
	if (used > 0 && !is_segment(out, reserved) && !ulid_looks_like(out))
		return;
	name_slug_of_id(id, out);
}

const char *name_library_version(void)
{
	return utf8proc_version();
}
