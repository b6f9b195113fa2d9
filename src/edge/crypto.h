/*
 * Digests, random bytes, base64url, ciphers: the only user of libcrypto.
 */
#ifndef TENANTRY_EDGE_CRYPTO_H
#define TENANTRY_EDGE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	CRYPTO_SHA256_SIZE = 32,
	CRYPTO_SHA256_HEX_SIZE = 65, /* with the NUL */
	CRYPTO_ED25519_KEY_SIZE = 32,
	CRYPTO_ED25519_SIGNATURE_SIZE = 64,
	CRYPTO_KID_SIZE = 44,   /* base64url of a SHA-256, and the NUL */
	CRYPTO_RSA_SIZE = 1024, /* of the longest key, 8192 bits */
	CRYPTO_ENCRYPTED_MORE = 12 + 16 /* nonce and tag */
};

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
/* `out` has room for `length`; false: another key's, or changed since. */
bool crypto_decrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    unsigned char *data, size_t length, void *out);

struct crypto_public_key {
	unsigned char bytes[CRYPTO_ED25519_KEY_SIZE];
	char kid[CRYPTO_KID_SIZE]; /* RFC 7638 thumbprint of the OKP JWK */
};

struct crypto_private_key {
	unsigned char seed[CRYPTO_ED25519_KEY_SIZE];
	struct crypto_public_key public_key;
};

/* Fills the kid from the bytes (RFC 7638, RFC 8037 appendix A.3). */
void crypto_public_key_name(struct crypto_public_key *key);

/* Makes a new key pair from random bytes. */
void crypto_private_key_make(struct crypto_private_key *key);

/* Derives the public half and the kid from `seed` (RFC 8032). */
bool crypto_private_key_complete(struct crypto_private_key *key);

/*
 * PEM both ways (RFC 8410): PKCS #8 or SubjectPublicKeyInfo.  Reading: false
 * where the text is no Ed25519 key.  Printing: owned by the arena.
 */
bool crypto_private_key_read(const char *pem, struct crypto_private_key *key);
bool crypto_public_key_read(const char *pem, struct crypto_public_key *key);
char *crypto_private_key_print(
    struct arena *mem, const struct crypto_private_key *key);
char *crypto_public_key_print(
    struct arena *mem, const struct crypto_public_key *key);

/*
 * Encrypts for the owner of an RSA key, given as the PEM of its public half,
 * with OAEP and SHA-1 (RFC 8017 section 7.1).  Returns the length of `out`; 0
 * where the text is no such key or `length` is too much for it.
 */
size_t crypto_rsa_encrypt(const char *pem, const void *data, size_t length,
    unsigned char out[CRYPTO_RSA_SIZE]);

/* Ed25519 (RFC 8032). */
bool crypto_sign(const struct crypto_private_key *key, const void *data,
    size_t length, unsigned char out[CRYPTO_ED25519_SIGNATURE_SIZE]);
bool crypto_verify(const struct crypto_public_key *key, const void *data,
    size_t length,
    const unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE]);

const char *crypto_library_version(void);

#endif
