/*
 * Tables that describe the members of a struct once: the same rows name the
 * JSON members and receive the SQL columns.  Knows neither JSON nor SQL.
 */
#ifndef TENANTRY_BASE_FIELD_H
#define TENANTRY_BASE_FIELD_H

#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_TEXT,    /* char[size], NUL-terminated */
	FIELD_STRING,  /* const char *, memory of the request; NULL = absent */
	FIELD_NAME,    /* struct name: display form and comparison key */
	FIELD_INTEGER, /* int64_t */
	FIELD_TIME,    /* int64_t, milliseconds since 1970 UTC; 0 = none */
	FIELD_CREATED, /* char[ULID_SIZE], of which the time is shown */
	FIELD_SECONDS, /* in a token: the same from a number of seconds */
	FIELD_BOOL,    /* bool */
	FIELD_BYTES,   /* unsigned char[size] */
	FIELD_JSON,    /* char[size], JSON text as it is; empty: null */
	FIELD_LABELS,  /* body: the same, of edge/label.h; empty: absent */
	FIELD_EMPTY_LIST,  /* no storage: [] */
	FIELD_EMPTY_OBJECT /* no storage: {} */
};

/* Where a member stands in a resource. */
enum field_part {
	PART_NONE, /* it is not written as JSON */
	PART_METADATA,
	PART_SPEC,
	PART_STATUS,
	PART_FLAT /* of a resource without these parts */
};

enum field_flag {
	FIELD_REQUIRED = 1, /* body: 400 without it */
	FIELD_SECRET = 2, /* resource: for admins only, not part of the hash */
	FIELD_OMIT_EMPTY = 4, /* resource: left out where the text is empty */
	/* body: null and "" are 400, not absent: what narrows or decides */
	FIELD_STRICT = 8,
	FIELD_ADMIN = 16,      /* resource: for admins only, but no secret */
	FIELD_MAY_BE_NULL = 32 /* resource: null where there is none */
};

/* Which values of a type are meant, for the description of the API. */
struct domain {
	const char *name; /* of a schema of its own; NULL: it has none */
	const char *says; /* what they are, for readers */
	const char *pattern, *format; /* of a text; or NULL */
	const char *words;            /* one of these, a `|` between; or NULL */
	const char *example;
	int64_t least, most; /* of a number, or characters; 0: any */
	/* in place of all that: members of a schema, JSON with ' for " */
	const char *schema;
	const struct domain *uses; /* one that it refers to, or NULL */
};

struct field {
	const char *member; /* JSON member, NULL = none */
	/* another accepted name in a body, of a member within one: `a.b` */
	const char *alias;
	const char *column; /* SQL column, NULL = none */
	enum field_type type;
	enum field_part part;
	unsigned flags;
	size_t offset;
	size_t size; /* of the struct member in bytes */
	/* for the description; each may be NULL */
	const struct domain *domain; /* which values of the type */
	const char *says;            /* what it is, for readers */
	const char *example;         /* of a body; NULL: the domain's */
};

struct field_table {
	const struct field *rows;
	size_t count;
};

#define FIELD_AT(type_, member_) \
	.offset = offsetof(type_, member_), \
	.size = sizeof(((type_ *)0)->member_)
#define FIELD_TABLE(array_) \
	{ \
		array_, sizeof(array_) / sizeof((array_)[0]) \
	}

#endif
