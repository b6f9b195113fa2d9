/*
 * A page of a list: `limit` and `after` of the request, the cursor, and the
 * Link to the next page.
 *
 * A cursor is the id of the last row of a page, those of the organization and
 * of the project that the list is about, as far as there are some, and a digest
 * of the list, its filters and its caller.  It is no secret and gives no right:
 * it cannot be taken to another list by mistake.
 */
#ifndef TENANTRY_SERVE_PAGE_H
#define TENANTRY_SERVE_PAGE_H

#include "api/call.h"
#include "http/route.h"

enum { PAGE_DIGEST_SIZE = 17 };

struct page {
	int64_t limit;         /* rows of the page; 0: the whole list */
	char after[ULID_SIZE]; /* "": from the first row on */
	char of[ULID_SIZE];    /* the cursor's organization; "": it has none */
	char in[ULID_SIZE];    /* the same of its project */
	const char *digest;    /* that the request's cursor has, or NULL */
	bool is_malformed;     /* the cursor is none of this service */
};

/* What the request asks for; a wrong cursor is told by page_check(). */
void page_begin(const struct call *call, struct page *page);

/*
 * When the caller is known: ERR_BAD_REQUEST and the fault where the cursor is
 * malformed, or one of another list, filter or caller.
 */
enum err page_check(
    struct call *call, const struct route *route, const struct page *page);

/* Adds `Link: <…>; rel="next"`: the rows behind the one of this id. */
void page_link(struct call *call, const struct route *route,
    struct response *rs, const char *id);

#endif
