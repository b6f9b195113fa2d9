/*
 * Digests, random bytes, base64url, ciphers; edge/crypto_key.h has key pairs.
 * These two are the only users of libcrypto.
 */
#ifndef TENANTRY_EDGE_CRYPTO_H
#define TENANTRY_EDGE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	CRYPTO_SHA256_SIZE = 32,
	CRYPTO_SHA256_HEX_SIZE = 65,    /* with the NUL */
	CRYPTO_ENCRYPTED_MORE = 12 + 16 /* nonce and tag */
};

/*
 * To be called before all others by a process that shows nobody the texts of
 * libcrypto's errors: they are not loaded then (80 KiB).
 */
void crypto_without_texts(void);

/* SHA-256 (FIPS 180-4) of `length` bytes. */
void crypto_sha256(
    const void *data, size_t length, unsigned char out[CRYPTO_SHA256_SIZE]);

/* The same as lower-case hex. */
void crypto_sha256_hex(
    const void *data, size_t length, char out[CRYPTO_SHA256_HEX_SIZE]);

/* The same of bytes that come bit by bit; the end frees it. */
struct crypto_sum *crypto_sum_begin(void);
void crypto_sum_add(struct crypto_sum *sum, const void *data, size_t length);
void crypto_sum_end(struct crypto_sum *sum, char out[CRYPTO_SHA256_HEX_SIZE]);

/* HMAC-SHA-256 (RFC 2104). */
void crypto_hmac(const void *key, size_t key_length, const void *data,
    size_t length, unsigned char out[CRYPTO_SHA256_SIZE]);

/* Compares in time that depends on `length` only. */
bool crypto_equal(const void *a, const void *b, size_t length);

/* Random bytes fit for keys, from getrandom(2); ends where there are none. */
void crypto_random(void *out, size_t length);

/* Overwrites in a way the compiler keeps. */
void crypto_wipe(void *data, size_t length);

/* base64url without padding (RFC 4648 section 5); owned by the arena. */
char *crypto_base64url(struct arena *mem, const void *data, size_t length);

/*
 * Decodes base64url without padding, in its canonical form alone.  NULL where
 * it is none; else `*length` bytes and a NUL, owned by the arena.
 */
unsigned char *crypto_base64url_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length);

/* The same for base64 with padding (RFC 4648 section 4). */
unsigned char *crypto_base64_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length);

/*
 * AES-256-GCM (NIST SP 800-38D) with a random nonce, which comes first; the tag
 * comes last.  `out` has room for `length` and CRYPTO_ENCRYPTED_MORE.
 */
void crypto_encrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    const void *text, size_t length, unsigned char *out);
/*
 * `out` has room for `length`.  False: the text was made with another key, or
 * has been changed since.
 */
bool crypto_decrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    unsigned char *data, size_t length, void *out);

const char *crypto_library_version(void);

#endif
