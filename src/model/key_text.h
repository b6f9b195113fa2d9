/*
 * The text of an API key.  A new one is `tny_`, a letter for its kind, 32
 * characters of base64url and a check sum of 6: one that was mistyped is
 * told without asking the database.  Keys of before are 36 characters long
 * and have neither; by their length none of them looks like a new one.
 */
#ifndef TENANTRY_MODEL_KEY_TEXT_H
#define TENANTRY_MODEL_KEY_TEXT_H

#include <stdbool.h>

#define KEY_TEXT_PREFIX "tny_"

enum {
	KEY_TEXT_RANDOM = 32, /* characters: 192 bits */
	KEY_TEXT_CHECKED = sizeof(KEY_TEXT_PREFIX) + KEY_TEXT_RANDOM,
	KEY_TEXT_SUM = 6,
	KEY_TEXT_SIZE = KEY_TEXT_CHECKED + KEY_TEXT_SUM + 1 /* the NUL */
};

/* The fifth character of a new key. */
enum { KEY_TEXT_PERSONAL = 'u', KEY_TEXT_SERVICE = 's' };

/* Writes prefix, kind, check sum and NUL around the random characters. */
void key_text_make(
    char kind, const char random[KEY_TEXT_RANDOM], char text[KEY_TEXT_SIZE]);

/* A key of an organization, if it is a key at all. */
bool key_text_is_service(const char *text);

/* It begins as a new key does, but is none: nobody has such a key. */
bool key_text_is_mistyped(const char *text);

#endif
