/*
 * The values of a statement, described like columns: where each comes from.
 * Knows no request: what it says is handed down as texts with names.
 */
#ifndef TENANTRY_STORE_VALUES_H
#define TENANTRY_STORE_VALUES_H

#include "store/statement.h"

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

#define NO_ID "-" /* less than every id, and nobody's */
#define VALUES_NO_END "9999-12-31 23:59:59.999999"
struct given_text {
	enum value_from from; /* FROM_PATH or FROM_QUERY */
	const char *name;     /* to its end, or to a `}` */
	const char *value;    /* NULL: absent */
};
/* What the values of a statement can be taken from. */
struct given {
	const struct given_text *texts;
	size_t text_count;
	const char *after;    /* rows behind this id; NO_ID: from the first */
	const char *after_of; /* the organization of that; NULL: not known */
	const char *after_in; /* its project; NULL: the same */
	const char *after_at; /* the time of that; NULL: there is none */
	int64_t limit;        /* so many rows at most */
	/* of a write; else NULL */
	const void *row, *old, *body;
	const struct caller *caller;
	int64_t now, over_until;
};

/*
 * Whether a text can be an id or a slug.  The database is asked for no other:
 * its ASCII columns refuse it, and overlook spaces at the end.
 */
bool values_is_name(const char *text);

/*
 * Fills `out` in the order of the statement's `in`; the texts must live while
 * the statement runs.  A path parameter that no id or slug can be is bound as
 * NO_ID.
 */
void values_fill(const struct statement *statement, const struct given *given,
    struct db_value *out);

/* The text of a value of FROM_ROW, FROM_OLD, FROM_BODY or FROM_CALLER. */
const char *values_text(const struct given *given, const struct value *value);

#endif
