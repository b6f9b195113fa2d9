/*
 * Why a caller was refused (401, 403, 429, 503), for the log: `cause=`.
 */
#ifndef TENANTRY_BASE_CAUSE_H
#define TENANTRY_BASE_CAUSE_H

enum cause {
	CAUSE_NONE,
	/* 401 */
	CAUSE_MISSING,  /* the request has no credential */
	CAUSE_KEY,      /* an API key that is not known */
	CAUSE_PASSWORD, /* a login or a password that is wrong */
	CAUSE_SESSION,  /* a session that is not known or has ended */
	CAUSE_DISABLED, /* the right credential of a disabled user */
	CAUSE_EXPIRED,  /* an API key whose time is over */
	/* 403 */
	CAUSE_CROSS_SITE, /* a page of another origin has sent it */
	CAUSE_ROLE,       /* the caller's role is too low */
	CAUSE_MEMBERSHIP, /* the caller is no member of what is named */
	CAUSE_CONTEXT,    /* no organization follows from the context */
	CAUSE_RESTRICTED, /* the API key is restricted to another place */
	CAUSE_LICENCE,    /* the licence does not allow it */
	CAUSE_STEP_UP,    /* the password of the session is too long ago */
	CAUSE_ADDRESS,    /* no TLS, or a shared origin: no session begins */
	/* 429 */
	CAUSE_THROTTLED, /* too many failures of this login */
	CAUSE_RATE,      /* the limit of a route */
	CAUSE_BUSY,      /* 503: there is no place for hashing a password */
	CAUSE_COUNT
};

/* The word of the log, "-" for CAUSE_NONE; never NULL. */
const char *cause_name(enum cause cause);

#endif
