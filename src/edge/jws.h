/*
 * Signed tokens: compact JWS (RFC 7515) with Ed25519 (RFC 8037), told apart by
 * the `typ` of their header.  Knows no claims.
 */
#ifndef TENANTRY_EDGE_JWS_H
#define TENANTRY_EDGE_JWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "edge/crypto.h"
#include "edge/crypto_key.h"

enum { JWS_LENGTH_MAX = 8192 };

/* What the service signs; a key signs tokens of one `typ` only. */
#define JWS_TYPE_LICENCE "JWT"
#define JWS_TYPE_CHECK "check+jwt"
#define JWS_TYPE_HEAD "head+jwt"

/* A key that signs here. */
struct jws_signer {
	struct crypto_private_key key;
	bool is_there;
};

/*
 * Signs `claims`, the text of a JSON object.  Owned by the arena; NULL where
 * the token would be longer than JWS_LENGTH_MAX or cannot be signed.
 */
char *jws_sign(struct arena *mem, const struct crypto_private_key *key,
    const char *typ, const char *claims);

/*
 * The claims of a token that jws_sign() made with this key and `typ`; NULL: it
 * is another one, or was changed.  The header is compared as a whole: nothing
 * is chosen by it.  Owned by the arena.
 */
char *jws_open(struct arena *mem, const struct crypto_public_key *key,
    const char *typ, const char *token);

/* A public key, and what it checks. */
struct jws_public {
	const struct crypto_public_key *key;
	const char *typ;
};

/*
 * Public keys as a JWK set (RFC 7517), each with a member `typ`: a verifier
 * takes a key for tokens of that type only.  Owned by the arena.
 */
char *jws_key_set(
    struct arena *mem, const struct jws_public *keys, size_t count);

#endif
