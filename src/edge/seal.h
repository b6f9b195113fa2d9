/*
 * Text that only the sender of the same request can read again: it is sealed
 * with a key that is made of the credential and the idempotency key of the
 * request, and neither is kept.
 */
#ifndef TENANTRY_EDGE_SEAL_H
#define TENANTRY_EDGE_SEAL_H

#include "base/arena.h"

enum { SEAL_TEXT_MAX = 448, SEAL_SIZE = 640 /* sealed, with the NUL */ };

/*
 * Seals a text of at most SEAL_TEXT_MAX bytes (HKDF with SHA-256, RFC 5869;
 * AES-256-GCM, NIST SP 800-38D): base64url, shorter than SEAL_SIZE, owned by
 * the arena.  NULL: the text is too long.
 */
char *seal_close(struct arena *mem, const char *credential,
    const char *idempotency_key, const char *text);

/* The text, owned by the arena; NULL: sealed otherwise, or not at all. */
char *seal_open(struct arena *mem, const char *credential,
    const char *idempotency_key, const char *sealed);

#endif
