/*
 * Licences: the claims of a key, the plan types and their defaults, and the
 * rules that need neither a clock of their own nor a database.
 */
#ifndef TENANTRY_MODEL_LICENCE_H
#define TENANTRY_MODEL_LICENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/field.h"
#include "base/ulid.h"

enum { LICENCE_TYPE_SIZE = 24, LICENCE_JTI_SIZE = 65 };

/* The largest limit that a licence may have; a limit of 0 is no limit. */
#define LICENCE_LIMIT_MAX INT64_C(1000000000)

#define LICENCE_DAY INT64_C(86400000) /* ms */

/* Settings: how long before its end a licence says so, and works behind it. */
struct licence_days {
	int expiring, grace;
};
#define LICENCE_DAYS_DEFAULT \
	{ \
		14, 14 \
	}

struct licence_limits {
	int64_t projects; /* 0 = none */
	int64_t users;    /* 0 = none */
};

struct licence {
	char id[ULID_SIZE];
	char organization_id[ULID_SIZE]; /* claim `org`; empty = any */
	char jti[LICENCE_JTI_SIZE];
	char kid[44];
	char type[LICENCE_TYPE_SIZE];
	struct licence_limits limits;
	int64_t issued_at;  /* ms; claim `iat` */
	int64_t starts_at;  /* ms; claim `nbf`, 0 = none */
	int64_t expires_at; /* ms; claim `exp`, 0 = never */
};

struct licence_type {
	const char *name;
	struct licence_limits limits;
};

/* The plan of that name, or NULL. */
const struct licence_type *licence_type_find(const char *name);

/* The plan at `index`, or NULL past the last: free first. */
const struct licence_type *licence_type_at(unsigned index);

bool licence_is_expired(const struct licence *licence, int64_t now);

/* A licence that ended then (ms) or before has its days of grace behind it. */
int64_t licence_over_until(const struct licence_days *days, int64_t now);

/* Whether the days of grace behind an end (0 = none) are over, too. */
bool licence_is_over(
    const struct licence_days *days, int64_t expires_at, int64_t now);

/* A licence in force, as far as its state follows from it. */
struct licence_facts {
	int64_t expires_at; /* ms, 0 = never */
	struct licence_limits limits, use;
	bool is_revoked;
};

/* `revoked`, `expired`, `grace`, `over_limit`, `expiring` or `active`. */
const char *licence_state(const struct licence_days *days,
    const struct licence_facts *facts, int64_t now);

/* Days that have begun until the end, 0 behind it; -1: it has none. */
int64_t licence_days_left(int64_t expires_at, int64_t now);

/* Whether `count` things are allowed under `limit` (0 = none). */
bool licence_allows(int64_t limit, int64_t count);

#endif
