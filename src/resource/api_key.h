/*
 * An API key, of a person or of an organization (a service key), as a row: what
 * is read of it, what its bodies say, and what follows from both.
 * resource/api_key.c has the routes, resource/api_key_write.c what is written.
 */
#ifndef TENANTRY_RESOURCE_API_KEY_H
#define TENANTRY_RESOURCE_API_KEY_H

#include "edge/crypto.h"
#include "resource/module.h"
#include "store/usable_admin.h"

/* seconds */
enum {
	API_KEY_LIFE_MAX = 315360000, /* ten years */
	API_KEY_OVERLAP_MAX = 604800, /* of a key that was rotated: a week */
	API_KEY_NOT_SAID = -1
};

/* In place of its user. */
#define API_KEY_ORGANIZATION "organization"

struct api_key_row {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char description[NAME_DISPLAY_SIZE];
	int64_t version, modified_at;
	char hint[5];
	char owner[ULID_SIZE]; /* a user, or API_KEY_ORGANIZATION */
	char role[ROLE_SIZE];  /* empty: as its owner */
	char organization_id[ULID_SIZE], project_id[ULID_SIZE];
	bool can_manage;    /* of a service key */
	int64_t expires_at; /* 0: never */
	char created_by[ULID_SIZE], made_by[ULID_SIZE];
	int64_t created_at;
	char last_used_on[11]; /* empty: not used yet */
	char state[9];
	/* facts: the clock of the database, and of what it depends on */
	int64_t now, generation, shortened_at, maker_ends_at;
	char project_role[ROLE_SIZE];
	bool owner_is_system_admin;
	/* of a write */
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char key[48]; /* in the one answer; nowhere else */
	int64_t old_ends_at, made_ends_at, overlap;
	bool is_revoked;
	int64_t manage; /* `can_manage` as a number */
	char detail[40];
};

struct api_key_create {
	struct name description;
	const char *owner, *role, *project_id;
	int64_t expires_in; /* seconds; -1: not said */
	bool manage;
};
struct api_key_rotate {
	int64_t overlap; /* seconds */
};
struct api_key_change {
	struct name description;
	int64_t expires_in;
};

extern const struct resource api_key_resource;
extern const struct api_key_create api_key_create_default;
extern const struct api_key_rotate api_key_rotate_default;
extern const struct api_key_change api_key_change_default;

extern const struct field_table api_key_place, api_key_create_table,
    api_key_rotate_table, api_key_change_table;
extern const struct shape api_key_shape, api_key_shape_made;

/* Whether the caller makes keys at all: a service key makes none. */
enum err api_key_judge_maker(struct call *call, const void *row);
/* Whether the caller may see it, and with a key as credential change it. */
enum err api_key_judge(struct call *call, const void *row);
/* Whether the caller may see it. */
enum err api_key_judge_seen(struct call *call, const void *row);
/* Its user alone rotates a personal key, an admin a service key. */
enum err api_key_judge_rotation(struct call *call, const void *row);

enum err api_key_make_new(struct call *call, void *row);
enum err api_key_make_next(struct call *call, void *row);
enum err api_key_make_changed(struct call *call, void *row);
enum err api_key_make_revoked(struct call *call, void *row);

/* What each operation writes; the plan for a personal key or a service key. */
extern const struct plan api_key_create_plan, api_key_rotate_plan,
    api_key_change_plan, api_key_revoke_plan;
const struct plan *api_key_choose_creation(const void *row);
/* Why a step of it has changed nothing. */
enum err api_key_explain(struct call *call, const void *row, enum err err);
const struct plan *api_key_choose_rotation(const void *row);
const struct plan *api_key_choose_revocation(const void *row);

/* What is said of each route. */
extern const struct describe api_key_list_words, api_key_create_words,
    api_key_rotate_words, api_key_change_words, api_key_revoke_words;

bool api_key_is_service(const struct api_key_row *key);

/* Revoked or shortened, one that made its owner a usable admin. */
bool api_key_guards(const struct call *call, const void *old, const void *row,
    struct admin_guard *guard);

#endif
