/*
 * Lists of the command-line tool: rows in the order of their ids, a page at a
 * time.
 */
#ifndef TENANTRY_STORE_LISTING_H
#define TENANTRY_STORE_LISTING_H

#include "store/statement.h"

enum { LISTING_PAGE = 200 };

enum listing_id {
	LISTING_USERS,
	LISTING_KEYS,
	LISTING_ORGANIZATIONS,
	LISTING_PROJECTS,
	LISTING_SECRET_KEYS,     /* of a project */
	LISTING_LICENCES,        /* that were installed in an organization */
	LISTING_MEMBERS,         /* of an organization */
	LISTING_PROJECT_MEMBERS, /* of a project */
	LISTING_INVITATIONS,
	LISTING_MAILS,
	LISTING_EVENTS, /* of the audit trail of an organization */
	LISTING_COUNT
};

/* Ids that a row must have; NULL: any.  An owner: it has no user. */
struct listing_filter {
	const char *user_id, *organization_id, *owner;
	const char *id, *project_id;
};

struct listing_page {
	enum listing_id id;
	struct listing_filter filter;
	char *rows;
	size_t count;
	char after[ULID_SIZE];
};

/* What a row is made of: members for JSON and the columns. */
const struct field_table *listing_table(enum listing_id id);

/* The page is the arena's, the filter must live as long. */
struct listing_page *listing_begin(
    struct arena *mem, enum listing_id id, const struct listing_filter *filter);

/* Reads the next page over the one before; `*more` false: it is the last. */
enum err listing_next(struct store *st, struct listing_page *page, bool *more);
const void *listing_row(const struct listing_page *page, size_t i);

extern const struct statement *const listing_statements[];

#endif
