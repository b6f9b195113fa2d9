#include "http/etag.h"

#include <stdio.h>
#include <string.h>

enum { HASH_DIGITS = 32 };

void etag_print(char out[ETAG_SIZE], int64_t version, const char *hex)
{
	snprintf(out, ETAG_SIZE, "\"%lld-%.*s\"", (long long)version,
	    (int)HASH_DIGITS, hex);
}

bool etag_is_listed(const char *header, const char *etag)
{
	const char *at = header;

	if (header == NULL)
		return false;
	if (strcmp(header, "*") == 0)
		return true;
	while ((at = strstr(at, etag)) != NULL) {
		bool starts = at == header || strchr(", \t/", at[-1]) != NULL;
		char after = at[strlen(etag)];

		if (starts && strchr(", \t", after) != NULL)
			return true;
		at++;
	}
	return false;
}

/* What may stand between the quotes; more than ASCII too. */
static const char *skip_tag(const char *at)
{
	while ((unsigned char)*at > 0x20 && *at != '"' && *at != 0x7F)
		at++;
	return at;
}

/* Whether the text between the quotes is a tag of ours for that version. */
static bool has_version(const char *tag, size_t length, int64_t version)
{
	char begin[ETAG_SIZE];
	int own = snprintf(begin, sizeof(begin), "%lld-", (long long)version);
	size_t digits = (size_t)own;

	return own > 0 && length == digits + HASH_DIGITS &&
	    strncmp(tag, begin, digits) == 0 &&
	    strspn(tag + digits, "0123456789abcdef") == HASH_DIGITS;
}

enum etag_match etag_compare(const char *header, int64_t version)
{
	const char *at = header + strspn(header, ", \t");
	enum etag_match result = ETAG_FAILS;

	if (strcmp(at, "*") == 0)
		return ETAG_ANY;
	while (*at != '\0') {
		bool is_weak = strncmp(at, "W/", 2) == 0;
		const char *begin = at + (is_weak ? 3 : 1);
		const char *end;

		if (begin[-1] != '"')
			return ETAG_FAILS;
		end = skip_tag(begin);
		if (*end != '"')
			return ETAG_FAILS;
		if (!is_weak &&
		    has_version(begin, (size_t)(end - begin), version))
			result = ETAG_MATCHES;
		at = end + 1 + strspn(end + 1, " \t");
		if (*at != '\0' && *at != ',')
			return ETAG_FAILS;
		at += strspn(at, ", \t");
	}
	return result;
}
