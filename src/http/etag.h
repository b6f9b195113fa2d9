/*
 * Entity tags (RFC 9110 section 8.8.3).  Ours are strong, and begin with the
 * version of the resource: that is what a write is made conditional on.
 */
#ifndef TENANTRY_HTTP_ETAG_H
#define TENANTRY_HTTP_ETAG_H

#include <stdbool.h>
#include <stdint.h>

enum { ETAG_SIZE = 56 };

/* "<version>-<32 hex>", from the hex of a hash of the representation. */
void etag_print(char out[ETAG_SIZE], int64_t version, const char *hex);

/* Whether If-None-Match has it, by weak comparison (section 13.1.2). */
bool etag_is_listed(const char *header, const char *etag);

/* What If-Match says to a version, by strong comparison (section 13.1.1). */
enum etag_match {
	ETAG_FAILS,  /* has not the version, or is no list of entity tags */
	ETAG_ANY,    /* is `*` */
	ETAG_MATCHES /* has the version */
};
enum etag_match etag_compare(const char *header, int64_t version);

#endif
