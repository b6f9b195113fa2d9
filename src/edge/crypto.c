#include "edge/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "edge/crypto_internal.h"

enum { BASE64_URL, BASE64_STANDARD };
enum { NONCE_SIZE = 12, TAG_SIZE = 16 }; /* of AES-GCM */

static const char alphabets[][65] = {
	[BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789-_",
	[BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
			    "xyz0123456789+/",
};

void crypto_require(int ok)
{
	if (ok != 1)
		abort();
}

void crypto_without_texts(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

/* Kept for good: to look it up takes as long as to hash an API key. */
static EVP_MD *sha256;

void crypto_sha256(
    const void *data, size_t length, unsigned char out[CRYPTO_SHA256_SIZE])
{
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	crypto_require(EVP_Digest(data, length, out, NULL, sha256, NULL));
}

static void print_hex(const unsigned char digest[CRYPTO_SHA256_SIZE],
    char out[CRYPTO_SHA256_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < CRYPTO_SHA256_SIZE; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
	out[2 * CRYPTO_SHA256_SIZE] = '\0';
}

void crypto_sha256_hex(
    const void *data, size_t length, char out[CRYPTO_SHA256_HEX_SIZE])
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(data, length, digest);
	print_hex(digest, out);
}

/* A running digest: OpenSSL's context, which no other file sees. */
struct crypto_sum *crypto_sum_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	crypto_require(
	    ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	return (struct crypto_sum *)ctx;
}

void crypto_sum_add(struct crypto_sum *sum, const void *data, size_t length)
{
	crypto_require(EVP_DigestUpdate((EVP_MD_CTX *)sum, data, length) == 1);
}

void crypto_sum_end(struct crypto_sum *sum, char out[CRYPTO_SHA256_HEX_SIZE])
{
	EVP_MD_CTX *ctx = (EVP_MD_CTX *)sum;
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_require(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
	EVP_MD_CTX_free(ctx);
	print_hex(digest, out);
}

void crypto_hmac(const void *key, size_t key_length, const void *data,
    size_t length, unsigned char out[CRYPTO_SHA256_SIZE])
{
	size_t written = 0;

	crypto_require(
	    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_length, data,
		length, out, CRYPTO_SHA256_SIZE, &written) != NULL);
	crypto_require(written == CRYPTO_SHA256_SIZE);
}

void crypto_encrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    const void *text, size_t length, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *at = out + NONCE_SIZE;
	int n = 0;

	crypto_random(out, NONCE_SIZE);
	crypto_require(ctx != NULL);
	crypto_require(
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out));
	crypto_require(EVP_EncryptUpdate(ctx, at, &n, text, (int)length));
	crypto_require(EVP_EncryptFinal_ex(ctx, at + n, &n));
	crypto_require(EVP_CIPHER_CTX_ctrl(
	    ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, at + length));
	EVP_CIPHER_CTX_free(ctx);
}

bool crypto_decrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    unsigned char *data, size_t length, void *out)
{
	EVP_CIPHER_CTX *ctx;
	unsigned char *at = data + NONCE_SIZE, *text = out;
	int n = 0;
	bool done;

	if (length < CRYPTO_ENCRYPTED_MORE)
		return false;
	length -= CRYPTO_ENCRYPTED_MORE;
	ctx = EVP_CIPHER_CTX_new();
	crypto_require(ctx != NULL);
	crypto_require(
	    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, data));
	crypto_require(EVP_DecryptUpdate(ctx, text, &n, at, (int)length));
	crypto_require(EVP_CIPHER_CTX_ctrl(
	    ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, at + length));
	done = EVP_DecryptFinal_ex(ctx, text + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return done;
}

bool crypto_equal(const void *a, const void *b, size_t length)
{
	return CRYPTO_memcmp(a, b, length) == 0;
}

/* A generator of OpenSSL's costs a process two milliseconds at first. */
void crypto_random(void *out, size_t length)
{
	unsigned char *at = out;

	/* getrandom(2) gives up to 256 bytes whole or not at all */
	while (length > 0) {
		size_t part = length < 256 ? length : 256;

		crypto_require(getrandom(at, part, 0) == (ssize_t)part);
		at += part;
		length -= part;
	}
}

void crypto_wipe(void *data, size_t length)
{
	OPENSSL_cleanse(data, length);
}

size_t crypto_base64url_put(char *out, const unsigned char *data, size_t length)
{
	const char *alphabet = alphabets[BASE64_URL];
	unsigned bits = 0, held = 0;
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		bits = (bits << 8 | data[i]) & 0xFFFF;
		for (held += 8; held >= 6; held -= 6)
			out[used++] = alphabet[bits >> (held - 6) & 63];
	}
	if (held > 0)
		out[used++] = alphabet[bits << (6 - held) & 63];
	return used;
}

char *crypto_base64url(struct arena *mem, const void *data, size_t length)
{
	char *text;

	crypto_require(length < SIZE_MAX / 2);
	text = arena_alloc(mem, length + length / 3 + 3);
	(void)crypto_base64url_put(text, data, length);
	return text;
}

static unsigned char *base64_decode(struct arena *mem, const char *alphabet,
    const char *text, size_t text_length, size_t *length)
{
	unsigned char *out = arena_alloc(mem, text_length / 4 * 3 + 4);
	unsigned bits = 0, held = 0;
	size_t used = 0;

	for (size_t i = 0; i < text_length; i++) {
		const char *at = memchr(alphabet, text[i], 64);

		if (at == NULL)
			return NULL;
		bits = (bits << 6 | (unsigned)(at - alphabet)) & 0xFFFF;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[used++] = (unsigned char)(bits >> held & 0xFF);
		}
	}
	/* A whole character left over, or unused bits that are not zero. */
	if (held >= 6 || (bits & ((1U << held) - 1)) != 0)
		return NULL;
	*length = used;
	return out;
}

unsigned char *crypto_base64url_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length)
{
	return base64_decode(
	    mem, alphabets[BASE64_URL], text, text_length, length);
}

unsigned char *crypto_base64_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length)
{
	if (text_length % 4 != 0)
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (text_length > 0 && text[text_length - 1] == '=')
			text_length--;
	}
	return base64_decode(
	    mem, alphabets[BASE64_STANDARD], text, text_length, length);
}

const char *crypto_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
