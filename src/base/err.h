/*
 * Every way a request can fail.
 */
#ifndef TENANTRY_BASE_ERR_H
#define TENANTRY_BASE_ERR_H

#include <stdbool.h>

enum err {
	ERR_NONE,
	/* the request */
	ERR_BAD_REQUEST,     /* 400 the message itself is malformed */
	ERR_BAD_BODY,        /* 400 the body is not acceptable JSON */
	ERR_BAD_FIELD,       /* 400 a member is missing or wrong */
	ERR_BAD_LICENCE,     /* 400 a licence key failed a check */
	ERR_UNAUTHENTICATED, /* 401 */
	ERR_FORBIDDEN,       /* 403 */
	ERR_CROSS_SITE,      /* 403 a password from another origin's page */
	ERR_STEP_UP,         /* 403 the session's password is too long ago */
	ERR_SHARED_ORIGIN,   /* 403 no cookie is safe at this address */
	ERR_NO_SIGN_IN,      /* 403 the connection is not TLS, or so it seems */
	ERR_NOT_FOR_KEYS,    /* 403 a person's route, and an API key */
	ERR_OTHER_ADDRESS,   /* 403 the invitation is for another address */
	ERR_NOT_PROVED,      /* 403 nobody has proved the account's address */
	ERR_LICENCE_EXPIRED, /* 403 growth under an expired licence */
	ERR_NO_ROUTE,        /* 404 no such path */
	ERR_NO_RESOURCE,     /* 404 no such id, or not the caller's */
	ERR_NOT_CREATED,     /* 404 an insert produced no row */
	ERR_TOKEN_DEAD,      /* 404 unknown, used, revoked or expired */
	ERR_METHOD,          /* 405 */
	ERR_NOT_ACCEPTABLE,  /* 406 */
	ERR_BODY_LATE,       /* 408 the body did not come in time */
	ERR_NAME_IN_USE,     /* 409 */
	ERR_LIMIT,           /* 409 the licence's limit does not allow it */
	ERR_ORGANIZATION_LIMIT, /* 409 the user has created too many */
	ERR_LAST_ADMIN,         /* 409 no usable administrator would be left */
	ERR_LAST_PROJECT,       /* 409 an organization keeps one project */
	ERR_NOT_DELETED,        /* 409 only what is deleted is purged */
	ERR_NOT_A_MEMBER,       /* 409 of the organization */
	ERR_ALREADY_A_MEMBER,   /* 409 of the organization */
	ERR_ALREADY_INVITED,    /* 409 into the organization */
	ERR_SEAT_LIMIT,       /* 409 members and invitations fill the licence */
	ERR_INVITATION_LIMIT, /* 409 too many pending invitations */
	ERR_NOT_PENDING,      /* 409 the invitation has ended otherwise */
	ERR_SIGN_IN,          /* 409 the address has an account */
	ERR_MAIL_OFF,         /* 409 the service sends no mail */
	ERR_KEY_LIMIT,        /* 409 too many live API keys */
	ERR_ROTATED,          /* 409 another API key is in its place */
	ERR_SECRET_KEY_LIMIT, /* 409 too many secret keys of a project */
	ERR_DEFAULT_SECRET_KEY, /* 409 the project has it as its default */
	ERR_KEY_IN_USE,         /* 409 a write with the same key is under way */
	ERR_CHANGES_GONE,       /* 410 the trail does not begin so early */
	ERR_LENGTH_REQUIRED,    /* 411 */
	ERR_PRECONDITION,       /* 412 If-Match has not the version there is */
	ERR_TOO_LARGE,          /* 413 */
	ERR_MEDIA_TYPE,         /* 415 */
	ERR_NO_ACCOUNT,         /* 422 the address has no account */
	ERR_KEY_REUSED,         /* 422 an idempotency key of another request */
	ERR_PRECONDITION_REQUIRED, /* 428 If-Match is wanted */
	ERR_THROTTLED,             /* 429 */
	ERR_TOO_MANY_KEYS,         /* 429 answers kept for the user */
	ERR_CLIENT_GONE,           /* 499 no client sees it, only the log */
	/* the service */
	ERR_NO_CONTEXT,      /* 500 no organization in the context */
	ERR_NO_SIGNING_KEY,  /* 500 nothing to sign a licence with */
	ERR_NO_HEAD_KEY,     /* 501 nothing to sign a head with */
	ERR_INTERNAL,        /* 500 a defect, or an unexpected store error */
	ERR_UNAVAILABLE,     /* 503 the database cannot be reached */
	ERR_SCHEMA,          /* 503 its schema is not one for this program */
	ERR_BUSY,            /* 503 a lock or a statement took too long */
	ERR_OUTCOME_UNKNOWN, /* 503 the connection was cut during COMMIT */
	/* results of the store that no client sees: its callers map them */
	ERR_DUPLICATE, /* a unique key is taken */
	ERR_REFERENCE, /* a referenced row is not there */
	ERR_STALE,     /* the row is not as it was read */
	ERR_UNCHANGED, /* the write would change nothing: rolled back */
	ERR_REPEATED,  /* the idempotency key of the write is there */
	ERR_CONFLICT,  /* deadlock: the whole transaction may be rerun */
	ERR_LOST,      /* the connection ended before anything was done */
	ERR_COUNT
};

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
struct err_info {
	int status;        /* HTTP status */
	const char *code;  /* stable, machine readable */
	const char *title; /* the same for every occurrence (RFC 9457) */
	enum level level;
	bool may_retry;     /* the same request may succeed later */
	const char *detail; /* what happened and what to do; NULL: not seen */
};

/* The table row of a code; never NULL. */
const struct err_info *err_info(enum err code);
/* The row's detail; what escapes to a client has that of ERR_INTERNAL. */
const char *err_detail(enum err code);

#endif
