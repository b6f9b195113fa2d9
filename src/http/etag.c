#include "http/etag.h"

#include <stdio.h>
#include <string.h>

enum { HASH_DIGITS = 32 };

void etag_print(
    char out[ETAG_SIZE], char kind, int64_t version, const char *hex)
{
	const char letter[] = { kind, '\0' };

	snprintf(out, ETAG_SIZE, "\"%s%lld-%.*s\"", letter, (long long)version,
	    (int)HASH_DIGITS, hex);
}

void etag_print_document(char out[ETAG_SIZE], char kind, const char *hex)
{
	snprintf(out, ETAG_SIZE, "\"%c-%.*s\"", kind, (int)HASH_DIGITS, hex);
}

/* --- one tag -------------------------------------------------------------- */

struct tag {
	const char *text; /* between the quotes */
	size_t length;
};

/* What a web server hangs onto the tag of an answer that it compresses. */
static bool is_coding(const char *text, size_t length)
{
	static const char *const names[] = { "gzip", "br", "deflate", "zstd" };

	if (length == 0)
		return true;
	if (*text != '-' && *text != ';')
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (length == strlen(names[i]) + 1 &&
		    strncmp(text + 1, names[i], length - 1) == 0)
			return true;
	return false;
}

/* Whether it is `own` (without quotes), or that of the answer compressed. */
static bool is_tag(struct tag tag, const char *own, size_t length)
{
	return tag.length >= length && strncmp(tag.text, own, length) == 0 &&
	    is_coding(tag.text + length, tag.length - length);
}

static bool has_version(struct tag tag, char kind, int64_t version)
{
	const char letter[] = { kind, '\0' };
	char begin[ETAG_SIZE];
	int own = snprintf(
	    begin, sizeof(begin), "%s%lld-", letter, (long long)version);
	size_t digits = (size_t)own;

	return own > 0 && tag.length >= digits + HASH_DIGITS &&
	    strncmp(tag.text, begin, digits) == 0 &&
	    strspn(tag.text + digits, "0123456789abcdef") >= HASH_DIGITS &&
	    is_coding(tag.text + digits + HASH_DIGITS,
		tag.length - digits - HASH_DIGITS);
}

/* --- a list --------------------------------------------------------------- */

/* What may stand between the quotes; more than ASCII too. */
static const char *skip_tag(const char *at)
{
	while ((unsigned char)*at > 0x20 && *at != '"' && *at != 0x7F)
		at++;
	return at;
}

/* Behind the tag and the commas that follow; NULL where it is no tag. */
static const char *read_tag(const char *at, struct tag *tag)
{
	const char *end;

	if (strncmp(at, "W/", 2) == 0)
		at += 2;
	if (*at != '"')
		return NULL;
	tag->text = at + 1;
	end = skip_tag(tag->text);
	if (*end != '"')
		return NULL;
	tag->length = (size_t)(end - tag->text);
	at = end + 1 + strspn(end + 1, " \t");
	if (*at != '\0' && *at != ',')
		return NULL;
	return at + strspn(at, ", \t");
}

static bool is_star(const char *list)
{
	list += strspn(list, " \t");
	return *list == '*' && list[1 + strspn(list + 1, " \t")] == '\0';
}

bool etag_is_listed(const char *list, const char *etag)
{
	const char *at = list + strspn(list, ", \t");
	bool is_listed = false;
	struct tag tag;

	if (is_star(list))
		return true;
	while (at != NULL && *at != '\0') {
		at = read_tag(at, &tag);
		if (at != NULL && etag != NULL)
			is_listed = is_listed ||
			    is_tag(tag, etag + 1, strlen(etag) - 2);
	}
	return at != NULL && is_listed;
}

enum etag_match etag_compare(const char *list, char kind, int64_t version)
{
	const char *at = list + strspn(list, ", \t");
	enum etag_match result = ETAG_FAILS;
	struct tag tag;

	if (is_star(list))
		return ETAG_ANY;
	while (*at != '\0') {
		at = read_tag(at, &tag);
		if (at == NULL)
			return ETAG_FAILS;
		if (has_version(tag, kind, version))
			result = ETAG_MATCHES;
	}
	return result;
}
