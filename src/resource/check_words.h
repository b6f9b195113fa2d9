/*
 * The body of a check, and what the description of the API says of checks.
 */
#ifndef TENANTRY_RESOURCE_CHECK_WORDS_H
#define TENANTRY_RESOURCE_CHECK_WORDS_H

#include "base/field.h"
#include "http/describe.h"

struct check_body {
	const char *credential, *need;
	const char *project; /* NULL: absent */
};

extern const struct field_table check_body_table;
extern const struct describe check_key_words, check_own_words;

#endif
