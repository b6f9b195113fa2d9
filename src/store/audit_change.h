/*
 * What an audit row says was changed: an object with sorted members of ids,
 * names and labels of organizations and projects, roles, limits, states and
 * ends.  Of a person it has the id alone.  A reader of the trail makes the
 * state of the organization from it (docs/audit.md).
 */
#ifndef TENANTRY_STORE_AUDIT_CHANGE_H
#define TENANTRY_STORE_AUDIT_CHANGE_H

#include "store/statement.h"

enum audit_member_type {
	AUDIT_TEXT,   /* left out where it is NULL or empty */
	AUDIT_JSON,   /* the same, the text of a JSON value */
	AUDIT_NUMBER, /* 0 is a value */
	AUDIT_TIME    /* ms; 0: left out */
};

struct audit_member {
	const char *name;
	enum audit_member_type type;
	const char *text;
	int64_t number; /* or time */
};

/* The object; `members` are in the order of their names.  In the arena. */
const char *audit_change(
    struct arena *mem, const struct audit_member *members, size_t count);

#define AUDIT_MEMBER_TEXT(name_, text_) \
	{ \
		name_, AUDIT_TEXT, text_, 0 \
	}
#define AUDIT_MEMBER_JSON(name_, text_) \
	{ \
		name_, AUDIT_JSON, text_, 0 \
	}
#define AUDIT_MEMBER_NUMBER(name_, number_) \
	{ \
		name_, AUDIT_NUMBER, NULL, number_ \
	}
#define AUDIT_MEMBER_TIME(name_, time_) \
	{ \
		name_, AUDIT_TIME, NULL, time_ \
	}
#define AUDIT_CHANGE(mem_, ...) \
	audit_change(mem_, (const struct audit_member[]){ __VA_ARGS__ }, \
	    sizeof((const struct audit_member[]){ __VA_ARGS__ }) / \
		sizeof(struct audit_member))

/*
 * A list for the change, by a statement in the transaction: each of its rows is
 * the text of a JSON value (AS value).  "" where there is none, "null" where
 * there are more than AUDIT_LIST_MAX bytes: it is to be read by the API then.
 */
enum { AUDIT_LIST_MAX = 65536 };
enum err audit_list(struct store *st, const struct statement *statement,
    const struct db_value *values, const char **list);

/* --- statements of such lists --------------------------------------------- */

#define AUDIT_ID(column_) "SELECT CONCAT('\"', " column_ ", '\"') AS value"
#define AUDIT_ROLE(id_, role_) \
	"SELECT CONCAT('{\"id\":\"', " id_ ", '\",\"role\":\"', " role_ \
	", '\"}') AS value"

/* API keys that go, and with each those that it has made (a foreign key). */
#define AUDIT_KEYS(condition_) \
	"WITH RECURSIVE gone (id) AS (SELECT f.id FROM api_keys f" \
	" WHERE " condition_ " UNION SELECT g.id FROM gone" \
	" JOIN api_keys g ON g.made_by = gone.id)" \
	" " AUDIT_ID("id") " FROM gone ORDER BY id"
#define AUDIT_KEYS_ARE_BOUNDED "the keys of one user or project, and of those"

/* The roles in projects that a member has; takes user and organization. */
#define AUDIT_ROLES_FROM \
	" FROM project_bindings p FORCE INDEX (PRIMARY)" \
	" WHERE p.user_id = ? AND p.organization_id = ? ORDER BY p.project_id"
#define AUDIT_PROJECT_ROLES \
	AUDIT_ROLE("p.project_id", "p.role") AUDIT_ROLES_FROM

#endif
