/*
 * How many live API keys an owner may have in an organization and project (or
 * bound to none), and what is said of one too many.  Knows nothing of what a
 * key may do.
 */
#ifndef TENANTRY_STORE_KEY_LIMIT_H
#define TENANTRY_STORE_KEY_LIMIT_H

#include "base/fault.h"
#include "base/text.h"
#include "store/lock.h"
#include "store/statement.h"

#define KEY_LIMIT 25

/*
 * SQL for the number of live keys of a user there, or of service keys.  Takes
 * user and project, or the project alone; `organization_` is SQL for its id.
 */
#define KEY_LIMIT_LIVE \
	" AND (x.expires_at IS NULL OR x.expires_at > UTC_TIMESTAMP(3))"
#define KEY_LIMIT_COUNT(organization_) \
	"(SELECT COUNT(*) FROM api_keys x" \
	" WHERE x.user_id = ? AND x.organization_id = " organization_ \
	" AND x.project_id <=> ?" KEY_LIMIT_LIVE ")"
#define KEY_LIMIT_COUNT_SERVICE(organization_) \
	"(SELECT COUNT(*) FROM api_keys x FORCE INDEX (api_keys_project)" \
	" WHERE x.organization_id = " organization_ \
	" AND x.project_id <=> ? AND x.user_id IS NULL" KEY_LIMIT_LIVE ")"

/*
 * Changes the organization's row, which is locked, as long as the owner has
 * fewer.  Takes organization, user and project; for a service key organization
 * and project.
 */
#define KEY_LIMIT_FEWER " < " TEXT_OF_NUMBER(KEY_LIMIT)
#define KEY_LIMIT_KEEP \
	LOCK_ORGANIZATION \
	" WHERE id = ? AND " KEY_LIMIT_COUNT("organizations.id") KEY_LIMIT_FEWER
#define KEY_LIMIT_KEEP_SERVICE \
	LOCK_ORGANIZATION \
	" WHERE id = ? AND " KEY_LIMIT_COUNT_SERVICE("organizations.id") \
	    KEY_LIMIT_FEWER

extern const struct statement *const key_limit_statements[];

/* Whose live keys are counted, and where. */
struct key_place {
	const char *organization_id;
	const char *user_id;    /* NULL: service keys */
	const char *project_id; /* NULL: bound to no project */
};

/*
 * ERR_KEY_LIMIT with the numbers in the fault, after a statement above has
 * changed no row; or the error of counting.  `remedy`: what to do, for the end
 * of the sentence.
 */
enum err key_limit_refuse(struct store *st, const struct key_place *place,
    const char *remedy, struct fault *fault);

#endif
