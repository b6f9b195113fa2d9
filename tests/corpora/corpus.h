/*
 * Files of data that strangers wrote: read line by line, with the line's number
 * for what fails.
 */
#ifndef TENANTRY_TESTS_CORPORA_CORPUS_H
#define TENANTRY_TESTS_CORPORA_CORPUS_H

#include <stdio.h>
#include <stdlib.h>

#include "../unit/unit.h"

/* Where corpora.sh has put them; ends the program where it has not. */
static inline const char *corpus_folder(void)
{
	const char *folder = getenv("CORPORA");

	if (folder == NULL)
		fail_msg("CORPORA names no folder: run make corpora");
	return folder;
}

static inline FILE *corpus_open(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", corpus_folder(), name);
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("%s cannot be read: run make corpora", path);
	return file;
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int corpus_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
				    : -1;
}

/* Digits up to one that is none, as bytes; how many there are. */
static inline size_t corpus_bytes(
    const char *text, unsigned char *out, size_t size)
{
	size_t n = 0;

	while (corpus_digit(text[0]) >= 0 && corpus_digit(text[1]) >= 0) {
		assert_true(n < size);
		out[n++] = (unsigned char)(corpus_digit(text[0]) << 4 |
		    corpus_digit(text[1]));
		text += 2;
	}
	return n;
}

#endif
