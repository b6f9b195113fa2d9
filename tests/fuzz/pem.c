/* Key files: what is read as a key is printed and read as the same key. */
#include "edge/crypto.h"
#include "edge/crypto_key.h"
#include "fuzz.h"

static void try_private(struct arena *mem, const char *text)
{
	struct crypto_private_key key, again;

	if (!crypto_private_key_read(text, &key))
		return;
	MUST(crypto_private_key_read(
	    crypto_private_key_print(mem, &key), &again));
	MUST(memcmp(key.seed, again.seed, sizeof(key.seed)) == 0);
	MUST(strcmp(key.public_key.kid, again.public_key.kid) == 0);
}

static void try_public(struct arena *mem, const char *text)
{
	struct crypto_public_key key, again;

	if (!crypto_public_key_read(text, &key))
		return;
	MUST(strlen(key.kid) == CRYPTO_KID_SIZE - 1);
	MUST(
	    crypto_public_key_read(crypto_public_key_print(mem, &key), &again));
	MUST(memcmp(key.bytes, again.bytes, sizeof(key.bytes)) == 0);
	MUST(strcmp(key.kid, again.kid) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct arena mem;

	arena_init(&mem);
	try_private(&mem, text);
	try_public(&mem, text);
	arena_release(&mem);
	free(text);
	return 0;
}
