/*
 * Entity tags (RFC 9110 section 8.8.3).  Ours are strong, and begin with the
 * version of the resource: that is what a write is made conditional on.  A
 * document without a version begins with the letter of its kind.
 *
 * A web server that compresses an answer changes its tag: `-gzip` behind it
 * (Apache), `W/` before it (nginx).  Both are seen through, since one version
 * has one representation here.
 */
#ifndef TENANTRY_HTTP_ETAG_H
#define TENANTRY_HTTP_ETAG_H

#include <stdbool.h>
#include <stdint.h>

enum { ETAG_SIZE = 56 };

/*
 * "<version>-<32 hex>", from the hex of a hash of the representation; before
 * the version the letter of the kind, but for organizations (0).
 */
void etag_print(
    char out[ETAG_SIZE], char kind, int64_t version, const char *hex);

/* "<kind>-<32 hex>", of a document that has no version. */
void etag_print_document(char out[ETAG_SIZE], char kind, const char *hex);

/*
 * Whether a list (If-None-Match, If-Match) has the tag, or is `*`.  `etag`
 * NULL: what there is has no tag: only `*` fits.  A malformed list has none.
 */
bool etag_is_listed(const char *list, const char *etag);

/* What a list of tags says to a version. */
enum etag_match {
	ETAG_FAILS,  /* has not the version, or is no list of entity tags */
	ETAG_ANY,    /* is `*` */
	ETAG_MATCHES /* has the version */
};
enum etag_match etag_compare(const char *list, char kind, int64_t version);

#endif
