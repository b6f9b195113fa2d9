/*
 * Names: what is shown is trimmed, valid and shown the same again; the key is
 * stable, so that a name and its key are one name.
 */
#include "edge/name.h"
#include "fuzz.h"

/*
 * Between two digits, which no mark joins and which are not trimmed: a key may
 * begin with a space (U+00AF is one with a mark on it).  A key that is a hash
 * is no name, and one that folded to more than a name may have neither.
 */
static void try_key(const struct name *name)
{
	char guarded[NAME_KEY_SIZE + 2];
	struct name again;
	int length = snprintf(guarded, sizeof(guarded), "0%s0", name->key);

	MUST(length > 2 && (size_t)length < sizeof(guarded));
	MUST(fuzz_is_utf8(name->key, strlen(name->key)));
	if (name_make(guarded, (size_t)length, &again) == NULL)
		MUST(strcmp(again.key, guarded) == 0);
}

static size_t count_points(const char *text)
{
	size_t points = 0;

	for (; *text != '\0'; text++)
		points += ((unsigned char)*text & 0xC0) != 0x80;
	return points;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name name, again;
	size_t length;

	if (name_make((const char *)data, size, &name) != NULL)
		return 0;
	length = strlen(name.display);
	MUST(length > 0 && length < NAME_DISPLAY_SIZE && length <= size);
	MUST(fuzz_is_utf8((const char *)data, size));
	MUST(count_points(name.display) <= NAME_POINTS);
	MUST(fuzz_is_utf8(name.display, length));
	MUST(memchr(name.display, '\n', length) == NULL);
	MUST(name_make(name.display, length, &again) == NULL);
	MUST(strcmp(again.display, name.display) == 0);
	MUST(strcmp(again.key, name.key) == 0);
	try_key(&name);
	return 0;
}
