/*
 * base64url and base64: what is decoded gives the same text when encoded, so
 * that no two texts mean the same bytes.
 */
#include "edge/crypto.h"
#include "fuzz.h"

static void try_url(struct arena *mem, const char *text, size_t size)
{
	size_t length = 0;
	unsigned char *bytes = crypto_base64url_decode(
	    mem, text, size, &length);
	const char *again;

	if (bytes == NULL)
		return;
	MUST(length == size / 4 * 3 + (size % 4 > 0 ? size % 4 - 1 : 0));
	MUST(bytes[length] == '\0');
	again = crypto_base64url(mem, bytes, length);
	MUST(strlen(again) == size && memcmp(again, text, size) == 0);
}

/* The standard alphabet has no encoder here: compare it through the other. */
static void try_standard(struct arena *mem, const char *text, size_t size)
{
	size_t length = 0;
	unsigned char *bytes = crypto_base64_decode(mem, text, size, &length);
	char *again;
	size_t used;

	if (bytes == NULL)
		return;
	MUST(size % 4 == 0 && bytes[length] == '\0');
	again = crypto_base64url(mem, bytes, length);
	used = strlen(again);
	MUST(used <= size && size - used <= 2);
	for (size_t i = 0; i < size; i++) {
		char c = i >= used    ? '='
		    : again[i] == '-' ? '+'
		    : again[i] == '_' ? '/'
				      : again[i];

		MUST(text[i] == c);
	}
}

static void try_bytes(struct arena *mem, const uint8_t *data, size_t size)
{
	size_t length = 0;
	const char *text = crypto_base64url(mem, data, size);
	const unsigned char *again = crypto_base64url_decode(
	    mem, text, strlen(text), &length);

	MUST(again != NULL && length == size);
	MUST(size == 0 || memcmp(again, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;

	arena_init(&mem);
	try_url(&mem, (const char *)data, size);
	try_standard(&mem, (const char *)data, size);
	try_bytes(&mem, data, size);
	arena_release(&mem);
	return 0;
}
