#include "base/text.h"

#include <string.h>

struct text text_in(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct text){ buffer, size - 1 };
}

static void put(struct text *text, const char *more, size_t length)
{
	if (length > text->room)
		length = text->room;
	memcpy(text->at, more, length);
	text->at += length;
	text->at[0] = '\0';
	text->room -= length;
}

void text_put(struct text *text, const char *more)
{
	put(text, more, strlen(more));
}

void text_put_part(struct text *text, const char *more, size_t most)
{
	put(text, more, strnlen(more, most));
}

void text_put_number(struct text *text, int64_t number)
{
	char digits[20]; /* of INT64_MIN, with its sign */
	size_t first = sizeof(digits);
	/* the magnitude as unsigned, since the least has no positive */
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do {
		digits[--first] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		digits[--first] = '-';
	put(text, digits + first, sizeof(digits) - first);
}

const char *text_skip_mark(const char *text, size_t length)
{
	static const char mark[3] = { '\xEF', '\xBB', '\xBF' };

	if (length < sizeof(mark) || memcmp(text, mark, sizeof(mark)) != 0)
		return text;
	return text + sizeof(mark);
}

void text_set(char *buffer, size_t size, const char *text)
{
	size_t length = strnlen(text, size - 1);

	memcpy(buffer, text, length);
	memset(buffer + length, 0, size - length);
}
