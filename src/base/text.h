/*
 * Texts and numbers, put behind each other into a buffer.  For what each
 * request writes; printf(3) is for all else.
 */
#ifndef TENANTRY_BASE_TEXT_H
#define TENANTRY_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A number that a macro names, as a literal. */
#define TEXT_OF_NUMBER(number_) TEXT_OF_NUMBER_AS_IT_IS(number_)
#define TEXT_OF_NUMBER_AS_IT_IS(number_) #number_

/* What does not fit is cut; the buffer always holds a terminated text. */
struct text {
	char *at;
	size_t room; /* for more characters, the NUL not counted */
};

/* An empty text in `buffer` of `size` bytes, at least one. */
struct text text_in(char *buffer, size_t size);

void text_put(struct text *text, const char *more);

/* Its first `most` characters. */
void text_put_part(struct text *text, const char *more, size_t most);

void text_put_number(struct text *text, int64_t number);

/*
 * Puts a text into a buffer of `size` bytes and zeroes behind it, so that two
 * buffers with the same text are the same.
 */
void text_set(char *buffer, size_t size, const char *text);

/*
 * Behind the byte order mark that some editors and shells put before a UTF-8
 * text; `text` itself where there is none.
 */
const char *text_skip_mark(const char *text, size_t length);

#endif
