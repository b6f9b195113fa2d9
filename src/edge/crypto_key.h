/*
 * Key pairs: Ed25519 to sign and verify, RSA to encrypt for its owner.
 */
#ifndef TENANTRY_EDGE_CRYPTO_KEY_H
#define TENANTRY_EDGE_CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	CRYPTO_ED25519_KEY_SIZE = 32,
	CRYPTO_ED25519_SIGNATURE_SIZE = 64,
	CRYPTO_KID_SIZE = 44,   /* base64url of a SHA-256, and the NUL */
	CRYPTO_RSA_SIZE = 1024, /* of the longest key, 8192 bits */
};

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

#endif
