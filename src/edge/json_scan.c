#include "edge/json_scan.h"

#include <stdbool.h>
#include <string.h>

#include "edge/json.h"

struct scan {
	const unsigned char *at, *end;
	unsigned depth;
	size_t members;
	size_t values_left;
	const char *why;
};

static bool scan_value(struct scan *s);

static bool scan_fail(struct scan *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	return false;
}

static int scan_peek(const struct scan *s)
{
	return s->at < s->end ? *s->at : -1;
}

static bool scan_take(struct scan *s, int c)
{
	if (scan_peek(s) != c)
		return false;
	s->at++;
	return true;
}

static void scan_space(struct scan *s)
{
	while (scan_take(s, ' ') || scan_take(s, '\t') || scan_take(s, '\n') ||
	    scan_take(s, '\r'))
		continue;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(s->end - s->at) < length ||
	    memcmp(s->at, word, length) != 0)
		return scan_fail(s, "a value was expected");
	s->at += length;
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool scan_digits(struct scan *s)
{
	if (!is_digit(scan_peek(s)))
		return scan_fail(s, "a digit was expected");
	while (is_digit(scan_peek(s)))
		s->at++;
	return true;
}

static bool scan_number(struct scan *s)
{
	if (!scan_take(s, '-') && !is_digit(scan_peek(s)))
		return scan_fail(s, "a value was expected");
	if (scan_take(s, '0')) {
		if (is_digit(scan_peek(s)))
			return scan_fail(s, "a number starts with zero");
	} else if (!scan_digits(s)) {
		return false;
	}
	if (scan_take(s, '.') && !scan_digits(s))
		return false;
	if (scan_take(s, 'e') || scan_take(s, 'E')) {
		if (!scan_take(s, '+'))
			(void)scan_take(s, '-');
		return scan_digits(s);
	}
	return true;
}

/* One UTF-8 character beyond ASCII: shortest form, no surrogates. */
static bool scan_character(struct scan *s)
{
	unsigned first = *s->at;
	unsigned low = 0x80, high = 0xBF; /* of the second byte */
	int more;

	if (first >= 0xC2 && first <= 0xDF)
		more = 1;
	else if (first >= 0xE0 && first <= 0xEF)
		more = 2;
	else if (first >= 0xF0 && first <= 0xF4)
		more = 3;
	else
		return scan_fail(s, "invalid UTF-8");

	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;

	for (s->at++; more > 0; more--, s->at++) {
		int c = scan_peek(s);

		if (c < (int)low || c > (int)high)
			return scan_fail(s, "invalid UTF-8");
		low = 0x80;
		high = 0xBF;
	}
	return true;
}

static bool scan_hex(struct scan *s, unsigned *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		int c = scan_peek(s);

		if (is_digit(c))
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else if (c >= 'A' && c <= 'F')
			c -= 'A' - 10;
		else
			return scan_fail(s, "a hexadecimal digit was expected");
		*value = *value << 4 | (unsigned)c;
		s->at++;
	}
	return true;
}

/* What follows \u. */
static bool scan_unicode(struct scan *s)
{
	unsigned first, second;

	if (!scan_hex(s, &first))
		return false;
	if (first == 0)
		return scan_fail(s, "a NUL character");
	if (first < 0xD800 || first > 0xDFFF)
		return true;
	if (first > 0xDBFF || !scan_take(s, '\\') || !scan_take(s, 'u'))
		return scan_fail(s, "a lone surrogate");
	if (!scan_hex(s, &second))
		return false;
	if (second < 0xDC00 || second > 0xDFFF)
		return scan_fail(s, "a lone surrogate");
	return true;
}

static bool scan_escape(struct scan *s)
{
	int c = scan_peek(s);

	if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return scan_fail(s, "an unknown escape");
	s->at++;
	return c != 'u' || scan_unicode(s);
}

static bool scan_string(struct scan *s)
{
	if (!scan_take(s, '"'))
		return scan_fail(s, "a string was expected");
	while (!scan_take(s, '"')) {
		int c = scan_peek(s);
		bool valid = true;

		if (c < 0)
			return scan_fail(s, "a string has no end");
		if (c < 0x20)
			return scan_fail(s, "a control character in a string");
		if (c >= 0x80)
			valid = scan_character(s);
		else
			s->at++;
		if (c == '\\')
			valid = scan_escape(s);
		if (!valid)
			return false;
	}
	return true;
}

static bool scan_member(struct scan *s)
{
	scan_space(s);
	if (!scan_string(s))
		return false;
	s->members++;
	scan_space(s);
	if (!scan_take(s, ':'))
		return scan_fail(s, "a colon was expected");
	return scan_value(s);
}

/* What follows the opening bracket, through the closing one. */
static bool scan_items(struct scan *s, char close, bool (*item)(struct scan *s))
{
	if (s->depth == JSON_DEPTH)
		return scan_fail(s, "nesting is too deep");
	s->depth++;
	scan_space(s);
	if (!scan_take(s, close)) {
		do {
			if (!item(s))
				return false;
		} while (scan_take(s, ','));
		if (!scan_take(s, close))
			return scan_fail(s, "a comma or bracket was expected");
	}
	s->depth--;
	return true;
}

/* One value and the white space around it. */
static bool scan_value(struct scan *s)
{
	bool valid;

	if (s->values_left == 0)
		return scan_fail(s, "too many values");
	s->values_left--;
	scan_space(s);
	switch (scan_peek(s)) {
	case '{':
		s->at++;
		valid = scan_items(s, '}', scan_member);
		break;
	case '[':
		s->at++;
		valid = scan_items(s, ']', scan_value);
		break;
	case '"':
		valid = scan_string(s);
		break;
	case 't':
		valid = scan_word(s, "true");
		break;
	case 'f':
		valid = scan_word(s, "false");
		break;
	case 'n':
		valid = scan_word(s, "null");
		break;
	default:
		valid = scan_number(s);
		break;
	}
	if (valid)
		scan_space(s);
	return valid;
}

const char *json_scan(const char *text, size_t length, size_t max_values,
    size_t *at, size_t *members)
{
	struct scan s = { .at = (const unsigned char *)text,
		.values_left = max_values };

	s.end = s.at + length;
	if (scan_value(&s) && s.at < s.end)
		(void)scan_fail(&s, "text after the end");
	*at = length - (size_t)(s.end - s.at);
	*members = s.members;
	return s.why;
}
