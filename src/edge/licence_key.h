/*
 * Licence keys: compact JWS (RFC 7515) signed with Ed25519 (RFC 8037).  Knows
 * the ring of trusted keys; the algorithm is fixed here and never taken from
 * a key.
 */
#ifndef TENANTRY_EDGE_LICENCE_KEY_H
#define TENANTRY_EDGE_LICENCE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "edge/crypto.h"
#include "edge/crypto_key.h"
#include "edge/jws.h"
#include "model/licence.h"

enum { LICENCE_KEYS_MAX = 16, LICENCE_KEY_LENGTH_MAX = JWS_LENGTH_MAX };

struct licence_ring {
	struct crypto_public_key trusted[LICENCE_KEYS_MAX];
	size_t trusted_count;
	char revoked[LICENCE_KEYS_MAX][CRYPTO_KID_SIZE];
	size_t revoked_count;
	struct crypto_private_key signer;
	bool has_signer;
	const char *issuer; /* claim `iss` of keys made here */
};

/* By which keys, when and where a key is to be good. */
struct licence_check {
	const struct licence_ring *ring;
	int64_t now;                 /* ms; 0: without iat, nbf and exp */
	const char *organization_id; /* NULL: whatever the claim `org` says */
};

/*
 * Checks a key, in this order, and fills `out`: length (white space at its
 * ends is not the key's), three base64url segments, header (`alg` EdDSA or
 * Ed25519, `typ` JWT, licence+jwt or absent, no `crit`, `kid` of a trusted key
 * that is not revoked), signature, then the claims: `iss`, `jti` (1 to 64 of
 * [A-Za-z0-9._~-]) and `licenseType` texts, known type, limits that are
 * integers of 0..10^9 (absent: the type's default), `iat` and `nbf` at most a
 * minute after and `exp` after `now` (RFC 7519 section 4.1), `org`, where
 * present, equal to `organization_id`.  null is never a value.  Where
 * `organization_id` is NULL that last check is left out, and so are the times
 * where `now` is 0.
 * ERR_BAD_LICENCE with a fault that says which check failed, in words fit
 * for a client; `out` is then untouched.
 */
enum err licence_key_verify(const struct licence_check *check,
    struct arena *mem, const char *key, struct licence *out,
    struct fault *fault);

/*
 * `*kid` of the key that signs here; ERR_NO_SIGNING_KEY where the ring has no
 * signer, or a revoked one.
 */
enum err licence_key_signer(
    const struct licence_ring *ring, const char **kid, struct fault *fault);

/*
 * Signs `licence` (id and kid are not read; times are cut to seconds; an
 * empty organization means any).  `*key` is owned by the arena.
 * Errors of licence_key_signer().
 */
enum err licence_key_issue(const struct licence_ring *ring, struct arena *mem,
    const struct licence *licence, const char **key, struct fault *fault);

/* The public keys that are not revoked; how many. */
size_t licence_key_list(
    const struct licence_ring *ring, struct jws_public out[LICENCE_KEYS_MAX]);

#endif
