/*
 * One value of a statement, described like a column: where it comes from and
 * how it is bound.
 */
#ifndef TENANTRY_STORE_VALUE_H
#define TENANTRY_STORE_VALUE_H

#include <stddef.h>

/* Where a value of a statement comes from. */
enum value_from {
	FROM_PATH,     /* a parameter of the path, by its name */
	FROM_PERSON,   /* the same, of a user; `me` is NULL */
	FROM_QUERY,    /* a parameter of the query, by its name; absent: NULL */
	FROM_AFTER,    /* the id behind which a page begins */
	FROM_AFTER_OF, /* its organization, where that is known; else NULL */
	FROM_AFTER_IN, /* its project */
	FROM_AFTER_AT, /* its time, as SQL has it; VALUES_NO_END: none */
	FROM_LIMIT,    /* how many rows at most */
	FROM_ROW,      /* a member of the row as a write makes it */
	FROM_OLD,      /* of the row as it was read */
	FROM_BODY,     /* of the decoded body */
	FROM_CALLER,   /* of struct caller */
	FROM_NOW,      /* the time of the request */
	FROM_OVER      /* licences that ended until then are over */
};

/* How a member is bound; an empty text and time 0 are NULL. */
enum value_type {
	VALUE_TEXT,    /* char[] */
	VALUE_ID,      /* const char *, an id that a client sends */
	VALUE_KEY,     /* char[] of a folded name: compared as bytes */
	VALUE_INTEGER, /* int64_t */
	VALUE_TIME,    /* int64_t, ms since 1970 */
	VALUE_DIGEST   /* unsigned char[CRYPTO_SHA256_SIZE] */
};

struct value {
	enum value_from from;
	const char *name;
	enum value_type type;
	size_t offset;
};

#define VALUE_OF(from_, name_, type_) \
	{ \
		from_, name_, type_, 0 \
	}
#define PATH(name_) VALUE_OF(FROM_PATH, name_, VALUE_TEXT)
#define PERSON(name_) VALUE_OF(FROM_PERSON, name_, VALUE_TEXT)
#define QUERY(name_) VALUE_OF(FROM_QUERY, name_, VALUE_TEXT)
#define AFTER VALUE_OF(FROM_AFTER, NULL, VALUE_TEXT)
#define AFTER_AT VALUE_OF(FROM_AFTER_AT, NULL, VALUE_TEXT)
#define AFTER_OF VALUE_OF(FROM_AFTER_OF, NULL, VALUE_TEXT)
#define AFTER_IN VALUE_OF(FROM_AFTER_IN, NULL, VALUE_TEXT)
#define LIMIT VALUE_OF(FROM_LIMIT, NULL, VALUE_INTEGER)
#define NOW VALUE_OF(FROM_NOW, NULL, VALUE_TIME)
#define OVER_UNTIL VALUE_OF(FROM_OVER, NULL, VALUE_TIME)
#define ROW(type_, struct_, member_) \
	{ \
		FROM_ROW, NULL, VALUE_##type_, offsetof(struct_, member_) \
	}
#define OLD(type_, struct_, member_) \
	{ \
		FROM_OLD, NULL, VALUE_##type_, offsetof(struct_, member_) \
	}
#define BODY(struct_, member_) BODY_AS(ID, struct_, member_)
#define BODY_AS(type_, struct_, member_) \
	{ \
		FROM_BODY, NULL, VALUE_##type_, offsetof(struct_, member_) \
	}
#define CALLER(member_) \
	{ \
		FROM_CALLER, NULL, VALUE_TEXT, \
		    offsetof(struct caller, member_) \
	}
#define IN(...) \
	.in = (const struct value[]){ __VA_ARGS__ }, \
	.values = sizeof((const struct value[]){ __VA_ARGS__ }) / \
	    sizeof(struct value)

#endif
