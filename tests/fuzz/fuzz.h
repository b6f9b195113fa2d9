/*
 * What every fuzz target needs: the entry that libFuzzer and replay.c call,
 * and a check that stops the run where an invariant does not hold.
 */
#ifndef TENANTRY_TESTS_FUZZ_H
#define TENANTRY_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run, as a crash would, and says where. */
#define MUST(condition_) \
	do { \
		if (!(condition_)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			    __LINE__, #condition_); \
			abort(); \
		} \
	} while (0)

/*
 * A copy with a NUL behind it, cut at the first NUL of the data, and with not
 * a byte to spare, so that a read beyond it is seen.  To be freed.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t length = end != NULL ? (size_t)(end - data) : size;
	char *text = malloc(length + 1);

	MUST(text != NULL);
	if (length > 0)
		memcpy(text, data, length);
	text[length] = '\0';
	return text;
}

/* How many bytes follow the first one of a UTF-8 character; -1: none may. */
static inline int fuzz_utf8_more(unsigned char first)
{
	return first < 0x80                 ? 0
	    : first >= 0xC2 && first < 0xE0 ? 1
	    : first >= 0xE0 && first < 0xF0 ? 2
	    : first >= 0xF0 && first < 0xF5 ? 3
					    : -1;
}

/* Written apart from the program's own, by decoding (RFC 3629). */
static inline bool fuzz_is_utf8(const char *text, size_t length)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	for (size_t i = 0; i < length;) {
		unsigned char first = (unsigned char)text[i++];
		int more = fuzz_utf8_more(first);
		uint32_t c = more > 0 ? first & (0x3FU >> more) : first;

		if (more < 0)
			return false;
		for (int k = 0; k < more; k++, i++) {
			if (i == length ||
			    ((unsigned char)text[i] & 0xC0) != 0x80)
				return false;
			c = c << 6 | ((unsigned char)text[i] & 0x3F);
		}
		if (c < least[more] || c > 0x10FFFF ||
		    (c >= 0xD800 && c <= 0xDFFF))
			return false;
	}
	return true;
}

#endif
