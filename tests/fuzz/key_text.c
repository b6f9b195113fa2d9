/* The text of an API key: one that is made is right, and near it is none. */
#include "model/key_text.h"
#include "fuzz.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* From 33 bytes on: which random characters, and which of all is mistyped. */
static void make_and_mistype(const uint8_t *data)
{
	char random[KEY_TEXT_RANDOM], text[KEY_TEXT_SIZE];
	size_t at = sizeof(KEY_TEXT_PREFIX) +
	    data[KEY_TEXT_RANDOM] %
		(KEY_TEXT_SIZE - 1 - sizeof(KEY_TEXT_PREFIX));

	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = alphabet[data[i] & 63];
	key_text_make(
	    data[0] & 64 ? KEY_TEXT_PERSONAL : KEY_TEXT_SERVICE, random, text);
	MUST(strlen(text) == KEY_TEXT_SIZE - 1);
	MUST(!key_text_is_mistyped(text));
	text[at] = text[at] == 'A' ? 'B' : 'A';
	MUST(key_text_is_mistyped(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	if (key_text_is_mistyped(text))
		MUST(strlen(text) != 36 && strncmp(text, "tny_", 4) == 0);
	if (size > KEY_TEXT_RANDOM)
		make_and_mistype(data);
	free(text);
	return 0;
}
