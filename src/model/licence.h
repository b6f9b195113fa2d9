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

/* Limits over this are refused; 0 means none. */
#define LICENCE_LIMIT_MAX INT64_C(1000000000)

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

/* Whether `count` things are allowed under `limit` (0 = none). */
bool licence_allows(int64_t limit, int64_t count);

#endif
