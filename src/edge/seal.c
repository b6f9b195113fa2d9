#include "edge/seal.h"

#include <string.h>

#include "edge/crypto.h"

/*
 * HKDF of one block: extract, then expand.  The parts have their lengths before
 * them, so that no two pairs read the same.
 */
static void make_key(struct arena *mem, const char *credential,
    const char *idempotency_key, unsigned char out[CRYPTO_SHA256_SIZE])
{
	static const char salt[] = "tenantry seal 1", info[] = "answer\x01";
	unsigned char extracted[CRYPTO_SHA256_SIZE];
	char *from = arena_print(mem, "%zu:%s%zu:%s", strlen(credential),
	    credential, strlen(idempotency_key), idempotency_key);

	crypto_hmac(salt, sizeof(salt) - 1, from, strlen(from), extracted);
	crypto_hmac(extracted, sizeof(extracted), info, sizeof(info) - 1, out);
	crypto_wipe(from, strlen(from));
	crypto_wipe(extracted, sizeof(extracted));
}

char *seal_close(struct arena *mem, const char *credential,
    const char *idempotency_key, const char *text)
{
	unsigned char key[CRYPTO_SHA256_SIZE];
	unsigned char sealed[SEAL_TEXT_MAX + CRYPTO_ENCRYPTED_MORE];
	size_t length = strlen(text);

	if (length > SEAL_TEXT_MAX)
		return NULL;
	make_key(mem, credential, idempotency_key, key);
	crypto_encrypt(key, text, length, sealed);
	crypto_wipe(key, sizeof(key));
	return crypto_base64url(mem, sealed, length + CRYPTO_ENCRYPTED_MORE);
}

char *seal_open(struct arena *mem, const char *credential,
    const char *idempotency_key, const char *sealed)
{
	unsigned char key[CRYPTO_SHA256_SIZE], *bytes;
	size_t length;
	char *text;
	bool done;

	bytes = crypto_base64url_decode(mem, sealed, strlen(sealed), &length);
	if (bytes == NULL || length < CRYPTO_ENCRYPTED_MORE)
		return NULL;
	text = arena_alloc(mem, length - CRYPTO_ENCRYPTED_MORE + 1);
	make_key(mem, credential, idempotency_key, key);
	done = crypto_decrypt(key, bytes, length, text);
	crypto_wipe(key, sizeof(key));
	return done ? text : NULL;
}
