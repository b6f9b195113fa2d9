/*
 * Column lists that stand in more than one statement, in the order of the
 * field tables (`tenantryctl check` compares them).
 */
#ifndef TENANTRY_STORE_COLUMNS_H
#define TENANTRY_STORE_COLUMNS_H

/* of an organization by the alias `mo` */
#define ORGANIZATION_COLUMNS \
	"mo.id, mo.name, mo.display_name, COALESCE(mo.labels, '{}')" \
	" AS labels, mo.version, mo.modified_at"

/* of a project by the alias `p`; `is_admin` is an expression */
#define PROJECT_COLUMNS(is_admin) \
	"p.id, p.name, p.display_name, COALESCE(p.labels, '{}') AS labels," \
	" p.version, p.modified_at," \
	" p.secret_key, COALESCE(p.alternate_secret_keys, '[]')" \
	" AS alternate_secret_keys, " is_admin " AS is_admin"

/*
 * of a user by the alias `m`, a member by the alias `mb` of the binding: the
 * projects in other organizations are not this one's business
 */
#define USER_COLUMNS \
	"m.id, m.name, m.display_name, m.version, m.modified_at, m.email," \
	" mp.id AS active_project_id, np.id AS next_login_project_id"
#define USER_PROJECT(alias, column, if_) \
	" LEFT JOIN projects " alias " ON " alias ".id = m." column \
	" AND " alias ".organization_id = mb.organization_id AND " if_
#define OF_THE_KEY(alias) \
	"(k.project_id IS NULL OR " alias ".id = k.project_id)"
#define USER_JOINS \
	" LEFT JOIN users m ON m.id = mb.user_id" USER_PROJECT( \
	    "mp", "active_project_id", OF_THE_KEY("mp")) \
	    USER_PROJECT("np", "next_login_project_id", OF_THE_KEY("np"))
/* The same for an admin of one project: others are not shown. */
#define USER_JOINS_OF_PROJECT \
	" LEFT JOIN users m ON m.id = mb.user_id" USER_PROJECT( \
	    "mp", "active_project_id", "mp.id = hp.id") \
	    USER_PROJECT("np", "next_login_project_id", "np.id = hp.id")

/*
 * Rows of the organization, of the first page of a list and of the next ones.
 * In the middle of a list the database begins at the right row only where the
 * organization is a value, that of the cursor; it is the caller's all the same.
 * FIRST_PAGE_BEGIN and NEXT_PAGE_BEGIN are what they take.
 */
#define FIRST_PAGE_OF(alias) alias ".organization_id = o.id"
#define NEXT_PAGE_OF(alias) alias ".organization_id = ? AND o.id = ?"
#define FIRST_PAGE_BEGIN AFTER
#define NEXT_PAGE_BEGIN AFTER_OF, AFTER_OF, AFTER
#define NEXT_PAGE_IS_BOUNDED "a range behind one row: its buffer"

/* RFC 3339 with microseconds, as the audit trail hashes it. */
#define MICROSECONDS(column_) \
	"DATE_FORMAT(" column_ ", '%Y-%m-%dT%H:%i:%s.%fZ')"

/* The same with milliseconds, as the API shows times. */
#define MILLISECONDS(column_) "CONCAT(LEFT(" MICROSECONDS(column_) ", 23), 'Z')"

/*
 * The version of a role that is given: the time in ms, so that no entity tag of
 * one that had ended before fits it.
 */
#define ROLE_VERSION "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED)"

#endif
