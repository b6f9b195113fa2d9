/*
 * What the files of libcrypto share.
 */
#ifndef TENANTRY_EDGE_CRYPTO_INTERNAL_H
#define TENANTRY_EDGE_CRYPTO_INTERNAL_H

#include <stddef.h>

/* Ends the process unless `ok` is 1: what cannot fail has failed. */
void crypto_require(int ok);

/* base64url into `out`; gives the characters written, without a NUL. */
size_t crypto_base64url_put(
    char *out, const unsigned char *data, size_t length);

#endif
