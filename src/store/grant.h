/*
 * What the service's account of the database may do, table by table: one list,
 * which a test compares with the tables that there are; and how the rights that
 * an account has differ from it.
 */
#ifndef TENANTRY_STORE_GRANT_H
#define TENANTRY_STORE_GRANT_H

#include "store/statement.h"

struct grant {
	const char *table;
	/* of SELECT, INSERT, UPDATE and DELETE, ", " between */
	const char *rights;
	/* NULL, or one that the migration account alone may write */
	const char *column;
};

extern const struct grant grants[];
extern const size_t grant_count;

enum { GRANT_LINES_MAX = 64 };

struct grant_report {
	const char *account; /* 'user'@'host', as the server knows it */
	const char *lines[GRANT_LINES_MAX];
	size_t count;
	const char *lacks;   /* a GRANT without which requests fail, or NULL */
	const char *exceeds; /* the first REVOKE, or NULL */
	bool has_role;       /* whose rights are not looked at */
};

/*
 * Compares the rights of the account that `st` is connected with; the columns
 * are those that `owner` sees, which may be the same store.  Texts are in the
 * arena of `st`.
 */
enum err grant_compare(
    struct store *st, struct store *owner, struct grant_report *report);

/*
 * Runs the lines as `owner`, if that account may grant rights; `applied` of
 * them were run.
 */
enum err grant_apply(
    struct store *owner, const struct grant_report *report, size_t *applied);

extern const struct statement *const grant_statements[];

#endif
